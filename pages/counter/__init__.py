"""The counter of the page buy, one file for each of its steps. Only pages/buy.py imports it."""
