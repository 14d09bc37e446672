"""A local Stripe for demos and tests, run as its own process: `python -m sandbox`.

Nothing here may be imported by the portal; the portal meets it over loopback HTTP, as it meets Stripe.
"""
