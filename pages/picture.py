"""The page as it will look, in the HTML of the answer: painted as soon as the style sheets are there, long before the
scripts that make it a page. Only pages/frame.py and pages/theme.py import it.

It is drawn from the same elements at the same moment, so it says what the page says. It is inert: nobody can press,
focus or hear it, so that nothing is lost and nothing is told twice when the page takes its place, in one step.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

from markupsafe import Markup
from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from pages.parts.stills import Pictured, Still

LAYOUT = {
    "q-layout": Still("div", {"class": "q-layout q-layout--standard", "style": "min-height: 100vh", "inert": True}),
    "q-page-container": Still("div", {"class": "q-page-container"}),
    "q-page": Still("main", {"class": "q-page"}),
}
"""What Quasar makes of the three elements around every page."""

REMOVAL = """{
  const picture = document.getElementById('picture'), root = document.documentElement;
  if (picture) {
    root.style.minHeight = `${root.scrollHeight}px`;
    queueMicrotask(() => root.style.removeProperty('min-height'));
    picture.remove();
  }
}"""
"""Done by a page's own script right before it draws, in the same breath. The page stays as tall as it is meanwhile, or
whoever has scrolled it would be back at its top.
"""

# Before anything is there to paint: a colour that changes afterwards would be seen changing.
_LOOK = """{
  const dark = %s ?? matchMedia('(prefers-color-scheme: dark)').matches;
  document.body.classList.add(dark ? 'body--dark' : 'body--light');
}"""

# Without modules there will be no page, and whoever waits in vain for its scripts may at least follow the links.
_SCRIPT = """{
  const picture = document.getElementById('picture');
  if (!('noModule' in HTMLScriptElement.prototype)) picture.remove();
  setTimeout(() => picture.firstElementChild.removeAttribute('inert'), 10_000);
}"""


class NoPicture(Exception):
    """Something on the page cannot say what it will look like."""


def draw(nonce: str, *, dark: bool | None) -> None:
    """Adds the picture to the page being built; none where a part cannot be drawn. `dark` None: the system decides."""
    with suppress(NoPicture):
        whole = _drawn(ui.context.client.layout)
        look = _LOOK % {None: "null", True: "true", False: "false"}[dark]
        before, after = (f'<script nonce="{nonce}">{each}</script>' for each in (look, _SCRIPT))
        ui.add_body_html(f'{before}<div id="picture">{whole.__html__()}</div>{after}')


def _drawn(element: ui.element) -> Still:
    still = _still(element)
    classes = " ".join(filter(None, [str(still.attributes.get("class", "")), *element.classes]))
    style = still.attributes.get("style") or "".join(f"{name}:{value};" for name, value in element.style.items())
    return replace(still, attributes={"id": element.html_id, **still.attributes, "class": classes, "style": style})


def _still(element: ui.element) -> Still:
    if isinstance(element, Pictured):
        still = element.still(_inner(element))
    elif element.tag in LAYOUT:
        still = replace(LAYOUT[element.tag], inner=_inner(element))
    elif "-" in element.tag:
        still = None
    else:
        still = Still(element.tag, _attributes(element.props), _inner(element))
    if still is None or len(element.slots) > 1:
        raise NoPicture(element.tag)
    return still


def _inner(element: ui.element) -> Markup:
    """Nothing of what is hidden or folded away."""
    if "hidden" in element.classes:
        return Markup()
    shown = list(element.default_slot.children)
    if element.tag == "details" and not element.props.get("open"):
        shown = [each for each in shown if each.tag == "summary"]
    text = element.text if isinstance(element, TextElement) else ""
    return Markup("{}{}").format(text, Markup().join(map(_drawn, shown)))


def _attributes(props: dict[str, Any]) -> dict[str, object]:
    return {name: value for name, value in props.items() if isinstance(value, str | int | bool)}
