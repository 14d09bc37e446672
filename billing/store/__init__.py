"""The database: what is written, and how. Verbs, auth and app may import it."""
