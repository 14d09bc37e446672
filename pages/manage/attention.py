"""/manage/attention: what needs a person, and the one button for each that mends it. app.py mounts it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from nicegui.events import GenericEventArguments

from auth.policy import Action, Principal, may
from billing import attention, dashboards
from billing.portal import Portal
from billing.replays import By
from billing.rules.attention import Matter, Matters, Mend, Trouble
from pages import notices
from pages.frame import act, frame, screen
from pages.live import ask
from pages.manage.events_words import STATES as EVENT_STATES
from pages.parts import format as written
from pages.parts.names import whose
from pages.parts.plain_table import Cell, Ears, PlainTable, moment_cell
from pages.parts.plan_cards import WORDS
from pages.parts.tags import Tag, link
from pages.words import N_, _, n_, worded

PATH = "/manage/attention"
KEY_MOST = 255

TITLES: dict[Trouble, str] = {
    Trouble.EVENT: N_("Events that were refused or failed"),
    Trouble.PAYMENT: N_("Payments on their way for more than a day"),
    Trouble.DUTY: N_("Duties that the provider refused or does not answer"),
    Trouble.INVOICE: N_("Invoices that were refused"),
    Trouble.SUBSCRIPTION: N_("Subscriptions that are not paid"),
}
MENDS: dict[Mend, str] = {
    Mend.REPLAY: N_("Replay"),
    Mend.CHECK: N_("Check the payment"),
    Mend.RETRY: N_("Try again"),
    Mend.CLOSE: N_("Settled by hand"),
    Mend.READ: N_("Ask the provider"),
}
NONE = N_(
    "What goes wrong with events, payments, invoices and subscriptions will stand here, each with the button that"
    " mends it."
)
DUTIES = {
    "refund": N_("Refund of a second payment"), "register_customer": N_("Customer to be registered"),
    "trial_end": N_("Subscription to end with its trial"), "meter_report": N_("Use to be told to a meter"),
    "mail": N_("Mail to be sent"),
}  # fmt: skip
STATES = {
    "waiting": N_("waiting"), "done": N_("done"), "refused": N_("refused"), "new": N_("being sent"),
    "open": N_("open"), "processing": N_("on its way"), "credited": N_("credited"), "failed": N_("failed"),
    "canceled": N_("cancelled"),
}  # fmt: skip


def mount(portal: Portal) -> None:
    """Declares the page."""

    @screen(PATH, Action.VIEW_INBOX)
    async def needs(principal: Principal) -> None:
        async with frame(portal, principal, _("Attention"), PATH):
            await Attention(portal, principal).show()


class Attention:
    """A list for each kind of trouble; `show` reads all of them again."""

    def __init__(self, portal: Portal, principal: Principal) -> None:
        self._portal, self._principal = portal, principal
        self._mends = may(principal, Action.REPLAY_EVENT)
        with Tag("div", classes="empty"):
            with Tag("div", role="status"):
                self._count = Tag("h2").mark("attention-count")
            self._none = Tag("p", _(NONE), "muted").mark("attention-none")
            self._as_of = Tag("p", classes="caption")
            self._all = link(_("All events"), "/manage/events", "btn small")
        self._lists = {trouble: self._list(trouble) for trouble in TITLES}

    async def show(self) -> None:
        """Reads what needs somebody."""
        found = await ask(attention.matters, self._portal)
        self._say(found.total)
        for trouble, (section, heading, table) in self._lists.items():
            self._fill(trouble, section, heading, table, found)

    def _say(self, total: int) -> None:
        """How much there is, or that there is nothing, and when that was so."""
        some = n_("{n} thing needs somebody.", "{n} things need somebody.", total)
        self._count.text = some if total else _("Nothing needs anybody.")
        self._as_of.text = _("As of {moment}.", moment=written.moment_whole(self._portal.clock()))
        for element in (self._none, self._all):
            element.set_visibility(not total)

    def _list(self, trouble: Trouble) -> tuple[Tag, Tag, PlainTable]:
        work = act(self._portal, self._principal, Action.REPLAY_EVENT, partial(self._pressed, trouble), in_order=True)
        columns = [_("Since"), _("Account"), _("What"), _("Why")]
        with Tag("section", classes="stack") as section:
            heading = Tag("h2")
            ears = Ears(act=work) if self._mends else None
            names = [*columns, *([_("Mend")] if self._mends else [])]
            table = PlainTable(_(TITLES[trouble]), names, ears=ears, quiet=True)
        return section, heading, table

    def _fill(self, trouble: Trouble, section: Tag, heading: Tag, table: PlainTable, found: Matters) -> None:
        matters, count = found.lists[trouble], found.counts[trouble]
        section.set_visibility(count > 0)
        heading.text = _("{title} ({n})", title=_(TITLES[trouble]), n=count)
        table.show([self._row(matter) for matter in matters], _keys(matters))

    def _row(self, matter: Matter) -> tuple[Cell | str, ...]:
        account: Cell | str = written.NONE
        if matter.account_id is not None:
            account = whose(matter.account_id, matter.account_name)
        mend = Cell(
            _(MENDS[matter.mend]),
            act=matter.mend.value,
            title=_("{mend}: {id}", mend=_(MENDS[matter.mend]), id=matter.key),
        )
        row = (moment_cell(matter.since, self._portal.clock()), account, self._about(matter), _why(matter))
        return (*row, mend) if self._mends else row

    def _about(self, matter: Matter) -> Cell:
        said = _(DUTIES[matter.about]) if matter.about in DUTIES else matter.about
        if matter.trouble is Trouble.EVENT:
            return Cell(said, href=f"/manage/events/{matter.key}", below=matter.ref or "")
        address = dashboards.address(self._portal, matter.ref)
        return Cell(said, outside=address) if address else Cell(said, below=matter.ref or matter.key)

    async def _pressed(self, trouble: Trouble, event: GenericEventArguments) -> None:
        given = event.args if isinstance(event.args, dict) else {}
        key = given.get("key")
        if not isinstance(key, str) or not 0 < len(key) <= KEY_MOST:
            return
        by = By(self._principal.id, self._principal.origin)
        after = await ask(attention.mend, self._portal, trouble, key, by)
        notices.said(_("It is {state} now.", state=_state(trouble, after)))
        await self.show()


def _keys(matters: Sequence[Matter]) -> list[str]:
    return [matter.key for matter in matters]


def _why(matter: Matter) -> str:
    if matter.trouble is Trouble.SUBSCRIPTION:
        return _state(matter.trouble, matter.why)
    return worded(matter.why) or written.NONE


def _state(trouble: Trouble, state: str) -> str:
    """The state of a thing as a word within a sentence."""
    if trouble is Trouble.EVENT and state in EVENT_STATES:
        return _(EVENT_STATES[state][0])
    if trouble is Trouble.SUBSCRIPTION and state in WORDS:
        return _(WORDS[state][0])
    return _(STATES[state]) if state in STATES else state
