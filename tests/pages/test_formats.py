"""The same figures and moments in several languages and zones: each right, and none by accident that of another."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from api.filters import StatementQuery
from billing.rules.errors import BadInput
from billing.rules.moments import DAY, HOUR, MINUTE, SECOND, from_datetime
from billing.rules.money import Credits, Money
from locales import figures
from locales.catalogues import LANGUAGES
from locales.speech import Speech
from pages import live
from pages.parts import format as written
from pages.parts.reasons import reason_words
from pages.parts.statement_query import Query
from pages.words import spoken

NOW = from_datetime(datetime(2026, 11, 20, 15, 4, 9, tzinfo=UTC))
SUMMER = from_datetime(datetime(2026, 7, 1, 22, 30, tzinfo=UTC))
RTL = "\N{LEFT-TO-RIGHT MARK}"

READ: dict[str, tuple[str, str, str, str, str]] = {
    "en": ("−1,234.5", "+1,250", "1,234.50 EUR", "20 Nov 2026, 16:04 UTC+1", "3 hr ago"),
    "de": ("−1.234,5", "+1.250", "1.234,50 EUR", "20. Nov. 2026, 16:04 UTC+1", "vor 3 Std."),
    "fr": ("−1\u202f234,5", "+1\u202f250", "1\u202f234,50 EUR", "20 nov. 2026, 16:04 UTC+1", "il y a 3\xa0h"),
    "es": ("−1.234,5", "+1.250", "1.234,50 EUR", "20 nov 2026, 16:04 UTC+1", "hace 3 h"),
    "ja": ("−1,234.5", "+1,250", "1,234.50 EUR", "2026年11月20日 16:04 UTC+1", "3 時間前"),
    "ar": (f"{RTL}−1,234.5", f"{RTL}+1,250", "1,234.50 EUR", "20 نوفمبر 2026، 4:04 م UTC+1", "قبل 3 ساعات"),
}
"""The same balance, gift, price, moment and while ago."""


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_all_9_the_same_fixture_reads_as_each_language_writes_it(language: str) -> None:
    with spoken(Speech(language, "Europe/Paris")):
        read = (
            written.credits(Credits.of("1234.5") - Credits.whole(2469)), written.signed(Credits.whole(1250)),
            written.money(Money(123450, "EUR")), written.moment(NOW), written.ago(NOW - 3 * HOUR, NOW),
        )  # fmt: skip
    assert tuple(each.replace("\xa0", " ") for each in read) == tuple(e.replace("\xa0", " ") for e in READ[language])


@pytest.mark.parametrize(
    ("amount", "read"),
    [
        (Money(1050, "ALL"), "10.50 ALL"),  # a locale would round it: it writes the lek without decimals
        (Money(500, "JPY"), "500 JPY"),
        (Money(1_234_500, "KWD"), "1,234.500 KWD"),
        (Money(50_000, "ISK"), "500 ISK"),
    ],
)
def test_how_many_decimals_money_has_says_our_own_table(amount: Money, read: str) -> None:
    assert written.money(amount) == read


@pytest.mark.parametrize(
    ("zone", "winter", "summer"),
    [
        ("UTC", "UTC", "UTC"), ("Europe/Paris", "UTC+1", "UTC+2"), ("America/St_Johns", "UTC−3:30", "UTC−2:30"),
        ("Asia/Kolkata", "UTC+5:30", "UTC+5:30"),
    ],
)  # fmt: skip
def test_a_zone_is_named_by_how_far_it_is_from_utc_at_that_moment(zone: str, winter: str, summer: str) -> None:
    with spoken(Speech("en", zone)):
        assert (written.zone_mark(NOW), written.zone_mark(SUMMER)) == (winter, summer)


def test_a_day_is_the_visitors_day() -> None:
    with spoken(Speech("en", "Asia/Tokyo")):
        assert written.day(SUMMER) == "2 Jul 2026"
        assert written.day(SUMMER, UTC) == "1 Jul 2026", "unless it is a day of another calendar"
        assert written.clock_time(SUMMER) == "07:30:00 UTC+9"


@pytest.mark.parametrize(("past", "read"), [(0, "just now"), (59 * MINUTE, "59 min ago"), (23 * HOUR, "23 hr ago")])
def test_no_while_is_rounded_up_to_the_next_unit(past: int, read: str) -> None:
    assert written.ago(NOW - past, NOW) == read


@pytest.mark.parametrize(
    ("micros", "read"),
    [
        (-3 * SECOND, "0 secs"),
        (840_000, "0.8 secs"),
        (94 * SECOND, "94 secs"),
        (170 * SECOND, "3 mins"),
        (94_318 * SECOND, "26 hrs"),
        (47 * HOUR, "47 hrs"),
        (9 * DAY, "9 days"),
    ],
)
def test_how_long_something_took_is_said_in_the_unit_a_person_would_choose(micros: int, read: str) -> None:
    assert written.lasting(micros) == read


@pytest.mark.parametrize(
    ("language", "read"),
    [("de", "0,8 Sek., 26 Std."), ("fr", "0,8 s, 26 h"), ("es", "0,8 s, 26 h"), ("ja", "0.8 秒, 26 時間"),
     ("ar", "0.8 ث, 26 س")],
)  # fmt: skip
def test_how_long_something_took_is_said_as_each_language_does(language: str, read: str) -> None:
    with spoken(Speech(language)):
        said = f"{written.lasting(840_000)}, {written.lasting(26 * HOUR)}"
    assert said.replace("\u202f", " ").replace("\xa0", " ") == read


@pytest.mark.parametrize(
    ("language", "amounts"),
    [
        ("en", ["1 credit", "1.5 credits", "2 credits", "1,000 credits"]),
        ("fr", ["1 crédit", "1,5 crédit", "2 crédits", "1\u202f000 crédits"]),
        ("ja", ["1クレジット", "1.5クレジット", "2クレジット", "1,000クレジット"]),
        ("ar", ["1 رصيد", "1.5 رصيد", "2 رصيدان", "1,000 رصيد"]),
    ],
)
def test_a_counted_amount_takes_the_form_that_its_number_takes(language: str, amounts: list[str]) -> None:
    with spoken(Speech(language)):
        assert [written.counted(Credits.of(each)) for each in ("1", "1.5", "2", "1000")] == amounts


@pytest.mark.parametrize(
    ("language", "typed", "meant"),
    [("en", "12.5", "12.5"), ("de", "12,5", "12.5"), ("de", "1000", "1000"), ("ja", "12.5", "12.5")],
)
def test_an_amount_is_read_as_its_language_writes_it(language: str, typed: str, meant: str) -> None:
    with spoken(Speech(language)):
        assert written.read_credits(typed) == Credits.of(meant)
        assert written.read_credits(written.typed(Credits.of(meant))) == Credits.of(meant)


@pytest.mark.parametrize(("language", "typed"), [("de", "1.000"), ("fr", "12.5"), ("en", "1,000"), ("en", "12,5")])
def test_an_amount_that_could_mean_two_things_is_refused(language: str, typed: str) -> None:
    with spoken(Speech(language)), pytest.raises(BadInput):
        written.read_credits(typed)


def test_what_was_refused_says_how_to_write_it_there() -> None:
    with pytest.raises(BadInput) as refused:
        figures.plain("1.000", "de")
    assert "12,50" in Speech("de").tell(refused.value.sentence)


def test_tx_6_days_on_screen_and_in_the_file_are_the_visitors() -> None:
    query = Query.read({"since": "2026-11-20", "until": "2026-11-20"}, [])
    with spoken(Speech("en", "Asia/Tokyo")):
        filters, address = query.filters(), query.export_address("/exports/transactions.csv")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    in_the_file = StatementQuery.model_validate(asked).filters()
    assert filters.since == from_datetime(datetime(2026, 11, 19, 15, tzinfo=UTC)) == in_the_file.since
    assert filters.until == filters.since + DAY == in_the_file.until


def test_a_day_of_another_length_is_still_one_day() -> None:
    with spoken(Speech("en", "Europe/Paris")):
        filters = Query.read({"since": "2026-10-25", "until": "2026-10-25"}, []).filters()
    assert filters.since is not None
    assert filters.until == filters.since + 25 * HOUR


def test_what_the_portal_wrote_is_said_anew_and_what_people_wrote_is_not() -> None:
    with spoken(Speech("de")):
        assert reason_words("Welcome credits") == "Willkommens-Credits"
        assert reason_words("Invoice IN-7 is paid") == "Rechnung IN-7 ist bezahlt"
        assert reason_words("For the pilot project") == "For the pilot project"


@pytest.mark.parametrize(
    ("micro", "read"),
    [
        (0, "0"), (999_999_999_999, "999,999.999999"), (1_000_000_999_999, "1,000,000"),
        (2**63 - 1, "9,223,372,036,854"), (-1_000_000_000_001, "−1,000,001"),
    ],
)  # fmt: skip
def test_where_there_is_little_room_large_amounts_lose_their_decimals_and_never_grow(micro: int, read: str) -> None:
    assert written.brief(Credits(micro)) == read


@pytest.mark.parametrize(
    ("amount", "read"),
    [
        (Money(10**14, "USD"), "1,000,000,000,000.00 USD"), (Money(1, "USD"), "0.01 USD"),
        (Money(10**12, "JPY"), "1,000,000,000,000 JPY"), (Money(10**15 + 10, "KWD"), "1,000,000,000,000.010 KWD"),
    ],
)  # fmt: skip
def test_prices_of_any_size_are_written_to_the_last_digit(amount: Money, read: str) -> None:
    assert written.money(amount).replace("\N{NO-BREAK SPACE}", " ") == read


def test_what_takes_long_to_read_rests_before_it_is_read_again() -> None:
    assert [live.rest(0.05, took) for took in (0.01, 0.4, 1, 30)] == [0.05, 0.05, 10, 60]
    assert live.rest(5, 0.1) == 5
