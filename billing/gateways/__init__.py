"""The outside world: payment providers behind one contract. Verbs and app may import it."""
