"""Checkout Sessions: what is bought, what it costs, who pays, and what happens when they do."""
