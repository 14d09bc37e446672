"""What became of credits that came in together: a lot's life as a sum. pages/parts/statement.py opens it."""

from __future__ import annotations

from collections.abc import Mapping

from billing.rules.explanations import LotStory
from billing.rules.kinds import Kind
from pages import notices
from pages.parts.balance_panel import SOURCES
from pages.parts.line_story import Leads, lot_facts, lot_name, lot_sums
from pages.parts.modal import Modal
from pages.parts.tags import Tag, link
from pages.words import _


class LotDialog:
    """Built once in the current slot; `open` fills it and lays it over the page."""

    def __init__(self, words: Mapping[Kind, str], leads: Leads) -> None:
        self._words, self._leads = words, leads
        self._modal = Modal(_("Credits"), safe=_("Close"))
        with self._modal:
            self._body = Tag("div", classes="stack").mark("lot")

    def open(self, story: LotStory) -> None:
        """Shows this lot."""
        self._modal.heading.text = lot_name(_(SOURCES[story.lot.source]), story.lot.created_at)
        self._body.clear()
        with self._body:
            if story.unexplained.micro:
                notices.box("danger", _("This does not add up."), _("Please tell whoever runs this portal."))
            with Tag("dl", classes="figures"):
                for place, (term, sign, amount) in enumerate(sums := lot_sums(story, self._words)):
                    classes = "total" if place == len(sums) - 1 else ""
                    Tag("dt", term, classes)
                    Tag("dd", f"{sign} {amount}".strip(), f"number {classes}".strip())
            with Tag("dl", classes="facts"):
                for term, text in lot_facts(story):
                    Tag("dt", term)
                    Tag("dd", text)
            if story.opened_by is not None:
                link(_("The transaction it came with"), self._leads(story.opened_by))
        self._modal.show()
