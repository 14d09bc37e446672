"""The kinds of values settings are made of, and how text becomes one. Only the other `billing/settings*.py` import it.

Everything secret is a SecretStr, so that no text form of the settings, printed or serialised, can show it.
"""

from __future__ import annotations

import ipaddress
import json
import re
from typing import Annotated, Any
from urllib.parse import SplitResult, urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, PlainValidator, SecretStr

from billing.rules.errors import BadInput
from billing.rules.money import Credits

_DRIVERS = {
    "sqlite": "sqlite+pysqlite",
    "sqlite+pysqlite": "sqlite+pysqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}


class SettingsError(Exception):
    """The portal cannot start with these settings; the text is one line that says what to do, and holds no secret."""


class Group(BaseModel):
    """A branch of the settings: frozen, unknown names refused, its input never quoted in an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, hide_input_in_errors=True)


def is_loopback(url: str) -> bool:
    """Whether the host of `url` is this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def own_port(url: object) -> int | None:
    """The port that a plain address of this machine names; behind https there is a proxy with a port of its own."""
    address = url.strip() if isinstance(url, str) else ""
    try:
        named = urlsplit(address).port if address.startswith("http://") and is_loopback(address) else None
        return named or None
    except ValueError:
        return None


def _clean_secret(value: object) -> object:
    """A secret copied with its line end never matches, so the edges go; a blank one counts as not given."""
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    return text if not isinstance(text, str) else SecretStr(text.strip()) if text.strip() else None


def as_list(value: object) -> Any:
    """A list may come as a real one (YAML), as JSON, or as words between commas (environment)."""
    if not isinstance(value, str):
        return value
    if value.strip().startswith("["):
        return _json(value)
    return [word.strip() for word in value.split(",")] if value.strip() else []


def _json(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except json.JSONDecodeError as mistake:
        where = f"line {mistake.lineno}, column {mistake.colno}"
    raise ValueError(f"is not valid JSON ({where})")


def _as_credits(value: object) -> Credits:
    if isinstance(value, Credits):
        return value
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise ValueError('must be a plain number of credits, such as 500 or "0.5"')
    try:
        return Credits.of(str(value))
    except BadInput as refused:
        sentence = refused.sentence
    raise ValueError(sentence)


def _as_web_address(value: object) -> object:
    address = _as_issuer(value)
    return address.rstrip("/") if isinstance(address, str) else address


def _as_issuer(value: object) -> object:
    """As it was given: an issuer is compared letter by letter, so a slash at its end must stay."""
    if not isinstance(value, str) or not value.strip():
        return None
    address = value.strip()
    parts = urlsplit(address)
    extra = parts.username or parts.query or parts.fragment
    if parts.scheme not in {"http", "https"} or not parts.hostname or extra or not _has_a_port_or_none(parts):
        raise ValueError("must be an address such as https://credits.example.org")
    if parts.scheme == "http" and not is_loopback(address):
        raise ValueError("must begin with https:// (plain http is for this machine only)")
    return address


def _has_a_port_or_none(parts: SplitResult) -> bool:
    try:
        return parts.port != 0
    except ValueError:  # none at all is None; this is no number, or too large a one
        return False


def _as_database(value: object) -> object:
    """Names the driver this project is tested with; the password inside makes the whole address a secret."""
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    scheme, found, rest = text.strip().partition("://") if isinstance(text, str) else ("", "", "")
    if not found or scheme not in _DRIVERS:
        raise ValueError("must begin with sqlite:// or postgresql:// (the portal picks the driver)")
    return SecretStr(f"{_DRIVERS[scheme]}://{rest}")


_TIMES = {"h": 3600, "m": 60, "s": 1}
_TIME = re.compile(r"(?=.)([0-9]{1,7}h)?([0-9]{1,7}m)?([0-9]{1,7}s)?", re.ASCII)
LONGEST_SECONDS = 86_400


def _seconds(value: object) -> int | None:
    """A number is seconds; text may say 90s, 5m or 1h30m. Blank is not given, 0 is zero."""
    text = value.strip().lower() if isinstance(value, str) else value
    if text is None or text == "":
        return None
    found = _TIME.fullmatch(text) if isinstance(text, str) else None
    if found:
        seconds = sum(int(part[:-1]) * _TIMES[part[-1]] for part in found.groups() if part)
    elif type(text) is int or (isinstance(text, str) and text.isascii() and text.isdecimal() and len(text) < 8):
        seconds = int(text)
    else:
        seconds = -1
    if not 0 <= seconds <= LONGEST_SECONDS:
        raise ValueError("must be a time such as 90s, 5m or 1h, at most a day, or 0 for never")
    return seconds


def _number_text(value: object) -> object:
    """YAML reads an unquoted 18 as a number; 18.00 stays text, see settings_sources.py."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _upper(value: object) -> object:
    return value.strip().upper() if isinstance(value, str) else value


def _plain_route(value: object) -> object:
    """Written with or without its slash."""
    return value.strip().strip("/") if isinstance(value, str) else value


def _blank_is_none(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


Secret = Annotated[SecretStr | None, BeforeValidator(_clean_secret)]
SecretList = Annotated[tuple[Secret, ...], BeforeValidator(as_list)]
Words = Annotated[tuple[str, ...], BeforeValidator(as_list)]
OptionalText = Annotated[str | None, BeforeValidator(_blank_is_none)]
UpperText = BeforeValidator(_upper)
PlainRoute = BeforeValidator(_plain_route)
FromList = BeforeValidator(as_list)
FromJson = BeforeValidator(_json)
DatabaseUrl = Annotated[SecretStr, BeforeValidator(_as_database)]
WebAddress = Annotated[str, BeforeValidator(_as_web_address)]
Issuer = Annotated[str | None, BeforeValidator(_as_issuer)]
NumberText = Annotated[str, BeforeValidator(_number_text)]
Every = Annotated[int | None, BeforeValidator(_seconds)]
CreditsValue = Annotated[Credits, PlainValidator(_as_credits), PlainSerializer(str, return_type=str)]
