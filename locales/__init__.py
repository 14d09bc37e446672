"""What the portal says in every language, and how numbers read there. Only auth and pages import it."""
