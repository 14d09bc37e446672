"""Taxes: the table of rates, calculations and what was collected."""
