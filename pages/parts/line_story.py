"""What stands behind a line of a statement, and behind a lot, in finished texts. pages/parts/statement.py uses it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from auth.policy import Action, Principal, may
from billing.rules.explanations import Drawn, LineStory, LotStory, Part, Related, Tie
from billing.rules.kinds import Kind
from billing.rules.moments import NEVER, SECOND
from billing.rules.money import Credits
from billing.rules.views import Line
from pages.parts import format as written
from pages.parts.balance_panel import SOURCES
from pages.parts.ledger_table import about, actor_words
from pages.words import N_, _, n_

Leads = Callable[[Line], str]
"""The address at which a line can be seen."""

TIES = {
    Tie.CORRECTS: N_("this gives back or corrects it"),
    Tie.CORRECTED_BY: N_("gives back or corrects this"),
    Tie.SAME_ORDER: N_("of the same purchase"),
}


def told(story: LineStory, reader: Principal, words: Mapping[Kind, str], leads: Leads) -> dict[str, Any]:
    """A line's story as the table shows it."""
    paid = story.line.amount.micro < 0
    return {
        "facts": list(_facts(story, reader)),
        "moved": _("Paid from") if paid else _("Went into"),
        "lots": [_lot(each) for each in story.drawn],
        "related": [_related(each, words, leads) for each in story.related],
    }


def lot_name(source_word: str, opened_at: int) -> str:
    """A lot by where it came from and when."""
    return _("{source} of {day}", source=source_word, day=written.day(opened_at))


def lot_sums(story: LotStory, words: Mapping[Kind, str]) -> list[tuple[str, str, str]]:
    """What a lot's life adds up to: term, sign and amount; the last one is what remains."""
    sums = [(_("Came in"), "", written.credits(Credits(story.lot.granted_micro)))]
    if story.repaid.micro:
        sums.append((_("Paid what was owed"), written.MINUS, written.credits(story.repaid)))
    sums += [(_part(part, words), *_signed(part.amount)) for part in story.parts]
    return [*sums, (_("Remains"), "=", written.credits(Credits(story.lot.remaining_micro)))]


def lot_facts(story: LotStory) -> list[tuple[str, str]]:
    """When it was used, and until when it can be."""
    times = ((_("First used"), story.first_used_at), (_("Last used"), story.last_used_at))
    facts = [(term, written.moment_whole(moment)) for term, moment in times if moment is not None]
    expires = _("never") if story.lot.expires_at >= NEVER else written.moment_whole(story.lot.expires_at)
    return [*facts, (_("Expires"), expires)]


def _facts(story: LineStory, reader: Principal) -> list[dict[str, Any]]:
    line = story.line
    facts = [
        _fact(_("Transaction"), str(line.id), code=True) | {"copy": _("Copy the transaction's id")},
        _fact(_("Recorded"), written.moment_whole(line.recorded_at)),
    ]
    if abs(line.happened_at - line.recorded_at) >= SECOND:
        facts.append(_fact(_("Happened"), written.moment_whole(line.happened_at)))
    shows_id = may(reader, Action.SEARCH_ACCOUNTS) or line.actor.startswith("key_")
    facts.append(_fact(_("By"), line.actor if shows_id else actor_words(line.actor, reader), code=shows_id))
    if line.reason:
        facts.append(_fact(_("Reason"), about(line)))
    facts.append(_fact(_("Cause"), _cause(line, reader), code=True))
    if story.event_id is not None:
        href = f"/manage/events/{story.event_id}" if may(reader, Action.VIEW_INBOX) else None
        facts.append(_fact(_("Event"), story.event_id, code=True) | {"href": href})
    return facts + [_fact(name, value) for name, value in story.dimensions.items()]


def _cause(line: Line, reader: Principal) -> str:
    """Managers read the whole cause; to its owner the id of the account in it says nothing."""
    if may(reader, Action.SEARCH_ACCOUNTS):
        return f"{line.cause_type}:{line.cause_id}"
    return line.cause_id.removeprefix(f"{line.account_id}:") if line.cause_id != line.account_id else line.cause_type


def _fact(term: str, text: str, *, code: bool = False) -> dict[str, Any]:
    return {"term": term, "text": text, "code": code}


def _lot(each: Drawn) -> dict[str, Any]:
    name = lot_name(_(SOURCES[each.source]), each.opened_at)
    return {
        "id": str(each.lot_id), "text": name, "amount": written.signed(each.amount),
        "label": _("What became of these credits: {lot}", lot=name),
    }  # fmt: skip


def _related(each: Related, words: Mapping[Kind, str], leads: Leads) -> dict[str, Any]:
    when = written.day(each.line.recorded_at)
    return {
        "text": _("{what} of {day}", what=words[each.line.kind], day=when), "why": _(TIES[each.tie]),
        "amount": written.signed(each.line.amount), "href": leads(each.line),
    }  # fmt: skip


def _part(part: Part, words: Mapping[Kind, str]) -> str:
    return n_("{what}, {n} time", "{what}, {n} times", part.lines, what=words[part.kind])


def _signed(amount: Credits) -> tuple[str, str]:
    return (written.MINUS if amount.micro < 0 else "+"), written.credits(Credits(abs(amount.micro)))
