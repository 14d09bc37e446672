"""The manager's console. Only app.py imports it."""
