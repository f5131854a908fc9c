"""When each shipment of the newest list is expected, and what it still brings of each SKU."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    Uuid,
    bindparam,
    case,
    cast,
    func,
    literal,
    select,
)

from stockroom.metrics.derivation.closings import closed_day, newest_day, stores
from stockroom.metrics.derivation.pool_names import pool_of
from stockroom.metrics.derivation.statement import one_of
from stockroom.metrics.formulas.statuses import ANNOUNCED, COMING
from stockroom.metrics.receiving_times import ReceivingTime
from stockroom.metrics.shipment_timelines import ShipmentTimeline
from stockroom.reports.inbound_items import InboundItem
from stockroom.spec.fact import table_of

_EPOCH = date(2000, 1, 1)
_A_CENTURY = 36_525
_SHIPMENT, _TIME, _ITEM = table_of(ShipmentTimeline), table_of(ReceivingTime), table_of(InboundItem)
_OF, _LEARNED = _SHIPMENT.c, _TIME.c


def arrival_rows() -> Select[Any]:
    """Every SKU of every shipment; columns are named as those of ``Arrival``."""
    store, item = stores(), _ITEM.c
    as_of = closed_day(_OF.asked_at, store.c.zone)
    coming, announced = one_of(_OF.status, COMING), one_of(_OF.status, ANNOUNCED)
    # Nothing arrives before tomorrow, however late it is by now.
    expected = func.greatest(func.coalesce(*_ways().values()), as_of + 1)
    missing = func.greatest(item.units_shipped - item.units_received, 0)
    return (
        select(
            item.account_id,
            item.shipment_id,
            item.sku,
            item.fnsku,
            pool_of(_OF.network, func.coalesce(func.nullif(item.fnsku, ""), item.sku)).label(
                "pool"
            ),
            *(_OF[name] for name in _TAKEN_OVER),
            item.units_shipped,
            item.units_received,
            case((coming, missing), else_=0).label("units_coming"),
            case((coming, expected)).label("expected_on"),
            case((coming, _source())).label("eta_source"),
            case((coming, "coming"), (announced, "announced"), else_="ended").label("stage"),
            _rank(coming, announced, expected).label("rank"),
            as_of.label("as_of"),
            bindparam("run_id", type_=Uuid()).label("run_id"),
        )
        .select_from(_ITEM)
        .join(_SHIPMENT, _OF.shipment_id == item.shipment_id)
        .join(store, store.c.code == _OF.marketplace)
        .outerjoin(_TIME, _LEARNED.network == _OF.network)
        .where(item.day == newest_day("inbound_items"))
    )


_TAKEN_OVER = (
    *("marketplace", "network", "name", "destination_fc", "status", "statuses", "first_seen"),
    *("shipped_seen", "receiving_seen", "window_start", "window_end", "available_on"),
)


def _ways() -> dict[str, ColumnElement[Any]]:
    """Every way to expect a shipment, the best first; null where it cannot be told."""
    return {
        "delivery_window": _OF.window_end + _LEARNED.window_to_available,
        "shipped_seen": _OF.shipped_seen + _LEARNED.shipped_to_available,
        "first_seen": _OF.first_seen + bindparam("transit_days", type_=Integer()),
    }


def _source() -> ColumnElement[str]:
    return case(*((day.is_not(None), name) for name, day in _ways().items()))


def _rank(
    coming: ColumnElement[bool], announced: ColumnElement[bool], expected: ColumnElement[date]
) -> ColumnElement[int]:
    """Under way, the soonest first; announced; the rest, the last seen first."""
    epoch = cast(literal(_EPOCH), Date())
    return case(
        (coming, expected - epoch),
        (announced, _A_CENTURY),
        else_=2 * _A_CENTURY - (_OF.first_seen - epoch),
    )
