"""Money that moves: cards, PaymentIntents, charges and what follows them."""
