"""Text that people and programs send us, made safe to keep, and the ids we make. Anyone may import it."""

from __future__ import annotations

import re
import secrets

from billing.rules.errors import BadInput
from billing.rules.sentences import sentence, word

REASON_MIN = 10
REASON_MAX = 500
KEY_MAX = 200
NAME_MAX = 120

# Control characters but the tab, and lone surrogates, which cannot be written as UTF-8 at all.
_UNFIT = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\ud800-\udfff]")
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_ID = re.compile(r"[a-z]{2,5}_[0-9a-zA-Z]{1,34}", re.ASCII)


def clean(text: object, field: str, *, most: int, least: int = 0) -> str:
    """`text` without surrounding space; BadInput when it is no text, too short, too long or holds control characters.

    Control characters would let one field imitate another in a log line, a chain hash or a spreadsheet.
    """
    if not isinstance(text, str):
        raise BadInput(sentence("The {field} must be text.", field=_called(field)), field=field)
    stripped = text.strip()
    if len(stripped) < least:
        too_short = sentence("The {field} needs at least {least} characters.", field=_called(field), least=least)
        raise BadInput(too_short, field=field)
    if len(stripped) > most:
        too_long = sentence("The {field} may have at most {most} characters.", field=_called(field), most=most)
        raise BadInput(too_long, field=field)
    # all that is unfit cannot be printed either, and that is known at once
    if not stripped.isprintable() and _UNFIT.search(stripped):
        raise BadInput(
            sentence("The {field} holds a character that cannot be kept.", field=_called(field)), field=field
        )
    return stripped


def _called(field: str) -> str:
    """What a field is called; those that people fill in on pages have a name in every language."""
    named = (word("reason"), word("name"), word("title"), word("search"))
    return next((each for each in named if each == field), field)


def reason(text: object, least: int = REASON_MIN) -> str:
    """A manager's reason: mandatory, long enough to mean something to the next reader."""
    return clean(text, "reason", least=least, most=REASON_MAX)


def key(text: object, field: str = "idempotency key") -> str:
    """An idempotency key: 1 to 200 characters."""
    return clean(text, field, least=1, most=KEY_MAX)


def new_id(prefix: str) -> str:
    """`prefix` and 20 random characters (100 bits): acc, ord, usr, key, aud."""
    return f"{prefix}_{''.join(secrets.choice(_ALPHABET) for _ in range(20))}"


def looks_like_id(text: str, prefix: str) -> bool:
    """Whether `text` could be one of ours: checked before it is looked for, so that odd input costs nothing."""
    return text.startswith(f"{prefix}_") and _ID.fullmatch(text) is not None
