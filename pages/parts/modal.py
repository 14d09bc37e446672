"""A dialog and the field inside it, with everything a screen reader needs to hear. Only pages import it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nicegui import ui

from pages.parts.tags import Tag, button

READ_FORM = "(event) => { event.preventDefault?.(); emit(Object.fromEntries(new FormData(event.currentTarget))); }"
"""Sends a whole form at once: what was typed last is never missing, as it could be if fields were sent one by one."""


class Modal(ui.element, component="modal.js"):
    """A modal dialog; build its content with it as the context. `heading` names it, `safe` the way out."""

    def __init__(self, heading: str, on_close: Callable[..., Any] | None = None, safe: str = "Cancel") -> None:
        super().__init__()
        with self, Tag("div", classes="row apart"):
            self.heading = Tag("h2", heading)
            # The safe way out is the first stop, so that Enter by mistake does nothing.
            button(safe, classes="quiet small", data_safe="").on("click", self.shut, [])
        self.props["labelledby"] = self.heading.html_id
        if on_close is not None:
            self.on("closed", on_close, [])

    def show(self) -> None:
        """Opens it over the page."""
        _ = self.run_method("open")

    def shut(self) -> None:
        """Closes it; the browser puts the focus back where it came from."""
        _ = self.run_method("close")


class Field:
    """A label, a control, a hint and a place for what is wrong, tied together for whoever cannot see that they are."""

    def __init__(self, tag: str, name: str, label: str, hint: str, **props: Any) -> None:
        with Tag("div", classes="field"):
            named = Tag("label", label)
            self.control = Tag(tag, classes="input", name=name, autocomplete="off", **props)
            said = Tag("span", hint, "hint")
            self.error = Tag("span", classes="field-error", role="alert").mark(f"{name}-error")
        named.put("for_", self.control.html_id)
        self.control.put("aria_describedby", f"{said.html_id} {self.error.html_id}")

    def refuse(self, sentence: str) -> None:
        """Says what is wrong and leads there."""
        self.error.text = sentence
        self.control.put("aria_invalid", "true")
        _ = self.control.run_method("focus")

    def clear(self) -> None:
        """Nothing is wrong (any more)."""
        self.error.text = ""
        self.control.put("aria_invalid", None)
