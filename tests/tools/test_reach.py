"""A key of one marketplace: what others have does not exist, what nothing tells is counted."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb
from sqlalchemy import func, select
from tests.conftest import insert_account
from tests.facts import Facts
from tests.tools.shop import Shop

from stockroom.core.clock import Clock
from stockroom.core.errors import InvalidInputError
from stockroom.db.base import Base, access_of
from stockroom.db.engine import Database
from stockroom.db.query import Query
from stockroom.db.reach import EVERYWHERE, Reach, Told
from stockroom.entrypoints.wiring import load_declarations, read_tools
from stockroom.metrics.stock import Stock
from stockroom.spec.fact import table_of
from stockroom.spec.tool import TargetAccount

TODAY = date(2026, 11, 21)
DAY = timedelta(days=1)
DAYS = [TODAY - k * DAY for k in range(1, 41)]
AMERICAN, CANADIAN = Reach(("US",)), Reach(("CA",))
REGIONAL = ("stock_events", "returns", "reimbursements")
PLACED = sorted(tool.name for tool in read_tools() if "marketplace" in tool.arguments.model_fields)
ABROAD = re.compile(r"\b(CAD?|NA_CA|NORTH\w*)\b")
"""What only Canada's rows hold: its codes, and the names of what is listed nowhere else."""
COUNT = Query(select(func.count()).select_from(table_of(Stock)))


@pytest.fixture(scope="module")
def sellers() -> dict[str, TargetAccount]:
    """The accounts of this file's database, once they are stored."""
    return {}


@pytest.fixture
async def account(
    database: Database, clock: Clock, sellers: dict[str, TargetAccount]
) -> TargetAccount:
    """BOTH is listed in two marketplaces, SOUTH in the US and NORTH in Canada only."""
    if "harbor" not in sellers:
        sellers["harbor"] = await insert_account(database, clock, "harbor")
        await _stock_up(Facts(database, sellers["harbor"], clock))
        _changes(database, sellers["harbor"])
        _assumptions(database, sellers["harbor"])
    return sellers["harbor"]


async def _stock_up(facts: Facts) -> None:
    for dataset in ("orders", "ledger_summary", "ledger_detail", "returns", "reimbursements"):
        facts.covers(dataset, DAYS)
    for dataset in ("inbound_shipments", "inbound_items"):
        facts.covers(dataset, [TODAY])
    for place, network, skus in (
        ("US", "NA_US", ("BOTH", "SOUTH")),
        ("CA", "NA_CA", ("BOTH", "NORTH")),
    ):
        facts.covers("inventory", [TODAY], place)
        facts.covers("listings", [TODAY], place)
        facts.covers("inventory_planning", [TODAY], place)
        for sku in skus:
            fnsku = f"X{place}{sku}"
            facts.inventory(TODAY, sku, fnsku, 20, place)
            facts.listing(TODAY, sku, place, title=f"{sku} of {place}", fnsku=fnsku)
            facts.planned(TODAY, sku, place)
            facts.event(DAYS[0], fnsku, -3, sku=sku, network=network, country=place)
            for day in DAYS:
                facts.ledger(day, fnsku, 20, network=network, country=place, sku=sku)
        facts.shipment(TODAY, f"FBA{place}", "SHIPPED", marketplace=place, network=network)
        facts.item(TODAY, f"FBA{place}", skus[1], 10)
        for number in range(3):
            order = f"ORDER-{place}-{number}"
            facts.order(DAYS[5], skus[1], 1, place, order_id=order)
            facts.returned(DAYS[2], skus[1], 1, order_id=order)
            facts.reimbursed(DAYS[2], skus[1], "5.00", order_id=order)
        for day in DAYS:
            facts.order(day, "BOTH", 2, place, item_price=9, currency=f"{place}D"[-3:])
    facts.event(DAYS[0], "XGONE", -1, sku="GONE")
    facts.returned(DAYS[2], "BOTH", 1)
    facts.reimbursed(DAYS[2], "BOTH", "7.00")
    facts.order(DAYS[0], "BOTH", 5, "")
    await facts.derive()


def _changes(database: Database, account: TargetAccount) -> None:
    place = database.place
    with psycopg.connect(place.conninfo(place.admin)) as owner:
        for number, code in enumerate(("US", "CA"), start=1):
            change = uuid4()
            owner.execute(
                "insert into app.changes (account_id, id, tool, state, fingerprint, arguments, target,"
                " before, after, observed, payload, measures, summary, warnings, reversible,"
                " proposed_by, proposed_at, expires_at) values (%s, %s, 'set_price', 'verified', 'f',"
                " '{}', %s, '{}', '{}', '{}', '{}', '{}', %s, '{}', true, '{}', now(), now())",
                (account.id, change, Jsonb({"marketplace": code, "sku": "BOTH"}), f"In {code}"),
            )
            owner.execute(
                "insert into app.audit values (%s, %s, now(), 'key', 'proposed', %s, '{}', '', '')",
                (account.id, number, change),
            )


def _assumptions(database: Database, account: TargetAccount) -> None:
    place = database.place
    with psycopg.connect(place.conninfo(place.admin)) as owner:
        for code in ("US", "CA"):
            owner.execute(
                "insert into app.planning_inputs (account_id, marketplace, sku, product_group, input,"
                " version, value, unit, withdrawn, said_by, said_at, change_id)"
                " values (%s, %s, 'BOTH', '', 'moq_units', 1, 5, 'units', false, 'k', now(), %s)",
                (account.id, code, uuid4()),
            )


@pytest.fixture
def whole(database: Database, account: TargetAccount, clock: Clock) -> Shop:
    return Shop(database, account, clock)


@pytest.fixture
def american(database: Database, account: TargetAccount, clock: Clock) -> Shop:
    return Shop(database, account, clock, AMERICAN)


def spelled(answer: Any) -> str:
    return json.dumps([answer.rows, answer.notes, answer.as_of], default=str)


# --- every tool -----------------------------------------------------------------------------------


@pytest.mark.requirement("marketplaces-held")
@pytest.mark.parametrize("name", sorted(tool.name for tool in read_tools()))
async def test_no_tool_tells_anything_of_another_marketplace(
    whole: Shop, american: Shop, name: str
) -> None:
    full = {"detail": "full"} if "detail" in american.tools[name].arguments.model_fields else {}
    answer = await american.ask(name, **full)

    assert not ABROAD.findall(spelled(answer))
    if name != "ads":  # nothing is advertised here
        assert answer.rows
        assert ABROAD.findall(spelled(await whole.ask(name, **full)))


@pytest.mark.requirement("marketplaces-held")
@pytest.mark.parametrize("name", PLACED)
async def test_another_marketplace_and_one_without_the_account_give_the_same_answer(
    american: Shop, name: str
) -> None:
    theirs, nobodys = [spelled(await american.ask(name, marketplace=code)) for code in ("CA", "MX")]

    assert theirs.replace("CA", "MX") == nobodys


@pytest.mark.requirement("marketplaces-held")
@pytest.mark.parametrize("name", sorted({*PLACED} - {"stock_events", "sales", "data_freshness"}))
async def test_a_key_of_a_marketplace_sees_what_is_seen_when_it_is_named(
    whole: Shop, american: Shop, name: str
) -> None:
    named = await whole.ask(name, marketplace="US")

    assert list((await american.ask(name)).rows) == list(named.rows)


@pytest.mark.requirement("marketplaces-held")
async def test_a_sku_of_another_marketplace_and_one_that_does_not_exist_give_the_same_answer(
    american: Shop,
) -> None:
    for name in ("stock", "listings", "days_of_cover", "sales", "returns", "stock_events"):
        theirs, nobodys = [await american.ask(name, sku=sku) for sku in ("NORTH", "NOTHING")]
        assert spelled(theirs).replace("NORTH", "NOTHING") == spelled(nobodys)


# --- rows of a whole region -----------------------------------------------------------------------


@pytest.mark.requirement("marketplaces-held")
@pytest.mark.parametrize("name", [*REGIONAL, "sales"])
async def test_what_nothing_assigns_to_a_marketplace_is_withheld_and_counted(
    whole: Shop, american: Shop, name: str
) -> None:
    assert "withheld" not in spelled(await whole.ask(name))

    said = [note for note in (await american.ask(name)).notes if "withheld" in note]
    assert said == [
        "1 row is withheld: nothing in them tells their marketplace, and this key is for US only."
    ]


async def test_it_is_counted_among_what_was_asked_for(american: Shop) -> None:
    answer = await american.ask("returns", sku="SOUTH")

    assert len(answer.rows) == 3
    assert "withheld" not in spelled(answer)


@pytest.mark.parametrize("name", ["returns", "reimbursements"])
async def test_an_order_tells_the_marketplace_of_what_belongs_to_it(
    database: Database, account: TargetAccount, clock: Clock, name: str
) -> None:
    orders = await Shop(database, account, clock, CANADIAN).column(name, "order_id")

    assert orders == ["ORDER-CA-2", "ORDER-CA-1", "ORDER-CA-0"]


async def test_an_account_that_sells_nowhere_else_has_nothing_to_withhold(
    database: Database, account: TargetAccount, clock: Clock
) -> None:
    alone = Shop(database, account, clock, Reach(("US", "CA"), alone=True))
    for name in REGIONAL:
        answer = await alone.ask(name)
        assert "withheld" not in spelled(answer)
        assert len(answer.rows) == len((await alone.ask(name, limit=500)).rows)
    assert "GONE" in await alone.column("stock_events", "sku")


async def test_pages_of_a_narrow_key_join_up(american: Shop) -> None:
    whole = await american.ask("returns")
    first = await american.ask("returns", limit=2)
    second = await american.ask("returns", limit=2, cursor=first.next_cursor)

    assert [*first.rows, *second.rows] == list(whole.rows)
    assert (whole.total, second.next_cursor) == (3, None)


async def test_a_past_day_is_closed_with_the_units_of_the_pools_that_are_reached(
    american: Shop,
) -> None:
    on_hand = await american.column("stock", "on_hand", as_of=DAYS[3].isoformat())

    assert on_hand == [20, 20]


async def test_the_trail_of_another_marketplaces_change_does_not_exist(
    whole: Shop, american: Shop
) -> None:
    by_place = {row["marketplace"]: row["id"] for row in await whole.records("changes")}

    (mine,) = await american.records("changes", id=by_place["US"], detail="full")
    assert len(mine["trail"]) == 1
    assert await american.records("changes", id=by_place["CA"], detail="full") == []


# --- deny by default ------------------------------------------------------------------------------


@pytest.mark.requirement("marketplaces-held")
async def test_every_table_of_the_read_tools_is_held_within_reach(database: Database) -> None:
    load_declarations()
    place = database.place
    with psycopg.connect(place.conninfo(place.admin)) as owner:
        held = {
            f"{schema}.{table}"
            for schema, table in owner.execute(
                "select n.nspname, c.relname from pg_policy p join pg_class c on c.oid = p.polrelid"
                " join pg_namespace n on n.oid = c.relnamespace"
                " where p.polname = 'within_reach' and not p.polpermissive"
                " and p.polroles = array[%s::regrole::oid]",
                (place.reader.name,),
            )
        }
    read = {
        table.key
        for table in Base.metadata.tables.values()
        if access_of(table).tenant and access_of(table).reader
    }
    assert read - held == {"app.accounts"}


@pytest.mark.requirement("marketplaces-held")
async def test_a_session_that_sets_no_reach_sees_nothing(
    database: Database, account: TargetAccount
) -> None:
    async with database.reader.connection() as connection, connection.transaction():
        await connection.execute("select set_config('app.account', %s, true)", (str(account.id),))
        found = await connection.execute("select count(*) from metrics.stock")
        assert await found.fetchone() == (0,)


async def test_a_reach_ends_with_its_question(database: Database, account: TargetAccount) -> None:
    async with (
        database.read(account.id, EVERYWHERE) as whole,
        database.read(account.id, CANADIAN) as narrow,
    ):
        counts = [(await db.rows(COUNT))[0][0] for db in (whole, narrow, whole, narrow)]
    assert counts == [4, 2, 4, 2]


def test_a_table_that_says_nothing_of_marketplaces_is_hidden_whole() -> None:
    load_declarations()
    told = {table.name: access_of(table).told for table in Base.metadata.tables.values()}

    assert {told[name] for name in ("removal_orders", "awd_inventory", "stock_by_country")} == {
        Told.NOTHING
    }


async def test_a_network_called_like_a_country_serves_it_alone() -> None:
    assert Reach(("UK", "DE")).setting == "UK,DE,EU"
    assert Reach(("US",), alone=True).setting == "US,NA_US,"


async def test_an_argument_that_is_no_marketplace_is_refused(american: Shop) -> None:
    with pytest.raises(InvalidInputError, match="is not a marketplace"):
        await american.ask("stock", marketplace="ZZ")
