"""Webhook endpoints, what is posted to them, and what can go wrong on the way. The posting itself is in `delivery`."""
