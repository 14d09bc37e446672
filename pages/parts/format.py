"""How numbers, money and moments read to whoever looks at the page. Only pages import it.

Amounts stay exact decimals down to the last digit; moments are told in the visitor's zone, which is named beside them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from babel import Locale
from babel.core import get_global
from babel.dates import format_skeleton, format_time, format_timedelta, get_datetime_format
from babel.numbers import format_percent
from babel.units import format_unit

from billing.rules.kinds import NAMES, Kind
from billing.rules.moments import DAY, HOUR, MINUTE, SECOND, to_datetime
from billing.rules.money import MICRO, Credits, Money
from billing.settings import Settings
from locales import figures
from locales.figures import MINUS as MINUS
from pages.words import _, n_, speech, worded

NONE = "\N{EN DASH}"
BRIEF_FROM = 1_000_000 * MICRO
_ONE_PERCENT = Decimal("0.01")
_TENTH = Decimal("0.1")
_LENGTHS = ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"))


def words(settings: Settings) -> dict[Kind, str]:
    """What each type of transactions is called in this portal; its own words for them are in one language."""
    return {kind: worded(name) for kind, name in NAMES.items()} | {
        each.kind: each.word for each in settings.credits.kind_words
    }


def unit(settings: Settings) -> str:
    """What credits are called here: credits in every language, or the portal's own name for them."""
    name = settings.credits.unit_name
    return _("credits") if name == "credits" else name


def number(value: int | Decimal) -> str:
    """1,250."""
    return figures.number(value, speech().language)


def credits(amount: Credits, places: int = 0) -> str:
    """1,250 or 0.25: grouped, with at least `places` decimals and no more than there are, and a real minus sign."""
    return figures.credits(amount, speech().language, places)


def brief(amount: Credits) -> str:
    """1,250.75, but 1,250,000 from a million on: where there is little room, and never more than there is."""
    return credits(amount if abs(amount.micro) < BRIEF_FROM else Credits.whole(amount.micro // MICRO))


def signed(amount: Credits, places: int = 0) -> str:
    """+500 or −20; zero has no sign."""
    plus = figures.signed_mark("+", speech().language) if amount.micro > 0 else ""
    return f"{plus}{credits(amount, places)}"


def places(amounts: Iterable[Credits]) -> int:
    """How many decimals a column needs so that its numbers stand under each other."""
    return max((len(str(amount).partition(".")[2]) for amount in amounts), default=0)


def counted(amount: Credits) -> str:
    """500 credits: for sentences, in the form that fits the number."""
    return n_("{amount} credit", "{amount} credits", figures.form_of(amount, speech().language), amount=amount)


def spoken(amount: Credits) -> str:
    """What a screen reader says for a signed amount: "plus 500 credits"."""
    size = counted(Credits(abs(amount.micro)))
    return _("plus {credits}", credits=size) if amount.micro > 0 else _("minus {credits}", credits=size)


def typed(amount: Credits) -> str:
    """An amount as it stands in a field: 12.5, or 12,5."""
    return figures.typed(str(amount), speech().language)


def read_credits(text: str) -> Credits:
    """What somebody typed as an amount, in the way their language writes one. Raises BadInput."""
    return Credits.of(figures.plain(text, speech().language))


def money(amount: Money) -> str:
    """18.00 USD."""
    return figures.money(amount, speech().language)


def moment(when: int) -> str:
    """20 Nov 2026, 15:04 UTC."""
    return f"{_date_and_time(when, 'short')} {zone_mark(when)}"


def moment_whole(when: int) -> str:
    """20 Nov 2026, 15:04:09 UTC."""
    return f"{_date_and_time(when, 'medium')} {zone_mark(when)}"


def clock_time(when: int) -> str:
    """15:04:09 UTC."""
    return f"{format_time(_local(when), 'medium', locale=speech().locale)} {zone_mark(when)}"


def day(when: int, zone: tzinfo | None = None) -> str:
    """20 Nov 2026, in the visitor's zone unless the day is one of another zone's calendar."""
    return _date(_local(when, zone))


def short_day(day: date) -> str:
    """20 Nov: where the year is known."""
    return format_skeleton("MMMd", day, locale=speech().locale)


def long_day(day: date) -> str:
    """Fri, 20 Nov 2026."""
    return format_skeleton("yMMMEd", day, locale=speech().locale)


def hour(when: int) -> str:
    """15:00."""
    return format_time(_local(when), "short", locale=speech().locale)


def percent(part: Credits, whole: Credits) -> str:
    """12%, or <1% for what is more than nothing."""
    share = Decimal(part.micro) / whole.micro
    if 0 < share < _ONE_PERCENT:
        return f"<{format_percent(_ONE_PERCENT, locale=speech().locale)}"
    return format_percent(share, locale=speech().locale)


def change(now: Credits, before: Credits) -> str:
    """+12% or −8%; nothing can be said of what was not there before."""
    if before.micro == 0:
        return NONE
    share = Decimal(now.micro - before.micro) / before.micro
    sign = figures.signed_mark("+" if share > 0 else MINUS, speech().language) if share else ""
    return f"{sign}{format_percent(abs(share), locale=speech().locale)}"


def period(since: int | None, until: int | None) -> str:
    """1 Nov 2026 – 30 Nov 2026; the end is not included, so the day before it is named."""
    first = _("the beginning") if since is None else day(since)
    last = _("today") if until is None else day(until - 1)
    return f"{first} – {last}"


def zone_mark(when: int) -> str:
    """UTC, UTC+1 or UTC−3:30. Letters such as CET or CST would mean nothing, or several things, to most readers."""
    minutes = round((_local(when).utcoffset() or timedelta()).total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    offset = f"{hours}:{rest:02}" if rest else str(hours)
    return f"UTC{'+' if minutes > 0 else MINUS}{offset}" if minutes else "UTC"


def zone_name() -> str:
    """The visitor's zone by its city: Paris, or UTC."""
    name = speech().zone_name
    return "UTC" if name == "UTC" else city(name, speech().locale)


@cache
def city(zone: str, locale: str) -> str:
    """The city a zone is named after. Locales know some of them by an older name of the zone."""
    names = [zone, *(old for old, new in get_global("zone_aliases").items() if new == zone)]
    known = Locale.parse(locale).time_zones
    cities = (known.get(name, {}).get("city") for name in names)
    return str(next(filter(None, cities), zone.rpartition("/")[2].replace("_", " ")))


def ago(when: int, now: int) -> str:
    """ "3 hr ago" within a week, the date and time after it."""
    past = now - when
    if past < MINUTE:
        return _("just now")
    if past >= 7 * DAY:
        return _date_and_time(when, "short")
    unit = next(unit for unit in (DAY, HOUR, MINUTE) if past >= unit)
    whole = timedelta(microseconds=past // unit * unit)
    # a threshold of one unit: 23 hours are not "1 day"
    return format_timedelta(-whole, threshold=1, add_direction=True, format="short", locale=speech().locale)


def lasting(micros: int) -> str:
    """How long something took: 0.8 secs, 94 secs, 3 mins, 26 hrs; of a larger unit there are two at least."""
    past = max(0, micros)
    length, name = next((each for each in _LENGTHS if past >= 2 * each[0]), (SECOND, "second"))
    step = _TENTH if past < 10 * SECOND else Decimal(1)
    rounded = (Decimal(past) / length).quantize(step, ROUND_HALF_UP)
    locale = speech().locale
    return format_unit(rounded, f"duration-{name}", "short", locale=locale, numbering_system="default")


def day_start(text: str) -> datetime | None:
    """The visitor's midnight of an ISO date such as 2026-11-20; None for anything else an address may hold."""
    try:
        found = date.fromisoformat(text) if len(text) == len("2026-11-20") else None
    except ValueError:
        found = None
    if found is None or not 1970 <= found.year <= 2200:
        return None
    return datetime(found.year, found.month, found.day, tzinfo=speech().zone)


def _local(when: int, zone: tzinfo | None = None) -> datetime:
    return to_datetime(when).astimezone(zone or speech().zone)


def _date(local: datetime) -> str:
    return format_skeleton("yMMMd", local, locale=speech().locale)


def _date_and_time(when: int, width: str) -> str:
    local, locale = _local(when), speech().locale
    pattern = str(get_datetime_format("medium", locale=locale))
    time = format_time(local, width, locale=locale)
    return pattern.replace("{1}", _date(local)).replace("{0}", time)
