"""The colours of every sheet, computed: which token may stand on which, how well it can be read, and none besides."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOKENS, PLAIN = "pages/static/tokens.css", "auth/static/plain.css"
SHEETS = (
    TOKENS, PLAIN, "api/docs.css", "sandbox/browser/scenario.css", "sandbox/browser/invoice.css",
    "sandbox/browser/checkout.css",
)  # fmt: skip
"""Where colours are written. What imitates Stripe's own form (payment.css) has Stripe's."""

TEXT, SHAPE = 4.5, 3.0
GROUNDS = "page surface sunken"
TINTS = "good-tint danger-tint warn-tint info-tint test-tint"
CHARTS = "chart-1 chart-2 chart-3 chart-4 chart-5 chart-6 chart-rest"
PAIRS: tuple[tuple[str, str, float], ...] = (
    ("text", GROUNDS, TEXT),
    ("muted", GROUNDS, TEXT),
    ("primary", GROUNDS, TEXT),  # links, quiet buttons, the focus ring
    ("primary-strong", GROUNDS, TEXT),
    ("primary", TINTS, SHAPE),  # the focus ring within a notice
    ("on-primary", "primary primary-strong", TEXT),
    ("good", f"{GROUNDS} good-tint paper card", TEXT),
    ("danger", f"{GROUNDS} danger-tint", TEXT),
    ("on-danger", "danger", TEXT),
    ("warn", f"{GROUNDS} warn-tint", TEXT),
    ("info", f"{GROUNDS} info-tint", TEXT),
    ("test", f"{GROUNDS} test-tint", TEXT),
    ("text", TINTS, TEXT),
    ("control border", GROUNDS, SHAPE),
    (CHARTS, "surface", SHAPE),
    # the pages without NiceGUI: the API's reference, the sandbox
    ("ink", "paper card panel", TEXT),
    ("soft quiet", "paper card panel", TEXT),
    ("accent link", "paper card panel", TEXT),
    ("on-accent", "accent", TEXT),
    ("bad wait", "paper card", TEXT),
    ("on-banner", "banner", TEXT),
    ("edge", "paper card", SHAPE),
)
"""Each of the first stands on each of the second, with at least that contrast, in light and in dark."""

DECORATION = {"hairline", "line", "shadow", "backdrop"}
"""What may be as faint as it likes: nothing is lost where it is not seen."""

BLOCK = re.compile(r"([^{}]+)\{([^{}]*)\}")
LITERAL = re.compile(r"#[0-9a-fA-F]{3,8}\b|\b(?:rgb|hsl|hwb|lab|lch|oklab|oklch)a?\(")
NAMED = re.compile(r":[^;{}]*(?<![\w-])(?:white|black|gr[ae]y|red|green|blue|orange|yellow|silver)(?![\w-])")
DARK = "@media (prefers-color-scheme: dark)"

Palette = dict[str, str]


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("sheet", SHEETS)
def test_every_pair_can_be_read(sheet: str, mode: str) -> None:
    colours = palette(sheet)[mode == "dark"]
    found = {
        f"--{one} on --{other}": contrast(colours[one], colours[other])
        for ones, others, _ in PAIRS
        for one in ones.split()
        for other in others.split()
        if {one, other} <= set(colours)
    }
    least = {f"--{a} on --{b}": goal for ones, others, goal in PAIRS for a in ones.split() for b in others.split()}
    faint = [f"{pair}: {reached:.2f}, not {least[pair]}" for pair, reached in found.items() if reached < least[pair]]
    assert found
    assert not faint, "\n".join(faint)


@pytest.mark.parametrize("sheet", SHEETS)
def test_no_colour_escapes_the_table(sheet: str) -> None:
    light, dark = palette(sheet)
    judged = {name for ones, others, _ in PAIRS for name in f"{ones} {others}".split()}
    assert set(light) == set(dark), "a colour has no value in light or in dark"
    assert set(light) - judged - DECORATION == set(), "add it to PAIRS, or to DECORATION when nothing is read from it"


def test_the_pages_without_a_socket_have_the_portals_colours() -> None:
    """auth may not read what pages has, so it repeats some of it."""
    for ours, theirs in zip(palette(TOKENS), palette(PLAIN), strict=True):
        renamed = {"border": "control"}
        assert {name: value for name, value in theirs.items() if ours[renamed.get(name, name)] != value} == {}


def test_a_colour_is_written_once_and_everybody_else_names_it() -> None:
    sources = [path for room in ("pages", "auth", "api") for path in sorted((ROOT / room).rglob("*"))]
    read = [path for path in sources if path.suffix in {".css", ".js", ".py", ".html"}]
    found = [f"{path.relative_to(ROOT)}: {line.strip()}" for path in read for line in strays(path)]
    assert read
    assert not found, "\n".join(found)


@pytest.mark.parametrize("path", ["pages/static/favicon.svg", "billing/mail_templates/frame.html"])
def test_what_cannot_name_a_token_has_its_value(path: str) -> None:
    """A picture and a mail know no variables."""
    written = {each.lower() for each in re.findall(r"#[0-9a-fA-F]{3,8}\b", (ROOT / path).read_text("utf-8"))}
    assert written
    assert written - set(palette(TOKENS)[0].values()) == set()


def test_the_contrast_is_wcags() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def strays(path: Path) -> list[str]:
    """Lines with a colour of their own."""
    text = re.sub(r"/\*.*?\*/", "", path.read_text("utf-8"), flags=re.S)
    if path.relative_to(ROOT).as_posix() in SHEETS:
        text = re.sub(r"--[\w-]+:[^;]*;", "", text)
        text = re.sub(r"light-dark\(([^)]*)\)", lambda found: "" if is_page(found[1]) else found[0], text)
    is_css = path.suffix == ".css"
    return [line for line in text.splitlines() if LITERAL.search(line) or (is_css and NAMED.search(line))]


def is_page(both: str) -> bool:
    """The paper before anything is mounted has the colours of the page, and cannot name them yet."""
    return tuple(each.strip() for each in both.split(",")) == tuple(each["page"] for each in palette(TOKENS))


@cache
def palette(sheet: str) -> tuple[Palette, Palette]:
    """The colour tokens of a sheet in light and in dark."""
    text = re.sub(r"/\*.*?\*/", "", (ROOT / sheet).read_text("utf-8"), flags=re.S)
    night = text.find(DARK)
    light: Palette = {}
    dark: Palette = {}
    for block in BLOCK.finditer(text):
        is_dark = "body--dark" in block[1] or 0 <= night < block.start()
        for name, value in re.findall(r"--([\w-]+):\s*([^;]+);", block[2]):
            if not LITERAL.search(value):
                continue
            both = re.fullmatch(r"light-dark\(([^,]+),\s*([^)]+)\)", value)
            if both:
                light[name], dark[name] = both.groups()
            else:
                (dark if is_dark else light)[name] = value
    return light, dark


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2.2 between two colours written as #rrggbb."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """The relative luminance of WCAG 2.2."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
