"""Chromium without root on a Debian-like system: its packages fetched by apt-get into private folders and unpacked.

Only tests/world/chromium.py imports it. Nothing is installed: the system's own lists of sources and keys are read.
"""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

# chromium-common: the data without which the program starts and dies; fonts: a page without any glyph has no size
WANTED = ("chromium", "chromium-common", "libnss3", "fonts-dejavu-core", "fontconfig-config")
WRAPPER = """\
#!/bin/sh
# Starts the unpacked Chromium with the libraries that were unpacked beside it.
here={here}
export LD_LIBRARY_PATH="{libraries}${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}"
export FONTCONFIG_PATH="${{FONTCONFIG_PATH:-$([ -d /etc/fonts ] && echo /etc/fonts || echo "$here/etc/fonts")}}"
export XDG_DATA_DIRS="$here/usr/share:${{XDG_DATA_DIRS:-/usr/local/share:/usr/share}}"
exec "$here/usr/lib/chromium/chromium" "$@"
"""


def cache_folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()) / "scrip-browser"


def unpacked_chromium(seconds: float, say: Callable[[str], None]) -> Path | None:
    """The path of a wrapper that starts it, or None when apt-get could not deliver."""
    folder = cache_folder()
    root = folder / "root"
    try:
        packages = fetched_packages(folder / "apt", seconds)
        shutil.rmtree(root, ignore_errors=True)
        for package in packages:
            subprocess.run(["dpkg", "-x", package, root], check=True, capture_output=True, timeout=seconds)
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", None) or b""
        say(f"  failed: {(said.decode(errors='replace').strip().splitlines() or [str(error)])[-1][:200]}")
        return None
    shutil.rmtree(folder / "apt", ignore_errors=True)
    return write_wrapper(folder / "chromium", root)


def fetched_packages(place: Path, seconds: float) -> list[Path]:
    """Chromium and everything it depends on that this system does not have, downloaded and checked by apt-get."""
    archives = place / "cache" / "archives"
    for part in (place / "state" / "lists" / "partial", archives / "partial"):
        part.mkdir(parents=True, exist_ok=True)
    options = [
        f"Dir::State={place / 'state'}",
        f"Dir::Cache={place / 'cache'}",
        "Dir::State::status=/var/lib/dpkg/status",
    ]
    # apt-get as root hands downloads to a user of its own, who may not reach a private folder
    options += ["Debug::NoLocking=1", "APT::Sandbox::User="]
    apt = ["apt-get", "-qq", *[word for option in options for word in ("-o", option)]]
    subprocess.run([*apt, "update"], check=True, capture_output=True, timeout=seconds)
    fetch = [*apt, "install", "-y", "--download-only", "--no-install-recommends", "--reinstall", *WANTED]
    subprocess.run(fetch, check=True, capture_output=True, timeout=seconds)
    return sorted(archives.glob("*.deb"))


def write_wrapper(path: Path, root: Path) -> Path | None:
    if not (root / "usr/lib/chromium/chromium").exists():
        return None
    folders = {str(library.parent) for library in root.rglob("lib*.so.[0-9]*") if library.is_file()}
    here = "'" + str(root).replace("'", "'\\''") + "'"
    path.write_text(WRAPPER.format(here=here, libraries=":".join(sorted(folders))))
    path.chmod(0o755)
    return path
