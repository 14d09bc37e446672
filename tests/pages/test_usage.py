"""Usage, as somebody sees it who is signed in: figures that agree, choices that have an address, and patience."""

from __future__ import annotations

import csv
import io
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest

from billing import usage_reports
from billing.rules.moments import DAY, from_datetime
from billing.rules.money import Credits
from billing.rules.windows import DAYS_MOST
from billing.usage import Debit, debit
from pages import live
from pages import usage as usage_page
from pages.parts.plain_table import PlainTable
from pages.parts.usage_chart import UsageChart
from pages.parts.usage_query import UsageQuery
from tests.pages.visits import NUMBERS, Site, Visitor, until

PATIENT = 50
"""Another page is built before it is seen, which takes a while on a busy machine."""

ROW = ("name", "uses", "credits", "share", "before", "change")


async def somebody(site: Site, *uses: tuple[str, str]) -> Visitor:
    """100 credits, and uses by amount and model."""
    ada = site.visitor()
    ada.given("100")
    for amount, model in uses:
        asked = Debit(
            ada.account_id, Credits.of(amount), f"usage-{next(NUMBERS)}", "key_tests", dimensions={"model": model}
        )
        await debit(site.world.portal, asked)
    return ada


def rows(visitor: Visitor) -> list[dict[str, str]]:
    """The table of groups; that of the drawing comes before it, that of single uses after it."""
    tables = sorted(visitor.find(kind=PlainTable).elements, key=lambda each: each.id)
    (found,) = (each.props["rows"] for each in tables if len(each.props["columns"]) == len(ROW) and not _has_days(each))
    return [dict(zip(ROW, (cell["text"] for cell in row), strict=True)) for row in found]


def _has_days(table: PlainTable) -> bool:
    return table.props["columns"][0]["label"] in ("Day", "Hour", "When")


async def test_use_1_bars_table_and_file_are_one_sum(site: Site) -> None:
    ada = await somebody(site, ("2.5", "large"), ("1", "small"), ("0.25", "large"))
    await ada.open("/usage?by=dimension.model")
    assert [(row["name"], row["credits"], row["share"]) for row in rows(ada)] == [
        ("large", "2.75", "73%"), ("small", "1.00", "27%"),
    ]  # fmt: skip
    chart = ada.the(UsageChart).props
    heights = [Decimal(height) for series in chart["series"] for height in series["heights"]]
    assert sum(heights) == Decimal("3.75")
    assert "Used 3.75" in ada.text("stats")
    (link,) = ada.find("Export CSV").elements
    file = csv.DictReader(io.StringIO((await ada.http_client.get(link.props["href"])).text))
    assert sum(Decimal(row["credits"]) for row in file) == Decimal("3.75")


async def test_use_3_the_drawing_says_in_words_what_it_shows(site: Site) -> None:
    ada = await somebody(site, ("3", "large"))
    await ada.open("/usage")
    assert "3 in all" in ada.the(UsageChart).props["about"]


async def test_use_5_a_bar_leads_to_its_day_by_the_hour(site: Site) -> None:
    ada = await somebody(site, ("3", "large"))
    await ada.open("/usage?by=dimension.model")
    ada.find(kind=UsageChart).trigger("pick", 6)
    await ada.should_see("Credits used by the hour", retries=PATIENT)
    chart = ada.the(UsageChart).props
    assert len(chart["labels"]) == 24
    assert [row["name"] for row in rows(ada)] == ["large"]


@pytest.mark.parametrize("sent", [None, -1, 7, "x", 10**9, {}])
async def test_use_5_a_bar_that_is_none_leads_nowhere(site: Site, sent: object) -> None:
    ada = await somebody(site, ("3", "large"))
    await ada.open("/usage")
    ada.find(kind=UsageChart).trigger("pick", sent)
    await ada.should_see("Credits used by the day")
    assert not ada.notify.messages


@pytest.mark.parametrize(
    "address",
    ["?range=century&by=model", "?since=2026-02-30&until=yesterday", "?since=2020-01-01&until=2026-01-01",
     "?by=dimension.%22%5C", "?since=2026-02-01", "?range[]=7d&by=actor&by=%00"],
)  # fmt: skip
async def test_what_an_address_must_not_hold_is_as_if_it_were_not_there(site: Site, address: str) -> None:
    ada = await somebody(site, ("3", "large"))
    await ada.open(f"/usage{address}")
    assert len(ada.the(UsageChart).props["labels"]) == 7
    assert [row["credits"] for row in rows(ada)] == ["3"]


async def test_what_uses_were_sent_with_can_be_grouped_by(site: Site) -> None:
    ada = await somebody(site, ("3", "large"), ("1", "small"))
    await ada.open("/usage")
    (by,) = ada.find(marker="by").elements
    assert [value for value, _ in by.props["options"]] == ["actor", "dimension.model", "nothing"]
    ada.find(marker="by").trigger("change", "dimension.model")
    await ada.should_see("By model", retries=PATIENT)
    assert [row["name"] for row in rows(ada)] == ["large", "small"]


async def test_without_uses_a_newcomer_reads_how_a_program_spends(site: Site) -> None:
    ada = site.visitor()
    await ada.open("/usage")
    assert "Nothing was used in this period" in ada.text("empty")
    assert ada.account_id in ada.text("empty")
    await ada.should_not_see(kind=UsageChart)


async def test_a_new_use_appears_by_itself(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage_page, "LIVE_SECONDS", 0.01)
    ada = await somebody(site, ("3", "large"))
    await ada.open("/usage")
    await ada.spends("4")
    await until(lambda: "Used 7" in ada.text("stats"))
    assert [row["uses"] for row in rows(ada)] == ["2"]


async def test_a_long_history_is_added_up_while_the_page_is_there(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = await somebody(site, ("3", "large"))
    report, asked = usage_reports.report, []

    def slow(*given: Any) -> Any:
        asked.append(given)
        time.sleep(0.2)
        return report(*given)

    monkeypatch.setattr(live, "PATIENCE_SECONDS", 0.01)
    monkeypatch.setattr(usage_reports, "report", slow)
    await ada.open("/usage")
    await ada.should_see("Adding up …")
    await until(lambda: "Used 3" in ada.text("stats"))
    await ada.should_not_see("Adding up …")


async def test_single_uses_are_read_for_whoever_opens_them(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage_page, "LIVE_SECONDS", 0.01)
    ada = await somebody(site, ("2.5", "large"), ("1", "small"))
    await ada.open("/usage")
    ada.find(marker="newest").trigger("toggle", True)
    table = next(each for each in ada.find(kind=PlainTable).elements if each.props["columns"][0]["label"] == "When")
    await until(lambda: table.props.get("rows"))
    said = [(row[1]["below"], row[3]["text"], row[4]["text"]) for row in table.props["rows"]]
    assert said == [("model: small", "1.0", "–"), ("model: large", "2.5", "–")]
    await ada.spends("4")
    await until(lambda: len(table.props["rows"]) == 3)


async def test_without_a_plan_there_is_no_billing_period_and_its_address_is_the_month(site: Site) -> None:
    ada = await somebody(site, ("3", "large"))
    await ada.open("/usage?range=period")
    await ada.should_not_see("Billing period")
    assert len(ada.the(UsageChart).props["labels"]) >= 28


def test_a_query_survives_its_address_and_a_period_has_its_own_days() -> None:
    for given in (
        {"range": "period", "by": "nothing"},
        {"since": "2026-02-01", "until": "2026-02-28"},
        {"range": "24h"},
    ):
        query = UsageQuery.read(given)
        back = {name: values[0] for name, values in parse_qs(urlsplit(query.address("/usage")).query).items()}
        assert UsageQuery.read(back) == query
    paris, start = ZoneInfo("Europe/Paris"), from_datetime(datetime(2026, 3, 20, 10, tzinfo=UTC))
    window = UsageQuery.read({"range": "period"}).window(paris, start, (start, start + 31 * DAY))
    assert (window.day(0), window.day(window.steps - 1)) == (date(2026, 3, 20), date(2026, 4, 20))
    year = UsageQuery.read({"range": "period"}).window(paris, start, (start, start + 366 * DAY))
    assert year.steps == DAYS_MOST
