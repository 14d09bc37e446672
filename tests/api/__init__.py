"""The doors for programs, over a real database; only the wire to Stripe and the clock are doubled."""
