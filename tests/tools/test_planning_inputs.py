"""``planning_inputs``: what counts for a SKU, and what was said by whom."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from tests.conftest import insert_account
from tests.facts import Facts
from tests.tools.shop import Shop

from stockroom.core.clock import Clock
from stockroom.core.errors import InvalidInputError
from stockroom.db.engine import Database
from stockroom.records.planning_inputs import REGISTER
from stockroom.spec.tool import Entry, TargetAccount

TODAY = date(2026, 11, 21)
SAID_AT = datetime(2026, 11, 1, 9, tzinfo=UTC)
SAID = (
    # sku, product_group, input, value
    ("", "", "lead_time_days", 60),
    ("", "", "review_days", 14),
    ("", "lamps", "lead_time_days", 50),
    ("", "lamps", "moq_units", 200),
    ("", "chairs", "moq_units", 5),
    ("LAMP", "", "product_group", "lamps"),
    ("LAMP", "", "lead_time_days", 45),
    ("LAMP", "", "unit_cost", "4.2"),
)


@pytest.fixture(scope="module")
def sellers() -> dict[str, TargetAccount]:
    return {}


@pytest.fixture
async def shop(database: Database, clock: Clock, sellers: dict[str, TargetAccount]) -> Shop:
    if "harbor" not in sellers:
        sellers["harbor"] = await insert_account(database, clock, "harbor")
        facts = Facts(database, sellers["harbor"], clock)
        for sku in ("LAMP", "CHAIR"):
            facts.inventory(TODAY, sku, f"X{sku}", 20, "US")
            facts.listing(TODAY, sku, "US", title=sku, fnsku=f"X{sku}")
        facts.covers("inventory", [TODAY], "US")
        facts.covers("listings", [TODAY], "US")
        await facts.derive()
        await _say(database, sellers["harbor"])
    return Shop(database, sellers["harbor"], clock)


async def _say(database: Database, account: TargetAccount) -> None:
    async with database.session(account.id) as session:
        for days, (sku, group, name, value) in enumerate(
            (*SAID, ("LAMP", "", "lead_time_days", 40))
        ):
            at = SAID_AT + timedelta(days=days)
            entry = Entry(session, account.id, uuid4(), at, f"key {days}")
            key = {"marketplace": "US", "sku": sku, "product_group": group, "input": name}
            labelled, money = name == "product_group", name == "unit_cost"
            stored: dict[str, Any] = {
                "value": None if labelled else str(value),
                "label": value if labelled else None,
                "unit": "text" if labelled else "money" if money else "units",
                "currency": "USD" if money else None,
            }
            await REGISTER.write(entry, key, stored)


async def in_force(shop: Shop, sku: str) -> dict[str, tuple[Any, Any]]:
    rows = await shop.records("planning_inputs", sku=sku)
    return {row["input"]: (row["value"], row["source"]) for row in rows}


async def test_what_counts_comes_from_the_nearest_who_said_it(shop: Shop) -> None:
    assert await in_force(shop, "LAMP") == {
        "lead_time_days": (40, "sku"),
        "lead_time_spread_days": (None, None),
        "transit_to_fba_days": (None, None),
        "review_days": (14, "account"),
        "target_cover_days": (30, "default"),
        "service_level_pct": ("95", "default"),
        "case_pack_units": (None, None),
        "moq_units": (200, "product_group"),
        "unit_cost": ("4.20", "sku"),
        "product_group": ("lamps", "sku"),
    }


async def test_a_sku_outside_every_group_has_the_accounts(shop: Shop) -> None:
    counts = await in_force(shop, "CHAIR")

    assert counts["lead_time_days"] == (60, "account")
    assert counts["moq_units"] == (None, None)


async def test_each_value_says_who_set_it_and_since_when(shop: Shop) -> None:
    rows = await shop.records("planning_inputs", sku="LAMP", detail="full")
    (lead,) = [row for row in rows if row["input"] == "lead_time_days"]

    assert (lead["set_by"], lead["valid_from"]) == ("key 8", "2026-11-09T09:00:00Z")
    assert (lead["version"], lead["product_group"]) == (2, "lamps")


async def test_without_a_sku_all_that_is_on_file_is_shown_once(shop: Shop) -> None:
    rows = await shop.records("planning_inputs")

    assert len(rows) == len(SAID)
    assert {(row["sku"], row["product_group"], row["input"]) for row in rows} == {
        (sku or None, group or None, name) for sku, group, name, _ in SAID
    }
    assert {row["source"] for row in rows} == {"sku", "product_group", "account"}


async def test_history_shows_what_was_believed_before(shop: Shop) -> None:
    rows = await shop.records("planning_inputs", sku="LAMP", history=True, detail="full")
    leads = [row for row in rows if row["input"] == "lead_time_days"]

    assert [(row["value"], row["version"]) for row in leads] == [(45, 1), (40, 2)]
    assert leads[0]["valid_until"] == leads[1]["valid_from"]
    assert leads[1]["valid_until"] is None


@pytest.mark.parametrize("asked", [{}, {"sku": "LAMP"}, {"history": True}])
async def test_pages_join_up(shop: Shop, asked: dict[str, Any]) -> None:
    whole = await shop.ask("planning_inputs", **asked)
    rows: list[Any] = []
    cursor = None
    while True:
        page = await shop.ask("planning_inputs", **asked, limit=3, cursor=cursor)
        rows += page.rows
        cursor = page.next_cursor
        if cursor is None:
            break

    assert rows == list(whole.rows)


async def test_a_cursor_of_another_question_is_refused(shop: Shop) -> None:
    other = await shop.ask("planning_inputs", limit=3)
    with pytest.raises(InvalidInputError):
        await shop.ask("planning_inputs", sku="LAMP", cursor=other.next_cursor)


async def test_an_unknown_sku_is_named(shop: Shop) -> None:
    answer = await shop.ask("planning_inputs", sku=["LAMP", "SOFA"])

    assert any("SOFA" in note for note in answer.notes)
    assert not (await shop.ask("planning_inputs", sku="SOFA")).rows
