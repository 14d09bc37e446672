"""Reusable pieces of pages. Only pages import them."""
