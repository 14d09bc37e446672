"""How numbers, money and moments read. Only pages import it; amounts stay exact decimals down to the last digit."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal

from babel.dates import format_date, format_datetime, format_time
from babel.numbers import format_currency, format_decimal

from billing.rules.kinds import Kind
from billing.rules.moments import DAY, HOUR, MINUTE, to_datetime
from billing.rules.money import Credits, Money
from billing.settings import Settings

LOCALE = "en"
ZONE_NAME = "UTC"
MINUS = "\N{MINUS SIGN}"
NONE = "\N{EN DASH}"

WORDS: dict[Kind, str] = {
    Kind.PURCHASE: "Purchase",
    Kind.SETTLEMENT: "Invoice paid",
    Kind.BONUS: "Bonus",
    Kind.WELCOME: "Welcome credits",
    Kind.GRANT: "Grant",
    Kind.REMOVAL: "Removal",
    Kind.USAGE: "Usage",
    Kind.USAGE_REVERT: "Usage returned",
    Kind.PLAN: "Plan credits",
    Kind.EXPIRY: "Expiry",
    Kind.REFUND: "Refund",
    Kind.DISPUTE: "Dispute",
    Kind.TRANSFER: "Transfer",
    Kind.CORRECTION: "Correction",
}


def words(settings: Settings) -> dict[Kind, str]:
    """What each type of transactions is called in this portal."""
    return WORDS | {each.kind: each.word for each in settings.credits.kind_words}


def credits(amount: Credits, places: int = 0) -> str:
    """1,250 or 0.25: grouped, with at least `places` decimals and no more than there are, and a real minus sign."""
    number = Decimal(amount.micro).scaleb(-6)
    pattern = f"#,##0.{'0' * places}{'#' * (6 - places)}"
    text: str = format_decimal(abs(number), format=pattern, locale=LOCALE)
    return f"{MINUS}{text}" if number < 0 else text


def signed(amount: Credits, places: int = 0) -> str:
    """+500 or −20; zero has no sign."""
    return f"+{credits(amount, places)}" if amount.micro > 0 else credits(amount, places)


def places(amounts: Iterable[Credits]) -> int:
    """How many decimals a column needs so that its numbers stand under each other."""
    return max((len(str(amount).partition(".")[2]) for amount in amounts), default=0)


def spoken(amount: Credits) -> str:
    """What a screen reader says for a signed amount: "plus 500 credits"."""
    word = "plus" if amount.micro > 0 else "minus"
    return f"{word} {credits(Credits(abs(amount.micro)))} credits"


def money(amount: Money) -> str:
    """18.00 USD: what is paid names its currency, since several share the dollar sign."""
    text: str = format_currency(amount.major, amount.currency, "#,##0.00 ¤¤", locale=LOCALE)
    return text


def moment(when: int) -> str:
    """20 Nov 2026, 15:04 UTC."""
    return f"{format_datetime(to_datetime(when), 'd MMM y, HH:mm', locale=LOCALE)} {ZONE_NAME}"


def moment_whole(when: int) -> str:
    """20 Nov 2026, 15:04:09 UTC."""
    return f"{format_datetime(to_datetime(when), 'd MMM y, HH:mm:ss', locale=LOCALE)} {ZONE_NAME}"


def clock_time(when: int) -> str:
    """15:04:09 UTC."""
    return f"{format_time(to_datetime(when).time(), 'HH:mm:ss', locale=LOCALE)} {ZONE_NAME}"


def day(when: int, zone: tzinfo = UTC) -> str:
    """20 Nov 2026."""
    return format_date(to_datetime(when).astimezone(zone).date(), "d MMM y", locale=LOCALE)


def ago(when: int, now: int) -> str:
    """ "3 h ago" within a week, the date and time after it."""
    past = now - when
    if past < MINUTE:
        return "just now"
    if past < HOUR:
        return f"{past // MINUTE} min ago"
    if past < DAY:
        return f"{past // HOUR} h ago"
    if past < 7 * DAY:
        return f"{past // DAY} d ago"
    return moment(when).removesuffix(f" {ZONE_NAME}")


def day_start(text: str) -> datetime | None:
    """Midnight UTC of an ISO date such as 2026-11-20; None for anything else, as an address may hold anything."""
    try:
        found = date.fromisoformat(text) if len(text) == len("2026-11-20") else None
    except ValueError:
        found = None
    if found is None or not 1970 <= found.year <= 2200:
        return None
    return datetime(found.year, found.month, found.day, tzinfo=UTC)
