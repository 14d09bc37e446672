"""What programs call. Imports auth, billing verbs and billing/rules; only app imports it."""
