"""Tests of the sandbox, through the real SDK and a real browser. Imported by nobody."""
