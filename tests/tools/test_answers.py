"""What agents get: rows in their order, pages that join up, and the reason when there is nothing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from tests.conftest import insert_account
from tests.facts import Facts
from tests.tools.shop import Shop

from stockroom.core.clock import Clock
from stockroom.core.errors import InvalidInputError
from stockroom.db.engine import Database
from stockroom.spec.tool import TargetAccount

AS_OF = date(2026, 11, 20)
DAY = timedelta(days=1)
MORNING = AS_OF + DAY
PROMISED = {
    "accounts": "account name marketplaces state",
    "data_freshness": "dataset marketplace as_of state",
    "stock": "marketplace network sku asin fnsku sellable on_hand reserved inbound unfulfillable",
    "sales_velocity": (
        "marketplace sku window basis amazon_units mcf_units raw adjusted days days_in days_partial "
        "days_out days_blocked days_unknown"
    ),
    "days_of_cover": (
        "marketplace sku sellable velocity on_hand_days in_time_days all_days stockout_date "
        "mended_on gap_days band"
    ),
    "listings": "marketplace sku status channel price currency",
}
PAGED = ("stock", "sales_velocity", "days_of_cover", "listings")


@pytest.fixture(scope="module")
def sellers() -> dict[str, TargetAccount]:
    """The accounts of this file's database, once they are stored."""
    return {}


@pytest.fixture
async def shop(database: Database, clock: Clock, sellers: dict[str, TargetAccount]) -> Shop:
    """Ten US listings that sell 1 to 10 a day from 30 units each, two in Canada that sell nothing."""
    if "harbor" not in sellers:
        sellers["harbor"] = await insert_account(database, clock, "harbor")
        await _stock_up(Facts(database, sellers["harbor"], clock))
    return Shop(database, sellers["harbor"], clock)


@pytest.fixture
async def empty_shop(database: Database, clock: Clock, sellers: dict[str, TargetAccount]) -> Shop:
    """A seller of whom nothing was ever loaded."""
    if "ridge" not in sellers:
        sellers["ridge"] = await insert_account(database, clock, "ridge")
    return Shop(database, sellers["ridge"], clock)


async def _stock_up(facts: Facts) -> None:
    days = [AS_OF - k * DAY for k in range(30)]
    facts.covers("orders", days)
    facts.covers("ledger_summary", [day - DAY for day in days])
    for place in ("US", "CA"):
        facts.covers("inventory", [MORNING], place)
        facts.covers("listings", [MORNING], place)
    for number in range(1, 11):
        sku = f"S{number:02}"
        facts.inventory(MORNING, sku, f"X{number}", 30, fc_transfer=number, unfulfillable=2)
        facts.listing(MORNING, sku, price="19.99", title=f"Lamp\u202e No {number}\n\x07“été”")
        for day in days:
            facts.order(day, sku, number)
            facts.ledger(day - DAY, f"X{number}", 30)
    for sku in ("C1", "C2"):
        facts.inventory(MORNING, sku, f"Y{sku}", 5, "CA")
        issues = [{"message": "No\x07 image"}]
        facts.listing(MORNING, sku, "CA", status="suppressed", issues=issues)
    facts.awd(MORNING, "S05", 40, 6)
    facts.covers("awd_inventory", [MORNING])
    await facts.derive()


@pytest.mark.parametrize("name", PROMISED)
async def test_the_names_that_others_rely_on_are_there(shop: Shop, name: str) -> None:
    answer = await shop.ask(name)

    assert set(PROMISED[name].split()) <= set(answer.columns)
    assert len(answer.columns) <= 14
    assert len(set(answer.columns)) == len(answer.columns)
    assert {len(row) for row in answer.rows} == {len(answer.columns)}


@pytest.mark.parametrize("name", PAGED)
async def test_full_detail_adds_documented_columns(shop: Shop, name: str) -> None:
    compact, full = await shop.ask(name), await shop.ask(name, detail="full")

    assert [column.name for column in shop.tools[name].columns] == list(full.columns)
    assert set(compact.columns) < set(full.columns)


async def test_the_shortest_cover_comes_first_and_nulls_come_last(shop: Shop) -> None:
    skus = await shop.column("days_of_cover", "sku")
    days = await shop.column("days_of_cover", "in_time_days")
    bands = await shop.column("days_of_cover", "band")

    assert skus[:3] == ["S10", "S09", "S08"]
    assert days[0] == 4.0  # 30 units and 10 more in transfer, 10 a day
    assert days[-2:] == [None, None]
    assert bands[-2:] == ["no_demand", "no_demand"]
    assert days[:-2] == sorted(days[:-2])


@pytest.mark.parametrize("name", PAGED)
@pytest.mark.parametrize("given", [{}, {"marketplace": "US"}, {"sku": ["S03", "C1", "S01", "S02"]}])
async def test_pages_join_up_without_gap_or_repeat(
    shop: Shop, name: str, given: dict[str, Any]
) -> None:
    whole = await shop.ask(name, limit=500, **given)
    rows: list[Any] = []
    cursor = None
    while True:
        page = await shop.ask(name, limit=3, cursor=cursor, **given)
        rows += page.rows
        cursor = page.next_cursor
        if cursor is None:
            break

    assert rows == list(whole.rows)
    assert whole.total == len(whole.rows)
    assert len(rows) == (4 if "sku" in given else 10 if given else 12)


async def test_stock_at_distribution_centres_stands_beside_the_pools(
    shop: Shop, empty_shop: Shop
) -> None:
    answer = await shop.ask("stock", marketplace="US", detail="full")
    rows = {row["sku"]: row for row in await shop.records("stock", detail="full")}
    assert answer.as_of["awd_inventory"] == "2026-11-21"
    assert (rows["S05"]["awd"], rows["S05"]["awd_inbound"], rows["S06"]["awd"]) == (40, 6, 0)
    assert rows["C1"]["awd"] is None
    assert list((await empty_shop.ask("stock")).as_of) == ["inventory"]


@pytest.mark.parametrize("sort", ["sellable", "on_hand"])
async def test_stock_is_sorted_by_quantity_when_asked(shop: Shop, sort: str) -> None:
    found = await shop.column("stock", sort, sort=sort)

    assert found == sorted(found)
    assert found[0] == 5


async def test_the_fastest_listing_comes_first(shop: Shop) -> None:
    assert (await shop.column("sales_velocity", "raw", limit=3)) == [10.0, 9.0, 8.0]
    assert (await shop.column("sales_velocity", "amazon_units", window=7, limit=1)) == [70]


async def test_below_leaves_out_what_lasts_longer_and_what_is_unknown(shop: Shop) -> None:
    assert await shop.column("days_of_cover", "sku", below=4.5) == ["S10", "S09"]
    assert await shop.column("days_of_cover", "sku", below=4.0) == []


async def test_a_past_day_is_the_ledgers_closing_and_says_what_is_unknown(shop: Shop) -> None:
    answer = await shop.ask("stock", as_of="2026-11-10", sku="S05")
    row = dict(zip(answer.columns, answer.rows[0], strict=True))

    assert (row["on_hand"], row["sellable"], row["inbound"]) == (30, None, None)
    assert answer.as_of == {"ledger_summary": "2026-11-10"}
    assert any("closing" in note for note in answer.notes)


async def test_a_covered_day_without_a_ledger_row_closed_with_nothing(shop: Shop) -> None:
    assert await shop.column("stock", "on_hand", as_of="2026-11-10", sku="C1") == [0]


async def test_yesterday_is_known_from_this_mornings_snapshot(shop: Shop) -> None:
    answer = await shop.ask("stock", as_of="2026-11-20", sku="S05")
    row = dict(zip(answer.columns, answer.rows[0], strict=True))

    assert (row["on_hand"], row["sellable"]) == (35, 30)
    assert any("2026-11-19" in note for note in answer.notes)


async def test_before_history_nothing_is_claimed(shop: Shop) -> None:
    answer = await shop.ask("stock", as_of="2025-01-01", sku="S05")

    assert answer.rows[0][list(answer.columns).index("on_hand")] is None
    assert any("history_from" in note for note in answer.notes)
    assert answer.as_of == {"ledger_summary": None}


@pytest.mark.parametrize(
    ("name", "given", "field"),
    [
        ("stock", {"as_of": "2031-01-01"}, "as_of"),
        ("stock", {"as_of": "2026-11-10", "sort": "sellable"}, "sort"),
        ("stock", {"marketplace": "XX"}, "marketplace"),
        ("stock", {"sku": "S\x0001"}, "sku"),
        ("listings", {"cursor": "bm90IGpzb24"}, "cursor"),
        ("data_freshness", {"dataset": "weather"}, "dataset"),
    ],
)
async def test_what_cannot_be_is_refused_by_name(
    shop: Shop, name: str, given: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        await shop.ask(name, **given)

    assert refused.value.field == field
    assert refused.value.next_step


async def test_a_cursor_of_another_question_is_refused(shop: Shop) -> None:
    cursor = (await shop.ask("days_of_cover", limit=2)).next_cursor

    for name, more in (("listings", {}), ("days_of_cover", {"marketplace": "US"}), ("stock", {})):
        with pytest.raises(InvalidInputError):
            await shop.ask(name, cursor=cursor, **more)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"sku": "NOPE"}, "Not found in this account: NOPE"),
        ({"sku": "S01", "marketplace": "CA"}, "S01 is not listed in CA; it is in US"),
        ({"marketplace": "DE"}, "does not sell in DE; it sells in US, CA"),
        ({"below": 0.5}, "filtered out by below=0.5"),
    ],
)
async def test_emptiness_is_explained(shop: Shop, given: dict[str, Any], reason: str) -> None:
    answer = await shop.ask("days_of_cover", **given)

    assert list(answer.rows) == []
    assert any(reason in note for note in answer.notes), answer.notes


async def test_nothing_loaded_is_said_so(empty_shop: Shop) -> None:
    answer = await empty_shop.ask("days_of_cover")

    assert [note for note in answer.notes if "never been loaded" in note] == [
        "inventory has never been loaded; see data_freshness.",
        "orders has never been loaded; see data_freshness.",
    ]


async def test_a_sku_that_is_missing_among_others_is_named(shop: Shop) -> None:
    answer = await shop.ask("stock", sku=["S01", "NOPE"])

    assert len(answer.rows) == 1
    assert any("NOPE" in note for note in answer.notes)


async def test_titles_and_complaints_are_data_without_hidden_characters(shop: Shop) -> None:
    assert await shop.column("listings", "title", sku="S01") == ["Lamp No 1 “été”"]
    assert await shop.column("listings", "price", sku="S01") == ["19.99"]
    assert await shop.column("listings", "issues", sku="C1") == [["No image"]]


async def test_listings_are_found_by_any_part_of_their_words(shop: Shop) -> None:
    assert await shop.column("listings", "sku", search="no 7") == ["S07"]
    assert await shop.column("listings", "sku", status="suppressed") == ["C1", "C2"]
    assert await shop.column("listings", "sku", search="100%") == []


async def test_thresholds_are_echoed(shop: Shop) -> None:
    answer = await shop.ask("days_of_cover", limit=1)

    assert any("critical < 7" in note for note in answer.notes)
    assert answer.as_of == {"inventory": "2026-11-20", "orders": "2026-11-20"}


@pytest.mark.usefixtures("shop")
async def test_what_another_seller_has_and_what_nobody_has_give_the_same_answer(
    empty_shop: Shop,
) -> None:
    for name in PAGED:
        theirs = await empty_shop.ask(name, sku="S01")
        nobodys = await empty_shop.ask(name, sku="NOPE")

        assert list(theirs.rows) == []
        assert [note.replace("S01", "*") for note in theirs.notes] == [
            note.replace("NOPE", "*") for note in nobodys.notes
        ]
