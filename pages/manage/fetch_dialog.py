"""The dialog that asks the provider for events that never came. The list of events opens it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui.events import GenericEventArguments

from auth.policy import Action, Principal
from billing import replays
from billing.portal import Portal
from billing.replays import By
from billing.rules.console import Period
from billing.rules.errors import BadInput, Unavailable
from pages.frame import act
from pages.live import ask
from pages.parts.list_filters import begins, ends
from pages.parts.modal import Field, Modal, PlainForm, told
from pages.parts.tags import Tag
from pages.words import _, n_, worded


class FetchDialog:
    """`show` opens it; `changed` is awaited when something came."""

    def __init__(self, portal: Portal, principal: Principal, changed: Callable[[], Awaitable[None]]) -> None:
        self._portal, self._principal, self._changed = portal, principal, changed
        self._modal = Modal(_("Fetch missing events"), safe=_("Close"))
        work = act(portal, principal, Action.REPLAY_EVENT, self._fetch, tell=self._say, in_order=True)
        with self._modal:
            Tag("p", _("The provider tells its events of the last 30 days again. Known ones change nothing."), "muted")
            form = PlainForm(work).mark("fetch-form")
        with form:
            with Tag("div", classes="pair"):
                self._since = Field("input", "since", _("From"), type="date")
                self._until = Field("input", "until", _("To"), _("Left empty: until now."), type="date")
            self._said = Tag("p", classes="strong", role="status").mark("fetched")
            self._wrong = Tag("p", classes="field-error", role="alert").mark("fetch-error")
            with Tag("div", classes="actions"):
                self._button = Tag("button", _("Fetch"), "btn primary", type="submit")

    def show(self) -> None:
        """Opens it."""
        self._say("")
        self._said.text = ""
        self._modal.show()

    async def _fetch(self, event: GenericEventArguments) -> None:
        self._say("")
        for field in (self._since, self._until):
            field.clear()
        asked = {name: told(event.args, name) for name in ("since", "until")}
        since = begins(asked)
        if since is None:
            self._since.refuse(_("Choose the first day."))
            return
        self._said.text, by = _("Asking …"), By(self._principal.id, self._principal.origin)
        self._button.put("disabled", True)
        try:
            found = await ask(replays.fetch, self._portal, Period(since, ends(asked)), by)
        except BadInput as refused:
            self._said.text = ""
            field = self._until if refused.details.get("field") == "until" else self._since
            field.refuse(worded(refused.sentence))
            return
        except Unavailable as away:
            self._said.text = ""
            self._say(worded(away.sentence))
            return
        finally:
            self._button.put("disabled", None)
        new = sum(found.became.values())
        looked = n_("{n} event looked at.", "{n} events looked at.", found.looked_at)
        were_new = n_("{n} was new.", "{n} were new.", new)
        self._said.text = f"{looked} {were_new}"
        if new:
            await self._changed()

    def _say(self, sentence: str) -> None:
        self._wrong.text = sentence
