"""Customers and what hangs on them."""
