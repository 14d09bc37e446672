"""Clocks of a test's own, under which customers live."""
