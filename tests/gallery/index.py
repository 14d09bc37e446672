"""docs/gallery/README.md: every page beside its other looks. Only tests/gallery uses it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.gallery.camera import ARABIC
from tests.gallery.shots import LOOKS, SECTIONS, Shot

WIDTHS = {"light": 400, "dark": 400, "phone": 130, ARABIC: 400}
HEAD = """\
# Every page of the portal

Made by `make gallery`: a month in the life of a few invented customers is played on the sandbox, then every page is
photographed in light and dark on a desk (1440 pixels) and on a phone (390 pixels), and some in Arabic, which runs from
the right. The pages and their sentences are the real ones; a click on a picture shows it in full size.
"""


def write(folder: Path) -> None:
    """Writes the page."""
    (folder / "README.md").write_text(text(), "utf-8")


def text() -> str:
    """The page in Markdown."""
    return "\n".join([HEAD, *_sections()])


def _sections() -> Iterator[str]:
    for title, shots in SECTIONS.items():
        yield f"## {title}\n"
        for shot in shots:
            yield f"### {shot.title}\n"
            yield from _pictures(shot)
            yield ""


def looks(shot: Shot) -> list[str]:
    """The looks it is photographed in."""
    return [*LOOKS, *[ARABIC] * shot.arabic]


def _pictures(shot: Shot) -> Iterator[str]:
    for look in looks(shot):
        name = f"{shot.name}-{look}.webp"
        about = f"{shot.title}, {look}"
        yield f'<a href="{name}"><img src="{name}" width="{WIDTHS[look]}" alt="{about}"></a>'
