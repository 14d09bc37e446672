"""The pictures of docs/gallery: `python -m tests.gallery` makes them, tests see that no page is left out."""
