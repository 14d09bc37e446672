"""Every page of the managers' console: what it shows, what its address filters, and who is refused."""

from __future__ import annotations

import csv
import io

import pytest

from auth.policy import Role
from pages.manage.bulk import BulkForm
from pages.menu import CONSOLE
from pages.parts.list_filters import ListFilters
from pages.parts.plain_table import PlainTable
from pages.parts.sum_line import SumLine
from pages.parts.tags import Tag
from tests.pages.visits import Site, Visitor

PAGES = [
    *(item.path for item in CONSOLE), "/manage/payments", "/manage/transactions", "/manage/accounts/{account}",
    "/manage/accounts/{account}/payments",
]  # fmt: skip


PATIENTLY = 50
"""So often something is looked for that a busy machine does late."""


def a_manager(site: Site) -> Visitor:
    return site.visitor("Mia", Role.MANAGER)


def listed(visitor: Visitor, whose: Visitor) -> list[list[str]]:
    """The rows of a list of the console that lead to somebody's account, as text."""
    rows, own = visitor.the(PlainTable).props["rows"], f"/manage/accounts/{whose.account_id}"
    return [[cell["text"] for cell in row] for row in rows if any(cell.get("href") == own for cell in row)]


def figures(visitor: Visitor, marker: str) -> dict[str, str]:
    (line,) = visitor.find(kind=SumLine, marker=marker).elements
    return {each["term"]: each["href"] for each in line.props["terms"]}


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_of_the_console_is_the_managers_and_nobody_elses(site: Site, path: str) -> None:
    ada, mia = site.visitor(), a_manager(site)
    address = path.format(account=ada.account_id)
    refused = await ada.http_client.get(address)
    assert refused.status_code == 403
    assert "This needs at least the role billing manager; yours is user. Ask a manager of this portal." in refused.text
    async with site.stranger() as stranger:
        assert (await stranger.get(address)).headers["location"].startswith("/sign-in")
    assert (await mia.http_client.get(address)).status_code == 200


@pytest.mark.parametrize("name", ["accounts", "audit", "insights", "payments", "movements"])
async def test_a_file_of_the_console_is_the_managers_alone(site: Site, name: str) -> None:
    assert (await site.visitor().http_client.get(f"/exports/{name}.csv")).status_code == 403


async def test_insights_lead_to_the_list_that_each_figure_sums_up(site: Site) -> None:
    ada, mia = site.visitor(), a_manager(site)
    ada.given("70")
    await ada.spends("20")
    await mia.open("/manage/insights")
    flows = figures(mia, "credit-flows")
    await mia.open(flows["Used"])
    assert [(row[2], row[4], row[5]) for row in listed(mia, ada)] == [("Usage", "−20", "50")]
    await mia.open(flows["Granted"])
    assert [row[4] for row in listed(mia, ada)] == ["+70"]


async def test_insights_are_of_the_period_in_the_address_and_so_is_their_file(site: Site) -> None:
    ada, mia = site.visitor(), a_manager(site)
    ada.given("70")
    await mia.open("/manage/insights?since=2001-01-01&until=2001-01-31")
    assert "until=2001-01-31" in figures(mia, "credit-flows")["Sold"]
    (line,) = mia.find(kind=SumLine, marker="credit-flows").elements
    assert "= At the end 0" in line.text
    (link,) = mia.find("Export CSV").elements
    told = list(csv.DictReader(io.StringIO((await mia.http_client.get(link.props["href"])).text)))
    assert {row["figure"] for row in told} >= {"outstanding", "held", "owed"}
    assert not any(row["figure"] == "given" for row in told)


async def test_transactions_of_everybody_are_filtered_by_the_address(site: Site) -> None:
    ada, mia = site.visitor(), a_manager(site)
    ada.given("30")
    await ada.spends("4")
    await mia.open("/manage/transactions?kind=grant")
    assert [row[2] for row in listed(mia, ada)] == ["Grant"]
    await mia.open("/manage/transactions?kind=nonsense&since=2001-13-99&after=x")
    assert [row[2] for row in listed(mia, ada)] == ["Usage", "Grant"]


@pytest.mark.parametrize("path", PAGES)
async def test_what_a_heading_says_stands_in_sight_once(site: Site, path: str) -> None:
    mia = a_manager(site)
    shown = list((await mia.open(path.format(account=mia.account_id))).elements.values())
    headings = [each.text for each in shown if isinstance(each, Tag) and each.tag in ("h1", "h2", "h3")]
    tables = [each for each in shown if isinstance(each, PlainTable)]
    assert tables
    for each in tables:
        caption = each.props["caption"]
        is_said = caption in headings or any(heading.startswith(f"{caption} (") for heading in headings)
        assert each.props["quiet"] is is_said, caption


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/manage/payments?search=ord_none", "0 orders"),
        ("/manage/events?search=evt_none", "0 events"),
        ("/manage/audit?search=nobody+ever+did+this", "0 acts"),
    ],
)
async def test_a_list_says_that_nothing_matches_what_stands_in_its_address(site: Site, path: str, said: str) -> None:
    mia = a_manager(site)
    await mia.open(path)
    assert mia.the(ListFilters).props["count"] == said


async def test_attention_and_bulk_say_what_they_are_for(site: Site) -> None:
    mia = a_manager(site)
    await mia.open("/manage/attention")
    assert mia.text("attention-count") == "Nothing needs anybody."
    assert "will stand here, each with the button that mends it" in mia.text("attention-none")
    await mia.should_see("As of ")
    await mia.open(f"/manage/bulk?accounts={mia.account_id},<script>")
    await mia.should_see("Rows are checked first")
    form = mia.the(BulkForm)
    assert form.props["rows"] == f"account,amount\n{mia.account_id},"


async def test_filters_are_kept_by_name_forgotten_and_brought_back(site: Site) -> None:
    mia = a_manager(site)
    await mia.open("/manage?negative=1")
    mia.find(marker="keep-form").trigger("submit", {"name": "In debt"})
    await mia.should_see("Saved as “In debt”", retries=PATIENTLY)
    await mia.open("/manage")
    (kept,) = mia.find("In debt").elements
    assert kept.props["href"] == "/manage?negative=1"
    mia.find("×").click()
    await mia.should_see("“In debt” is forgotten.", retries=PATIENTLY)
    mia.find("Undo").click()
    await mia.should_not_see("is forgotten", retries=PATIENTLY)
    await mia.should_see("In debt")
    other = a_manager(site)
    await other.open("/manage")
    await other.should_not_see("In debt")


async def test_four_places_are_under_the_thumb_and_the_rest_behind_more(site: Site) -> None:
    mia = a_manager(site)
    await mia.open("/manage/payments")
    (more,) = mia.find(marker="more").elements
    assert more.parent_slot is not None
    first, _more, rest = more.parent_slot.children
    assert len(first.default_slot.children) == 3
    assert (more.props["popovertarget"], more.props["aria-current"]) == (rest.props["id"], "true")
    links = [each for each in rest.descendants() if "href" in each.props]
    assert [each.props["href"] for each in links if "aria-current" in each.props] == ["/manage/insights"]
    assert {item.path for item in CONSOLE} <= {each.props["href"] for each in links}
