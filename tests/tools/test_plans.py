"""No tool sorts or reads a whole large table: its plans are looked at, not its timing."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.sql import SQL, Identifier, Literal
from sqlalchemy.dialects import postgresql

from stockroom.db.place import Place
from stockroom.db.query import Query
from stockroom.entrypoints.wiring import read_tools
from stockroom.metrics.aged_stock import AgedStock
from stockroom.metrics.arrivals import Arrival
from stockroom.metrics.cover import CoverRow
from stockroom.metrics.health import Health
from stockroom.metrics.listings import CurrentListing
from stockroom.metrics.market_days import MarketDay
from stockroom.metrics.pool_days import PoolDay
from stockroom.metrics.replenishment import ReplenishmentRow
from stockroom.metrics.shipped_velocities import ShippedVelocity
from stockroom.metrics.sku_days import SkuDay
from stockroom.metrics.stock import Stock
from stockroom.metrics.velocities import Velocity
from stockroom.records.planning_inputs import PlanningInput
from stockroom.records.reserve_stock import ReserveStock
from stockroom.records.supply_orders import SupplyOrder
from stockroom.reports.ads_sb_campaigns import SponsoredBrandCampaign
from stockroom.reports.ads_sd_campaigns import SponsoredDisplayCampaign
from stockroom.reports.ads_sd_products import SponsoredDisplay
from stockroom.reports.ads_sp_campaigns import SponsoredProductCampaign
from stockroom.reports.ads_sp_products import SponsoredProduct
from stockroom.reports.ledger_detail import LedgerEvent
from stockroom.reports.overage_fees import OverageFee
from stockroom.reports.reimbursements import Reimbursement
from stockroom.reports.returns import CustomerReturn
from stockroom.spec.fact import table_of
from stockroom.spec.run import LoadedDay, Run
from stockroom.tools import emptiness
from stockroom.writes.models import AuditRow, ChangeRow

pytestmark = pytest.mark.early

ACCOUNTS, SKUS = 40, 250
MANY_ACCOUNTS = 200
CHANGES = (ChangeRow, AuditRow)
GROWING = (LoadedDay, Run, *CHANGES)
"""Tables that fewer rows would let Postgres sort, account by account."""
PRESENT = (
    *(Stock, Velocity, ShippedVelocity, CoverRow, CurrentListing, Arrival, Health, AgedStock),
    *(ReplenishmentRow, PlanningInput, ReserveStock, SupplyOrder),
)
ADS = (
    SponsoredProduct,
    SponsoredProductCampaign,
    SponsoredBrandCampaign,
    SponsoredDisplay,
    SponsoredDisplayCampaign,
)
DAYS = (PoolDay, SkuDay, MarketDay, LedgerEvent, CustomerReturn, Reimbursement, OverageFee, *ADS)
DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]
ONE = UUID(int=7)
FORBIDDEN = {"Sort", "Incremental Sort", "Seq Scan", "Gather", "Gather Merge"}
"""Node types that mean: more is read than is shown."""
SMALL_TABLES = {"accounts"}
"""One row per account: reading all of them is nothing."""

# Columns by what they hold; everything else is given by its type.
KEYS = {
    "account_id": "lpad(to_hex(a), 32, '0')::uuid",
    "marketplace": "'US'",
    "sku": "'SKU-' || lpad(s::text, 5, '0')",
    "fnsku": "'X' || lpad(s::text, 9, '0')",
    "network": "'NA_US'",
    "window_days": "(array[7, 14, 30, 60, 90])[1 + s %% 5]",
    "basis": "'ordered'",
    "day": "date '2026-11-20'",
    "status": "'active'",
    "dataset": "(array['orders', 'inventory', 'listings', 'ledger_summary'])[1 + s %% 4]",
    "state": "'done'",
    "id": "lpad(to_hex(a * 1000 + s), 32, '0')::uuid",
    "seq": "s",
    "change_id": "lpad(to_hex(a * 1000 + s), 32, '0')::uuid",
    "idempotency_key": "s::text",
    "in_time_rank": "(s * 7919) %% 3650000",
    "amazon_units": "(s * 7919) %% 1000",
    "sellable": "(s * 7919) %% 1000",
    "rank": "(s * 7919) %% 1000",
    "shipment_id": "'FBA' || lpad(s::text, 9, '0')",
    "order_id": "'111-' || lpad(s::text, 7, '0')",
    "reimbursement_id": "lpad(s::text, 11, '0')",
    "cost_rank": "(s * 7919) %% 1000",
    "oldest_days": "s %% 500",
    "ordinal": "1",
    "campaign_id": "s::text",
    "ad_id": "s::text",
    "inputs": "0",
    "stage": "'coming'",
    "on_hand": "(s * 7919) %% 1000",
}
BY_TYPE = {
    "INTEGER": "1",
    "BIGINT": "1",
    "TEXT": "'x'",
    "NUMERIC(18, 4)": "1",
    "BOOLEAN": "true",
    "DATE": "date '2026-11-20'",
    "UUID": "lpad('7', 32, '0')::uuid",
    "JSONB": "'[]'::jsonb",
    "TIMESTAMP WITH TIME ZONE": "timestamptz '2026-11-20 10:00+00'",
    "DATE[]": "'{}'::date[]",
    "TEXT[]": "'{}'::text[]",
}
GIVEN = {
    "marketplace": "US",
    "skus": ["SKU-00010", "SKU-00011"],
    "window": 30,
    "basis": "ordered",
    "below": 70_000,
    "min_age": 181,
    "limit": 51,
    "asin": "x",
    "status": "active",
    "search": "sku-0001",
    "as_of": date(2026, 11, 20),
    "start": date(2026, 11, 1),
    "end": date(2026, 11, 21),
    "network": "NA_US",
    "event_type": "x",
    "campaign": "x",
    "disposition": "x",
    "reason": "x",
    "stage": "coming",
    "since": datetime(2026, 11, 14, tzinfo=UTC),
    "datasets": ["orders", "inventory"],
    "groups": ["", "x"],
    "pools": ["pool 00010", "pool 00011"],
    "now": datetime(2026, 11, 21, tzinfo=UTC),
    "after": UUID(int=2**100),
    "id": UUID(int=7),
    "state": "proposed",
}


SAID = {"superseded_at": "null", "withdrawn": "false"}
OWN: dict[type[Any], dict[str, str]] = {
    LoadedDay: {"day": "date '2024-01-01' + s"},
    MarketDay: {"marketplace": "'M' || s"},
    OverageFee: {"ordinal": "s"},
    ReplenishmentRow: {"pool": "'pool ' || lpad(s::text, 5, '0')"},
    **dict.fromkeys((PlanningInput, ReserveStock, SupplyOrder), SAID),
}
PLACES = {"INTEGER": 500, "DATE": date(2026, 11, 20)}


@pytest.fixture
def large(place: Place) -> Iterator[psycopg.Connection]:
    """Dozens of accounts × 250 listings, seen by the reader inside one of them."""
    conninfo = place.conninfo(place.admin)
    with psycopg.connect(conninfo) as connection:
        for model in (*PRESENT, *DAYS, *GROWING):
            table = table_of(model)
            if model in DAYS:
                month = (table.schema, table.name)
                connection.execute("select app.ensure_partition(%s, %s, '2026-11-01')", month)
            _fill(connection, model)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("vacuum analyze")
    with psycopg.connect(place.conninfo(place.reader)) as connection:
        connection.execute("select set_config('app.account', %s, true)", (str(ONE),))
        yield connection


def _fill(connection: psycopg.Connection, model: type[Any]) -> None:
    table = table_of(model)
    own = OWN.get(model, {})
    values = [
        own.get(one.name) or KEYS.get(one.name) or BY_TYPE.get(one.type.compile(DIALECT), "null")
        for one in table.c
    ]
    insert = SQL(
        "insert into {} select {} from generate_series(1, %s) a, generate_series(1, %s) s"
    ).format(Identifier(table.schema or "", table.name), SQL(", ").join(map(SQL, values)))
    accounts = MANY_ACCOUNTS if model in GROWING else ACCOUNTS
    connection.execute(insert, (accounts, SKUS))


def statements() -> Iterator[tuple[str, Query]]:
    """Every statement of every read tool, and of the reasons for emptiness."""
    modules = [sys.modules[tool.answer.__module__] for tool in read_tools()]
    for module in (*modules, emptiness):
        for number, query in enumerate(module.QUERIES):
            yield f"{module.__name__}-{number}", query


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every node of a plan; but grouping may sort what it adds up: few rows, that are read anyway."""
    yield plan
    for child in plan.get("Plans", []):
        groups = plan["Node Type"] == "Aggregate" and child["Node Type"] == "Sort"
        yield from nodes(child["Plans"][0] if groups else child)


def test_no_tool_sorts_or_reads_a_whole_table(large: psycopg.Connection) -> None:
    bad = set()
    for mode in ("force_generic_plan", "force_custom_plan"):
        large.execute(SQL("set local plan_cache_mode = {}").format(Identifier(mode)))
        for name, query in statements():
            for node in nodes(_plan(large, query)):
                table = node.get("Relation Name")
                if node["Node Type"] in FORBIDDEN and table not in SMALL_TABLES:
                    bad.add(f"{name}: {node['Node Type']} {table} ({mode})")

    assert not bad, "\n".join(sorted(bad))


def _plan(connection: psycopg.Connection, query: Query) -> dict[str, Any]:
    """The plan of a prepared statement, as the hot path comes to use it."""
    given = {**query.defaults, **_parameters(query)}
    names = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", query.sql)))
    text = query.sql
    for number, name in enumerate(names, start=1):
        text = text.replace(f"%({name})s", f"${number}")
    values = SQL(", ").join(Literal(given[name]) for name in names)
    connection.execute(SQL("prepare asked as {}").format(SQL(text.replace("%%", "%"))))
    execute = SQL("execute asked ({})").format(values) if names else SQL("execute asked")
    found = connection.execute(SQL("explain (format json) {}").format(execute)).fetchone()
    connection.execute("deallocate asked")
    assert found is not None
    plan: dict[str, Any] = found[0][0]["Plan"]
    return plan


def _parameters(query: Query) -> dict[str, Any]:
    given = {name: value for name, value in GIVEN.items() if f"%({name})s" in query.sql}
    for index in range(5):
        kind = re.search(rf"%\(after_{index}\)s::(\w+)", query.sql)
        given[f"after_{index}"] = PLACES.get(kind[1] if kind else "", "SKU-00100")
    return given
