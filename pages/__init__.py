"""What a person sees. Only app.py imports it; pages call verbs and rules, never the store or the gateways."""
