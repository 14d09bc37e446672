"""The dialogs of /settings/keys: a secret that is shown once, and the name to type before a key ends.

Only pages/settings/keys.py uses it.
"""

from __future__ import annotations

from pages.parts.modal import Field, Modal, reset
from pages.parts.tags import Tag, button
from pages.words import _

COPY = "(event) => navigator.clipboard?.writeText(event.currentTarget.dataset.copy)"


class SecretDialog:
    """Shows a secret until it is closed; then nothing of it is left in the page."""

    def __init__(self) -> None:
        self._modal = Modal(_("Your new key"), on_close=self._forget, safe=_("I have stored it"))
        self._modal.mark("secret-dialog")
        with self._modal:
            Tag("p", _("Keep the secret now: it is shown only this once, and nobody can read it again."), "strong")
            self._place = Tag("div", classes="stack", role="status").mark("secret")

    def show(self, secret: str) -> None:
        """Opens it with this secret."""
        self._forget()
        with self._place:
            Tag("p", secret, "code wraps")
            button(_("Copy the secret"), data_copy=secret).on("click", js_handler=COPY)
        self._modal.show()

    def _forget(self) -> None:
        self._place.clear()


class EndDialog:
    """Asks for the name of the key that ends; `form` sends it."""

    def __init__(self) -> None:
        self._modal = Modal(_("End the key?"))
        with self._modal, Tag("form", novalidate="", classes="stack").mark("end-key") as self.form:
            self._about = Tag("p")
            self.typed = Field("input", "typed", _("Its name"), _("Type it, so that no other key ends by mistake."))
            with Tag("div", classes="actions"):
                Tag("button", _("End the key"), "btn danger", type="submit")

    def show(self, name: str) -> None:
        """Opens it for the key of this name."""
        self.typed.clear()
        reset(self.form)
        self._about.text = _("Whatever uses {name} is refused at once, and for good.", name=name)
        self._modal.show()

    def shut(self) -> None:
        """Closes it."""
        self._modal.shut()
