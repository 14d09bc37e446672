"""Outside witnesses: Stripe's own command line and its browser types, neither written nor bent by us."""
