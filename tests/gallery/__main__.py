"""`python -m tests.gallery [name ...]`: plays a month, photographs every page, writes docs/gallery. `make gallery`."""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Error as PlaywrightError

from billing.rules.moments import HOUR
from tests.gallery import history, index, walk
from tests.gallery.camera import Camera, open_camera
from tests.gallery.shots import every
from tests.gallery.stand import TODAY, open_stand

DOCS = Path(__file__).parents[2] / "docs"


def main() -> int:
    """Exit status 1 when a picture could not be taken."""
    asked = _asked()
    folder = Path(asked.into)
    with TemporaryDirectory(prefix="scrip-gallery-", ignore_cleanup_errors=True) as own, ExitStack() as stack:
        stand = stack.enter_context(open_stand(Path(own), **history.SETTINGS))
        camera = stack.enter_context(open_camera(stand, history.lived(stand), folder))
        missed = _play(camera, asked.names)
    if not asked.names:
        index.write(folder)
        (folder.parent / f"{walk.NAME}.md").write_text(walk.text(), "utf-8")
    print(f"{len(camera.taken)} pictures in {folder}, {_kilobytes(folder)} kB")
    return int(bool(missed))


def _play(camera: Camera, names: Sequence[str]) -> list[str]:
    """Takes what is named, or everything; what could not be taken."""
    missed: list[str] = []
    camera.stand.until(TODAY + 10 * HOUR)
    for shot in every():
        if names and shot.name not in names:
            continue
        try:
            camera.shoot(shot)
        except (PlaywrightError, AssertionError) as error:
            missed.append(shot.name)
            print(f"  {shot.name}: {error}", file=sys.stderr, flush=True)
        else:
            print(f"  {shot.name}", file=sys.stderr, flush=True)
    if not names or walk.NAME in names:
        camera.stand.until(TODAY + 11 * HOUR)
        walk.first_purchase(camera)
    return missed


def _kilobytes(folder: Path) -> int:
    return sum(each.stat().st_size for each in folder.glob("*.webp")) // 1000


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.gallery", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help="only these pictures; the index stays as it is")
    parser.add_argument("--into", default=DOCS / "gallery", help="another folder than docs/gallery")
    return parser.parse_args()


if __name__ == "__main__":
    warnings.filterwarnings("ignore", "XDG_RUNTIME_DIR")
    sys.exit(main())
