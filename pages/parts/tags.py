"""Small elements by their HTML names, as a statement needs them: headings, times, lists. Only pages import it.

Every text is text: it reaches the browser as a text node and is never read as markup.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from billing.rules.moments import iso
from pages.parts import format as written


class Tag(TextElement):
    """An element named `tag` with a text and, used as a context manager, children. `props` are its attributes."""

    def __init__(self, tag: str, text: str = "", classes: str = "", **props: Any) -> None:
        super().__init__(tag=tag, text=text)
        self.classes(classes)
        for name, value in props.items():
            self.put(name, value)

    def put(self, name: str, value: Any) -> Self:
        """Sets one attribute, None removes it; `aria_label` becomes aria-label, and `for_` becomes for."""
        name = name.rstrip("_").replace("_", "-")
        if value is None:
            self.props.pop(name, None)
        else:
            self.props[name] = value
        self.update()
        return self


def link(text: str, href: str, classes: str = "link", **props: Any) -> Tag:
    """A link to a place of our own; `href` must never come from outside."""
    return Tag("a", text, classes, href=href, **props)


def outside(text: str, href: str, classes: str = "link", **props: Any) -> Tag:
    """A link to a place that is not ours, such as the provider's dashboard. `href` is made here, never given."""
    return Tag("a", text, classes, href=href, target="_blank", rel="noopener noreferrer", **props)


def button(text: str, on_click: Callable[..., Any] | None = None, classes: str = "", **props: Any) -> Tag:
    """A real button: `classes` may be primary, danger, quiet or small."""
    props.setdefault("type", "button")
    made = Tag("button", text, f"btn {classes}", **props)
    if on_click is not None:
        made.on("click", on_click, [])
    return made


def focus(element: ui.element) -> None:
    """Puts the keyboard there, in the browser's own time."""
    _sent = element.run_method("focus")


def heard(text: str) -> Tag:
    """Text for screen readers alone."""
    return Tag("span", text, "scrip-heard")


def when(moment: int, text: str | None = None, classes: str = "") -> Tag:
    """A moment (microseconds UTC) as `<time>`: short on the screen, whole in its tooltip, ISO in the document."""
    shown = written.moment(moment) if text is None else text
    return Tag("time", shown, classes, datetime=iso(moment), title=written.moment_whole(moment))


def chip(text: str, tone: str = "plain", sign: str = "") -> ui.element:
    """A status as sign, word and tint; tones: plain, good, warn, danger, info, test."""
    made = Tag("span", classes=f"chip chip-{tone}")
    with made:
        if sign:
            Tag("span", sign, aria_hidden="true")
        Tag("span", text)
    return made
