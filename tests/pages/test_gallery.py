"""The gallery shows the whole portal: docs/gallery is made by `make gallery`, and no page is left out of it."""

from __future__ import annotations

from pathlib import Path

from nicegui import Client

from tests.gallery import index, walk
from tests.gallery.shots import ELSEWHERE, every
from tests.pages.visits import Site

DOCS = Path(__file__).parents[2] / "docs"
GALLERY = DOCS / "gallery"
MOST_BYTES = 6_000_000


def test_every_page_of_the_portal_is_in_the_gallery(site: Site) -> None:
    """A new page gets a line in tests/gallery/shots.py, and is photographed by the next `make gallery`."""
    pages = {path for build, path in Client.page_routes.items() if build.__module__ == "pages.frame"}
    declared = {path for path in pages if not path.startswith("/words-")}  # another test's own
    assert declared
    assert declared - ELSEWHERE - {shot.path for shot in every()} == set()


def test_the_gallery_is_what_its_list_makes() -> None:
    assert (GALLERY / "README.md").read_text("utf-8") == index.text(), "run: make gallery"
    named = {f"{shot.name}-{look}.webp" for shot in every() for look in index.looks(shot)}
    assert named - {picture.name for picture in GALLERY.glob("*.webp")} == set(), "run: make gallery"


def test_the_first_purchase_is_told_with_its_pictures() -> None:
    assert (DOCS / "first-purchase.md").read_text("utf-8") == walk.text(), "run: make gallery"
    assert [name for name in walk.pictures() if not (GALLERY / f"{name}.webp").exists()] == []


def test_the_pictures_are_small_and_none_is_left_over() -> None:
    """A repository is fetched by everybody, pictures and all."""
    kept = {picture.stem: picture.stat().st_size for picture in GALLERY.glob("*.webp")}
    assert set(kept) <= {f"{shot.name}-{look}" for shot in every() for look in index.looks(shot)} | set(walk.pictures())
    assert sum(kept.values()) <= MOST_BYTES
