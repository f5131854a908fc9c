"""What the closing of a day is taken from: the ledger, or the snapshot of the next morning.

Amazon shows the present only. Asked in the first half of a marketplace's day,
the answer stands for the closing of the day before; later it stands for none.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    DateTime,
    Interval,
    ScalarSelect,
    Subquery,
    Text,
    Time,
    bindparam,
    cast,
    column,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.sql.elements import SQLCoreOperations
from sqlalchemy.sql.selectable import TableValuedAlias

from stockroom.metrics.derivation.statement import days_parameter
from stockroom.reports.inventory import InventorySnapshot
from stockroom.reports.ledger_detail import LedgerEvent
from stockroom.reports.ledger_summary import LedgerDay
from stockroom.spec.metric import AccountFacts
from stockroom.spec.run import LoadedDay

MORNING_ENDS = time(12)
_HALF_DAY = timedelta(hours=12)


def closing_day(asked_at: datetime, zone: ZoneInfo) -> date:
    """The day whose closing stock, as nearly as is known, was asked at ``asked_at``."""
    return (asked_at.astimezone(zone).replace(tzinfo=None) - _HALF_DAY).date()


def stores() -> TableValuedAlias:
    """The account's marketplaces as rows (code, network, zone); see :func:`store_parameters`."""
    parts = {"code": "stores", "network": "networks", "zone": "zones"}
    arrays = (bindparam(name, type_=ARRAY(Text())) for name in parts.values())
    rows = func.unnest(*arrays).table_valued(*(column(name, Text()) for name in parts))
    return rows.render_derived(name="store")


def store_parameters(account: AccountFacts) -> dict[str, Any]:
    """What :func:`stores` stands for in one account."""
    return {
        "stores": [store.code for store in account.stores],
        "networks": [store.network for store in account.stores],
        "zones": [store.zone.key for store in account.stores],
    }


def asked_in_the_morning(
    asked_at: SQLCoreOperations[Any], zone: ColumnElement[str]
) -> ColumnElement[bool]:
    """Whether a snapshot shows the closing of the day before it."""
    return cast(_local(asked_at, zone), Time()) < MORNING_ENDS


def local_day(at: SQLCoreOperations[Any], zone: ColumnElement[str]) -> ColumnElement[date]:
    """The calendar day of an instant in a zone."""
    return cast(_local(at, zone), Date())


def closed_day(asked_at: SQLCoreOperations[Any], zone: ColumnElement[str]) -> ColumnElement[date]:
    """:func:`closing_day` in SQL."""
    return cast(_local(asked_at, zone) - literal(_HALF_DAY, Interval()), Date())


def newest_day(dataset: str) -> ScalarSelect[date]:
    """The day of the last snapshot of a dataset of the region, which may hold no row at all."""
    return select(func.max(LoadedDay.day)).where(LoadedDay.dataset == dataset).scalar_subquery()


def _local(at: SQLCoreOperations[Any], zone: ColumnElement[str]) -> ColumnElement[datetime]:
    return func.timezone(zone, at, type_=DateTime())


def booked() -> Subquery:
    """Balances and movements of the days, summed over countries and MSKUs."""
    pool = (LedgerDay.account_id, LedgerDay.day, LedgerDay.network, LedgerDay.fnsku)
    on_hand = func.sum(LedgerDay.ending_units + LedgerDay.in_transit_units)
    return (
        select(
            *pool,
            on_hand.label("on_hand"),
            func.sum(LedgerDay.starting_units).label("starting"),
            func.sum(LedgerDay.receipts).label("receipts"),
            (-func.sum(LedgerDay.customer_shipments)).label("shipped"),
        )
        .where(LedgerDay.day == func.any(days_parameter()), LedgerDay.disposition == "SELLABLE")
        .group_by(*pool)
        .subquery("ledger")
    )


def left() -> Subquery:
    """Sellable units that left their warehouse on the days, for wherever, as the events tell."""
    pool = (LedgerEvent.account_id, LedgerEvent.day, LedgerEvent.network, LedgerEvent.fnsku)
    return (
        select(*pool, (-func.sum(LedgerEvent.quantity)).label("units"))
        .where(LedgerEvent.day == func.any(days_parameter()))
        .where(LedgerEvent.disposition == "SELLABLE", LedgerEvent.quantity < 0)
        .group_by(*pool)
        .subquery("left_units")
    )


def seen_next_morning() -> Subquery:
    """Closings that the next morning's snapshots show: the newest per pool, never a sum."""
    store = stores()
    snapshot = InventorySnapshot
    pool = (snapshot.day, snapshot.network, func.coalesce(snapshot.fnsku, snapshot.sku))
    return (
        select(
            snapshot.account_id,
            (snapshot.day - 1).label("day"),
            snapshot.network,
            pool[2].label("fnsku"),
            snapshot.sellable,
            snapshot.reserved_orders,
            (
                snapshot.sellable
                + snapshot.reserved_orders
                + snapshot.fc_transfer
                + snapshot.fc_processing
            ).label("on_hand"),
        )
        .join(store, store.c.code == snapshot.marketplace)
        .where(
            snapshot.day == func.any(days_parameter("mornings")),
            asked_in_the_morning(snapshot.asked_at, store.c.zone),
        )
        .ext(distinct_on(*pool))
        .order_by(*pool, snapshot.asked_at.desc())
        .subquery("seen")
    )
