"""Doors as the Doubleword control layer's clients know them, below /admin/api/v1. api/doors.py opens them."""
