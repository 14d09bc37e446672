"""Money that goes back: refunds, disputes, and the warnings before them."""
