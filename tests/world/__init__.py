"""The world around the portal as tests see it: a browser, real databases, doubles of far ends. Only tests import it."""
