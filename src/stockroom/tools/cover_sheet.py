"""The sheet of ``days_of_cover``."""

from __future__ import annotations

from sqlalchemy import Integer, bindparam

from stockroom.metrics.cover import CoverRow
from stockroom.spec.fact import table_of
from stockroom.tools.columns import iso_day, ratio
from stockroom.tools.layout import Field
from stockroom.tools.sheet import Sheet

_T = table_of(CoverRow)
_C = _T.c
_FIELDS = (
    Field("marketplace", "Country code.", _C.marketplace),
    Field("sku", "Seller SKU.", _C.sku),
    Field("sellable", "Units for sale in the pool behind the listing.", _C.sellable, "units"),
    Field(
        "velocity",
        "The pool's demand: all its listings, multi-channel orders included.",
        ratio(_C.velocity),
        "units/day",
    ),
    Field(
        "velocity_kind",
        "adjusted (days in stock only) or raw (fewer than 3 of them).",
        _C.velocity_kind,
    ),
    Field("on_hand_days", "sellable ÷ velocity.", ratio(_C.on_hand_days), "days"),
    Field(
        "in_time_days",
        "Until the shelf is empty, with what lands in time; at most 365.",
        ratio(_C.in_time_days),
        "days",
    ),
    Field("all_days", "(sellable + all arrivals) ÷ velocity.", ratio(_C.all_days), "days"),
    Field(
        "stockout_date",
        "First day that ends with nothing; null beyond 365 days.",
        iso_day(_C.stockout_date),
        "date",
    ),
    Field("mended_on", "First expected arrival after the stockout.", iso_day(_C.mended_on), "date"),
    Field("gap_days", "Days from the stockout to mended_on.", _C.gap_days, "days"),
    Field(
        "weeks_of_cover",
        "(sellable + FC transfer + FC processing) ÷ a week's demand; 4 to 8 is usual.",
        ratio(_C.weeks_of_cover),
        "weeks",
    ),
    Field("band", "How urgent it is; thresholds are in notes.", _C.band),
    Field(
        "velocity_local",
        "This listing's own velocity: Amazon orders only.",
        ratio(_C.velocity_local),
        "units/day",
    ),
    Field(
        "arriving", "In FC transfer and processing: arrivals too.", _C.arriving, "units", full=True
    ),
    Field(
        "inbound_units",
        "On their way in shipments, not yet received; see inbound_shipments.",
        _C.inbound_units,
        "units",
        full=True,
    ),
    Field(
        "next_arrival_on",
        "First day such a shipment is expected.",
        iso_day(_C.next_arrival_on),
        "date",
        full=True,
    ),
    Field(
        "eta_source",
        "Where that day comes from: delivery_window, shipped_seen or first_seen.",
        _C.eta_source,
        full=True,
    ),
    Field("pool", "Rows with the same pool share its stock: never add them.", _C.pool, full=True),
    Field("as_of", "Day whose closing stock it starts from.", iso_day(_C.as_of), "date", full=True),
    Field(
        "velocity_as_of",
        "Last day of the velocity's window.",
        iso_day(_C.velocity_as_of),
        "date",
        full=True,
    ),
)
SHEET = Sheet(
    "days_of_cover",
    _T,
    _FIELDS,
    order=(_C.in_time_rank, _C.marketplace, _C.sku),
    dated={"inventory": iso_day(_C.as_of), "orders": iso_day(_C.velocity_as_of)},
    always=(_C.window_days == bindparam("window", type_=Integer()),),
    optional={"below": _C.in_time_rank < bindparam("below", type_=Integer())},
)
