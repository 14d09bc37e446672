"""Says everything a person reads in the language of whoever looks at the page. Every page and piece imports it.

    from pages.words import N_, _, apart, n_, p_, worded

    Tag("h2", _("Last transactions"))
    Tag("p", _("For {name} ({id}).", name=account.name, id=account.id))   # never an f-string: values fill the places
    Tag("p", n_("{n} account", "{n} accounts", len(found)))                # {n} is written as numbers are there
    button(p_("verb", "Close"), ...)                                       # a word that means something else elsewhere
    notices.refused(worded(error.sentence))                                  # what a lower room said, in English
    STATES = {OrderState.NEW: N_("Begun")}                                 # at import nobody looks: mark it here ...
    Tag("span", _(STATES[order.state]))                                    # ... and say it where it is shown
    Tag("span", apart(package.description))                                # somebody's own words, never translated

Texts are whole sentences, written in English in the call. Credits, money and numbers given as values are written as
the language writes them; a name or an id is set apart so that it cannot turn a sentence from right to left around.
It works while a page is built and in event handlers, timers and news, for it asks NiceGUI for whose page it runs;
outside of every page (in a thread: say it before or after) it is English. After changing a text: `make words`, then
translate what is new in locales/*/LC_MESSAGES/scrip.po; tests refuse a sentence that some language lacks.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar

from nicegui.slot import Slot, get_task_id

from auth.speaking import speech_of
from locales.speech import Speech

_elsewhere: ContextVar[Speech] = ContextVar("speech")
_ENGLISH = Speech()


def _(template: str, /, **values: object) -> str:
    """`template` in the visitor's language, its {places} filled with the values."""
    return speech().say(template, **values)


def n_(one: str, many: str, n: int, /, **values: object) -> str:
    """The form of a counted sentence that fits `n`."""
    return speech().count(one, many, n, **values)


def p_(context: str, template: str, /, **values: object) -> str:
    """`template` as it is said in this `context`, which only translators see."""
    return speech().say_of(context, template, **values)


def N_(template: str, /) -> str:  # noqa: N802  gettext's own name for it
    """Marks a text that is said later, with `_`."""
    return template


def worded(said: str) -> str:
    """What a verb said, such as the sentence of an error."""
    return speech().tell(said)


def apart(text: str) -> str:
    """A text of a person or of whoever runs the portal, in whatever language: a full stop at its end stays there."""
    return speech().apart(text)


def speech() -> Speech:
    """The language and zone of whoever's page this runs for.

    Handlers, timers and news come in tasks that never saw the page being built, so no context variable can tell; but
    each of them works in a slot of its page, and the page knows the request it was built for.
    """
    for slot in reversed(Slot.stacks.get(get_task_id(), ())):
        with suppress(RuntimeError):  # a slot outlives its element; then the next one knows whose page it is
            return speech_of(slot.parent.client.request)
    return _elsewhere.get(_ENGLISH)


@contextmanager
def spoken(other: Speech) -> Iterator[None]:
    """Says everything inside in another language: for a mail, and for what has no page."""
    before = _elsewhere.set(other)
    try:
        yield
    finally:
        _elsewhere.reset(before)
