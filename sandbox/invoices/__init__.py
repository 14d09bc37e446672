"""Invoices: what is owed, how it is collected, and what is taken back of it."""
