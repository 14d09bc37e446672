"""The rules of the house as small checks over source text. Only tests import them."""
