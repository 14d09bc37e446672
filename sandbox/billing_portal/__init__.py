"""The customer portal: what a customer may do on their own, and the page on which they do it."""
