"""A dialog, and the fields of a form, with everything a screen reader needs to hear. Only pages import it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from nicegui import ui

from pages.parts.halves import half
from pages.parts.tags import Tag, button, focus
from pages.words import _

READ_FORM = "(event) => { event.preventDefault?.(); emit(Object.fromEntries(new FormData(event.currentTarget))); }"
"""Sends a whole form at once: what was typed last is never missing, as it could be if fields were sent one by one."""

TYPING_SECONDS = 0.15


class Modal(ui.element):
    """A modal dialog; build its content with it as the context. `heading` names it, `safe` the way out."""

    def __init__(self, heading: str, on_close: Callable[..., Any] | None = None, safe: str | None = None) -> None:
        super().__init__(half("modal"))
        with self, Tag("div", classes="row apart"):
            self.heading = Tag("h2", heading)
            # The safe way out is the first stop, so that Enter by mistake does nothing.
            button(safe or _("Cancel"), classes="quiet small", data_safe="").on("click", self.shut, [])
        self.props["labelledby"] = self.heading.html_id
        if on_close is not None:
            self.on("closed", on_close, [])

    def show(self) -> None:
        """Opens it over the page."""
        _ = self.run_method("open")

    def shut(self) -> None:
        """Closes it; the browser puts the focus back where it came from."""
        _ = self.run_method("close")


class PlainForm(ui.element):
    """Build its fields with it as the context. What it sends is text of strangers: read it like an address.

    `typed` hears every change a moment after it, `submitted` the button; both get all fields at once.
    """

    def __init__(
        self,
        submitted: Callable[..., Any],
        typed: Callable[..., Any] | None = None,
        *,
        classes: str = "",
    ) -> None:
        super().__init__(half("plain_form"))
        self.classes(classes)
        if typed is not None:
            self.on("input", typed, throttle=TYPING_SECONDS, leading_events=False, js_handler=READ_FORM)
        self.on("submit", submitted, js_handler=READ_FORM)

    def fill(self, values: Mapping[str, str | bool]) -> None:
        """Empties it, then puts these values into the fields of these names."""
        _sent = self.run_method("fill", dict(values))


class Field:
    """A label, a control, a hint and a place for what is wrong, tied together for whoever cannot see that they are."""

    def __init__(self, tag: str | Callable[..., Tag], name: str, label: str, hint: str = "", **props: Any) -> None:
        """`tag`: the name of the control's element, or what makes it."""
        make = partial(Tag, tag) if isinstance(tag, str) else tag
        with Tag("div", classes="field") as self.element:
            self.label = Tag("label", label)
            self.control = make(classes="input", name=name, **{"autocomplete": "off", **props})
            self.hint = Tag("span", hint, "hint")
            self.error = Tag("span", classes="field-error", role="alert").mark(f"{name}-error")
        self.label.put("for_", self.control.html_id)
        self.control.put("aria_describedby", f"{self.hint.html_id} {self.error.html_id}")

    def refuse(self, sentence: str, *, leads: bool = True) -> None:
        """Says what is wrong and leads there, unless somebody is still typing."""
        self.error.text = sentence
        self.control.put("aria_invalid", "true")
        if leads:
            focus(self.control)

    def clear(self) -> None:
        """Nothing is wrong (any more)."""
        self.error.text = ""
        self.control.put("aria_invalid", None)


class PlainSelect(Tag):
    """A select of the browser's own, filled there from data: one element, however many options it has.

    `options` are pairs of value and text; a value of "" is "nothing chosen yet".
    """

    def __init__(self, options: Iterable[tuple[str, str]], chosen: str = "", **props: Any) -> None:
        super().__init__(half("plain_select"), **props)
        self.props["options"] = [list(option) for option in options]
        self.props["chosen"] = chosen


def reset(form: ui.element) -> None:
    """Empties the form's fields, in the browser's own time."""
    _sent = form.run_method("reset")


def told(given: object, name: str) -> str:
    """One text of a form that came as a whole; a form of any other shape has none."""
    value = given.get(name) if isinstance(given, dict) else None
    return value if isinstance(value, str) else ""
