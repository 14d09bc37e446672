"""The schema's history, applied by `billing/store/schema.py`."""
