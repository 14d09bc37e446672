"""One section of /settings/alerts: the thresholds of one kind, saved by themselves. Only alerts.py uses it."""

from __future__ import annotations

from dataclasses import dataclass

from nicegui.events import GenericEventArguments

from auth.policy import Action, Principal
from billing import alert_notices, alerts
from billing.alert_notices import Told
from billing.alert_rules import Wanted
from billing.portal import Portal
from billing.rules.alerts import IN_DAYS, LEVELS_MOST, AlertKind, Rule
from billing.rules.errors import BadInput, Conflict
from billing.rules.money import Credits
from billing.rules.sentences import sentence
from pages.frame import Work, act
from pages.live import ask
from pages.parts import format as written
from pages.parts.modal import READ_FORM, Field, told
from pages.parts.tags import Tag, button, chip, when
from pages.words import N_, _, worded

DAYS_DIGITS = 3
NO_DAYS = sentence("Days are a whole number, such as 7.")


@dataclass(frozen=True, slots=True)
class _Words:
    """What a section says: its heading, and the label of each threshold."""

    heading: str
    labels: tuple[str, ...]


WORDS: dict[AlertKind, _Words] = {
    AlertKind.BALANCE: _Words(
        N_("Credits left"), (N_("Tell me when fewer credits are left than"), N_("and again when fewer than"))
    ),
    AlertKind.RUNWAY: _Words(N_("Days left"), (N_("Tell me when credits last fewer days than"),)),
    AlertKind.SPENDING: _Words(
        N_("Use in a month"), (N_("Tell me when a month's use reaches"), N_("and again when it reaches"))
    ),
    AlertKind.EXPIRY: _Words(N_("Expiry"), (N_("Tell me so many days before credits expire"),)),
}


class AlertForm:
    """The fields as somebody types them, with what is true beside them."""

    def __init__(self, portal: Portal, principal: Principal, account_id: str, kind: AlertKind) -> None:
        self._portal, self._principal, self._account_id, self._kind = portal, principal, account_id, kind
        self._found: Told | None = None
        self._seen = 0
        self._typed: object = None
        words = WORDS[kind]
        with (
            Tag("section", classes="panel", aria_labelledby=f"alert-{kind}"),
            Tag("form", novalidate="", classes="stack").mark(f"alert-{kind}") as form,
        ):
            with Tag("div", classes="row apart"):
                Tag("h2", _(words.heading), id=f"alert-{kind}")
                self._state = Tag("span")
            self._fields = Tag("div", classes="short")
            self._by_mail = Tag("div")
            self._now = Tag("p", classes="muted").mark(f"now-{kind}")
            self._clash = Tag("div", role="alert").mark(f"clash-{kind}")
            with Tag("div", classes="row"):
                Tag("button", _("Save"), "btn primary", type="submit")
                self._saved = Tag("span", classes="row muted", role="status").mark(f"saved-{kind}")
        form.on("submit", self._handler(self._save), js_handler=READ_FORM)

    def show(self, found: Told, now: str) -> None:
        """How things stand. The fields are filled the first time only: somebody may be typing in them."""
        is_first, self._found = self._found is None, found
        self._now.text = now
        self._state.clear()
        if found.is_passed:
            with self._state:
                chip(_("Passed now"), "warn", "▲")
        if is_first:
            self._fill(found.rule)
        if found.rule.version == self._seen:
            self._tell_saved(found)

    def _fill(self, rule: Rule) -> None:
        """The fields anew, with what holds."""
        self._seen = rule.version
        self._clash.clear()
        self._fields.clear()
        self._by_mail.clear()
        shown = [self._shown(level) for level in rule.levels]
        with self._fields:
            self._levels = [
                Field(
                    "input", f"level-{place}", _(label), inputmode="decimal",
                    defaultValue=shown[place - 1] if place <= len(shown) else "",
                )
                for place, label in enumerate(WORDS[self._kind].labels, 1)
            ]  # fmt: skip
        with self._by_mail, Tag("label", classes="check row"):
            Tag("input", type="checkbox", name="by_mail", checked=rule.by_mail or None)
            Tag("span", _("By mail as well"))

    def _tell_saved(self, found: Told) -> None:
        self._saved.clear()
        with self._saved:
            if found.rule.version:
                saved, who = written.moment(found.rule.changed_at), found.changed_by or _("Somebody")
                when(found.rule.changed_at, _("Saved by {name}, {moment}", name=who, moment=saved))
            else:
                Tag("span", _("As this portal has it for everybody.") if found.rule.levels else _("Nothing is set."))
            if found.fired_at is not None:
                when(found.fired_at, _("Last told {moment}", moment=written.moment(found.fired_at)))

    async def _save(self, event: GenericEventArguments) -> None:
        self._typed = event.args
        await self._keep(self._seen)

    async def _keep(self, seen: int) -> None:
        """Keeps what was typed over the version that was seen."""
        for field in self._levels:
            field.clear()
        self._clash.clear()
        filled: list[int] = []
        try:
            levels = self._read(filled)
            wanted = Wanted(self._kind, levels, told(self._typed, "by_mail") == "on", seen)
            rule = await ask(alerts.save, self._portal, self._account_id, wanted, self._principal.id)
        except BadInput as refused:
            place = int(str(refused.details.get("field", "level-1"))[-1])
            self._levels[filled[place - 1] - 1].refuse(worded(refused.sentence))
        except Conflict as conflict:
            # the page hears of it as well, but may not have yet
            self._found = (await ask(alert_notices.told, self._portal, self._account_id))[self._kind]
            self._tell_conflict(conflict)
        else:
            self._seen = rule.version

    def _tell_conflict(self, conflict: Conflict) -> None:
        name, at = str(conflict.details.get("by") or _("Somebody")), conflict.details.get("at")
        changed = written.ago(at, self._portal.clock()) if isinstance(at, int) else ""
        with self._clash, Tag("div", classes="notice notice-danger"):
            Tag("strong", _("{name} changed this {when}.", name=name, when=changed))
            Tag("span", _("Nothing of yours is saved yet, and nothing is lost."))
            with Tag("div", classes="row"):
                button(_("Show theirs"), self._handler(self._take_theirs), "small").mark("take-theirs")
                button(_("Save mine instead"), self._handler(self._keep_mine), "small").mark("keep-mine")

    async def _take_theirs(self, _pressed: GenericEventArguments) -> None:
        if self._found is not None:
            self._fill(self._found.rule)
            self._tell_saved(self._found)

    async def _keep_mine(self, _pressed: GenericEventArguments) -> None:
        if self._found is not None:
            await self._keep(self._found.rule.version)

    def _read(self, filled: list[int]) -> list[int]:
        """What was typed; `filled` gets the number of each field that is not empty, also of the one that is refused."""
        levels: list[int] = []
        for place in range(1, LEVELS_MOST[self._kind] + 1):
            text = told(self._typed, f"level-{place}").strip()
            if text:
                filled.append(place)
                levels.append(self._number(text, f"level-{len(filled)}"))
        return levels

    def _number(self, text: str, field: str) -> int:
        try:
            if self._kind not in IN_DAYS:
                return written.read_credits(text).micro
        except BadInput as odd:
            raise BadInput(odd.sentence, field=field) from odd
        if text.isascii() and text.isdecimal() and len(text) <= DAYS_DIGITS:
            return int(text)
        raise BadInput(NO_DAYS, field=field)

    def _shown(self, level: int) -> str:
        return str(level) if self._kind in IN_DAYS else written.typed(Credits(level))

    def _handler(self, work: Work) -> Work:
        return act(
            self._portal, self._principal, Action.SET_ALERTS, work, account_id=self._account_id, tell=self._say
        )  # fmt: skip

    def _say(self, said: str) -> None:
        self._clash.clear()
        with self._clash:
            Tag("p", said, "field-error")
