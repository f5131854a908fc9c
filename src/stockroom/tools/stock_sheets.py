"""The sheets of ``stock``: the present in three sorts, and the closing of a past day."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    null,
    select,
    true,
)

from stockroom.db.query import Query
from stockroom.metrics.pool_days import PoolDay
from stockroom.metrics.stock import ON_HAND_ORDER, SELLABLE_ORDER, Stock
from stockroom.spec.fact import table_of
from stockroom.spec.run import LoadedDay
from stockroom.tools.columns import iso_day, iso_instant
from stockroom.tools.layout import Field
from stockroom.tools.sheet import Sheet

_T = table_of(Stock)
_C = _T.c
_AS_OF = bindparam("as_of", type_=Date())
_LEDGER = and_(table_of(LoadedDay).c.dataset == "ledger_summary", table_of(LoadedDay).c.complete)
_DAYS = table_of(LoadedDay).c.day

BESIDE = "awd_inventory"
"""The dataset of the layer beside the pools; a seller may have nothing there, and no date of it."""
_REASONS = ("customer", "warehouse", "distributor", "carrier")

_KEYS = (
    Field("marketplace", "Country code.", _C.marketplace),
    Field("network", "The warehouses it is sold from; null for FBM.", func.nullif(_C.network, "")),
    Field("sku", "Seller SKU.", _C.sku),
    Field("asin", "Amazon's product.", _C.asin),
    Field("fnsku", "Amazon's label: with network it names the pool.", _C.fnsku),
    Field("channel", "FBA, or FBM (the merchant ships).", _C.channel),
)


def _units(name: str, meaning: str, *, full: bool = False) -> Field:
    return Field(name, meaning, _C[name], "units", full)


_PRESENT = (
    *_KEYS,
    _units("sellable", "For sale now; for FBM the quantity offered. Null: Amazon did not say."),
    _units(
        "on_hand",
        "Sellable condition in Amazon's network, reserved included; for FBM, what is left there.",
    ),
    _units("reserved", "For customer orders, in FC transfer and in FC processing."),
    _units("inbound", "Announced, shipped or being received."),
    _units("researching", "Being looked for."),
    _units("unfulfillable", "Damaged, defective or expired."),
    _units("awd", "At Amazon's distribution centres (AWD), beside the pool. Null: unknown."),
    Field("shared_fnsku", "Several SKUs sell from this pool.", _C.shared_fnsku, "bool"),
    _units("reserved_orders", "Reserved for customer orders.", full=True),
    _units("fc_transfer", "Between warehouses.", full=True),
    _units("fc_processing", "Being processed in a warehouse.", full=True),
    _units("inbound_working", "Announced, not shipped.", full=True),
    _units("inbound_shipped", "On its way.", full=True),
    _units("inbound_receiving", "Arrived, being received.", full=True),
    _units("awd_inbound", "On its way to AWD.", full=True),
    *(_units(f"{why}_damaged", f"Damaged: {why}.", full=True) for why in _REASONS),
    _units("defective", "Defective.", full=True),
    _units("expired", "Expired.", full=True),
    Field("pool", "Rows with the same pool are the same units.", _C.pool, full=True),
    Field("left_in", "The network where an FBM listing's on_hand lies.", _C.left_in, full=True),
    Field(
        "network_source", "marketplace, or stores (Amazon named it).", _C.network_source, full=True
    ),
    Field(
        "source",
        "The dataset that tells: inventory, myi_inventory where that lacks the SKU, or listings (FBM).",
        _C.source,
        full=True,
    ),
    Field("as_of", "When Amazon was asked.", iso_instant(_C.asked_at), "instant", full=True),
)


def _present(sort: str, *order: ColumnElement[Any]) -> Sheet:
    return Sheet(
        f"stock by {sort}",
        _T,
        _PRESENT,
        order=order,
        dated={"inventory": iso_instant(_C.asked_at), BESIDE: iso_day(_C.awd_day)},
        optional={"asin": _C.asin == bindparam("asin", type_=Text())},
    )


PRESENT = {
    "sku": _present("sku", _C.sku, _C.marketplace),
    "sellable": _present("sellable", SELLABLE_ORDER, _C.marketplace, _C.sku),
    "on_hand": _present("on_hand", ON_HAND_ORDER, _C.marketplace, _C.sku),
}

# --- a past day -----------------------------------------------------------------------------------

_covered = select(_DAYS).where(_LEDGER, _DAYS == _AS_OF).exists()
_place = func.coalesce(func.nullif(_C.network, ""), _C.left_in)
_at_amazon = _place.is_not(None)
_pool_day = table_of(PoolDay).c
_closing = (
    select(_pool_day.on_hand_end, _pool_day.sellable_end, _pool_day.reserved_orders_end)
    .where(
        _at_amazon,
        _pool_day.day == _AS_OF,
        _pool_day.network == _place,
        _pool_day.fnsku == func.coalesce(func.nullif(_C.fnsku, ""), _C.sku),
    )
    # At most one row anyway; said, it keeps the planner from joining the whole day.
    .limit(literal_column("1"))
    .lateral("closing")
)
_P = _closing.c
_THEN: dict[str, ColumnElement[Any]] = {
    # A day the ledger covers and that has no row closed with nothing.
    "on_hand": case(
        (~_at_amazon, 0), (_covered, func.coalesce(_P.on_hand_end, 0)), else_=_P.on_hand_end
    ),
    "sellable": _P.sellable_end,
    "reserved_orders": _P.reserved_orders_end,
    "as_of": cast(_AS_OF, Text()),
}
_KEPT = {*(field.name for field in _KEYS), "shared_fnsku", "pool", "left_in", "network_source"}


def _then(field: Field) -> Field:
    """A column as it was: what listings and pools are does not change, other units are unknown."""
    if field.name in _KEPT:
        return field
    source = _THEN.get(field.name, cast(null(), Integer()))
    return Field(field.name, field.meaning, source, field.unit, field.full)


PAST = Sheet(
    "stock as of a day",
    _T,
    [_then(field) for field in _PRESENT],
    order=(_C.sku, _C.marketplace),
    dated={"ledger_summary": iso_day(_AS_OF)},
    optional={"asin": _C.asin == bindparam("asin", type_=Text())},
    source=_T.outerjoin(_closing, true()),
)
"""Today's listings with their pools' closing units of the day ``as_of``."""

COVERAGE = Query(select(func.min(_DAYS), func.max(_DAYS)).where(_LEDGER))
"""The first and last day the ledger covers."""
