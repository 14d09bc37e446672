"""Doors as the Datalayer platform's clients know them, below /api/iam. api/doors.py opens them where wanted."""
