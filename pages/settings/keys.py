"""/settings/keys: keys for programs of one's own, made, replaced and ended. app.py mounts it.

A secret is on the page from the moment it was made until its dialog is closed, and nowhere else, ever.
"""

from __future__ import annotations

from collections.abc import Callable

from nicegui.events import GenericEventArguments

from auth import own_keys
from auth.keys import KeyRow
from auth.policy import Action, Principal
from billing.portal import Portal
from billing.rules.texts import NAME_MAX
from pages import notices
from pages.frame import Work, act, screen
from pages.live import ask, follow
from pages.parts import format as written
from pages.parts.modal import READ_FORM, Field, Modal, reset, told
from pages.parts.tags import Tag, button, chip, link, when
from pages.settings import PATH, settings_frame
from pages.settings.key_dialogs import EndDialog, SecretDialog
from pages.words import _

PAGE = f"{PATH}/keys"


def mount(portal: Portal) -> None:
    """Declares the page."""

    @screen(PAGE, Action.MANAGE_KEYS)
    async def page(principal: Principal) -> None:
        async with settings_frame(portal, principal, PAGE):
            if principal.account_id is None:
                notices.box("info", _("You have no account of your own."), _("Keys read an account."))
                return
            shown = Keys(portal, principal, principal.account_id)
            follow(portal, principal, principal.account_id, shown.show)
            await shown.show()


class Keys:
    """The keys of one account; `show` reads them again."""

    def __init__(self, portal: Portal, principal: Principal, account_id: str) -> None:
        self._portal, self._principal, self._account_id = portal, principal, account_id
        with Tag("p"):
            Tag("span", _("A key lets a program of yours read this account: its balance and its statement."))
            Tag("span", " ")
            Tag("span", _("It can neither buy nor spend."))
            Tag("span", " ")
            link(_("What programs can ask"), "/api/docs")
        with Tag("section", classes="panel", aria_labelledby="own-keys"):
            Tag("h2", _("API keys"), id="own-keys", tabindex="-1")
            self._none = Tag("p", _("There is none yet."), "muted")
            self._list = Tag("ul", classes="cards-saved").mark("keys")
        self._secret = SecretDialog()
        self._ends = EndDialog()
        self._ends.form.on("submit", self._handler(self._end, self._ends.typed.refuse), js_handler=READ_FORM)
        self._replaces = Modal(_("Replace the key?"))
        with self._replaces:
            Tag("p", _("It gets a new secret. The old one goes on for a day, so that you can change it everywhere."))
            with Tag("div", classes="actions"):
                button(_("Replace it"), self._handler(self._replace), "primary").mark("replace-key")
        self._chosen: KeyRow | None = None
        self._offer()

    async def show(self) -> None:
        """Those that open something now."""
        found = await ask(own_keys.listing, self._portal, self._account_id)
        self._none.set_visibility(not found)
        self._list.clear()
        with self._list:
            for each in found:
                self._row(each)

    def _offer(self) -> None:
        with (
            Tag("section", classes="panel", aria_labelledby="new-key"),
            Tag("form", novalidate="", classes="stack").mark("new-key") as self._form,
        ):
            Tag("h2", _("New key"), id="new-key")
            self._name = Field("input", "name", _("Name"), _("What the program is called."), maxlength=NAME_MAX)
            with Tag("div", classes="actions"):
                Tag("button", _("Make a key"), "btn primary", type="submit")
        self._form.on("submit", self._handler(self._make, self._name.refuse), js_handler=READ_FORM)

    def _row(self, each: KeyRow) -> None:
        """Its buttons have listeners of their own, bound to its key: the browser names nothing."""
        with Tag("li", classes="pending"):
            with Tag("div", classes="grow"):
                Tag("span", each.name, "strong")
                with Tag("div", classes="caption spaced"):
                    made = written.moment(each.created_at)
                    when(each.created_at, _("Made by {name}, {moment}", name=each.created_by, moment=made))
                    if each.used_at is None:
                        Tag("span", _("Never used"))
                    else:
                        used = written.ago(each.used_at, self._portal.clock())
                        when(each.used_at, _("Last used {moment}", moment=used))
            if each.revoked_at is not None:
                chip(_("Ends on {moment}", moment=written.moment(each.revoked_at)), "warn", "◐")
            else:
                whose = _("Replace {name}", name=each.name)
                button(_("Replace…"), self._opener(self._replaces.show, each), "small", aria_label=whose).mark(
                    "replace"
                )
            whose = _("End {name}", name=each.name)
            button(_("End…"), self._opener(lambda: self._ends.show(each.name), each), "small", aria_label=whose).mark(
                "end"
            )

    def _opener(self, opens: Callable[[], None], each: KeyRow) -> Callable[[], None]:
        def chosen() -> None:
            self._chosen = each
            opens()

        return chosen

    async def _make(self, event: GenericEventArguments) -> None:
        self._name.clear()
        name = told(event.args, "name")
        _id, secret = await ask(own_keys.make, self._portal, self._account_id, name, self._principal.id)
        reset(self._form)
        self._secret.show(secret)
        await self.show()

    async def _replace(self, _pressed: GenericEventArguments) -> None:
        self._replaces.shut()
        if self._chosen is not None:
            key_id = self._chosen.id
            _id, secret = await ask(own_keys.replace, self._portal, self._account_id, key_id, self._principal.id)
            self._secret.show(secret)
            await self.show()

    async def _end(self, event: GenericEventArguments) -> None:
        if self._chosen is not None:
            typed = told(event.args, "typed")
            await ask(_ended, self._portal, self._account_id, self._chosen.id, typed, self._principal.id)
            self._ends.shut()
            notices.said(_("The key is ended."))
            await self.show()

    def _handler(self, work: Work, tell: Callable[[str], None] = notices.refused) -> Work:
        return act(
            self._portal, self._principal, Action.MANAGE_KEYS, work, account_id=self._account_id, tell=tell
        )  # fmt: skip


def _ended(portal: Portal, account_id: str, key_id: str, typed: str, by: str) -> bool:
    own_keys.end(portal, account_id, key_id, typed, by)
    return True
