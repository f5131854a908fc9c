"""The sheets of ``sales_velocity``: one per basis."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Integer, Text, bindparam

from stockroom.metrics.derivation.frames import Basis
from stockroom.metrics.derivation.velocity_table import VelocityRow
from stockroom.metrics.shipped_velocities import SHIPPED, ShippedVelocity
from stockroom.metrics.velocities import ORDERED, Velocity
from stockroom.spec.fact import table_of
from stockroom.tools.columns import iso_day, ratio
from stockroom.tools.layout import Field
from stockroom.tools.sheet import Sheet

_COMPACT = (
    ("marketplace", "Country code.", "text"),
    ("sku", "Seller SKU.", "text"),
    ("window", "Complete marketplace days, today never among them.", "days"),
    ("basis", "ordered: by the day of purchase. shipped: by the day it left Amazon.", "text"),
    (
        "amazon_units",
        "Sold on Amazon in the window: cancelled and replacement units out, pending in.",
        "units",
    ),
    ("mcf_units", "Sold elsewhere, shipped by Amazon.", "units"),
    ("raw", "amazon_units ÷ days.", "units/day"),
    ("adjusted", "Amazon units of in-days ÷ days_in; null below 3 of them.", "units/day"),
    ("days", "Days in the window since the SKU exists, as far as the basis is loaded.", "days"),
    ("days_in", "Days with stock.", "days"),
    (
        "days_partial",
        "Ran out or came back that day, and sold at most 30 % of a full day (of at least 10).",
        "days",
    ),
    ("days_out", "No stock at start and end.", "days"),
    ("days_blocked", "Inactive, stranded or suppressed all day, as snapshots show.", "days"),
    ("days_unknown", "Neither ledger nor snapshot tells.", "days"),
)
_FULL = (
    ("total_units", "amazon_units + mcf_units.", "units"),
    ("pool", "The stock it sells from.", "text"),
    ("pool_units", "What all listings of the pool sold, multi-channel included.", "units"),
    ("pool_raw", "pool_units ÷ days.", "units/day"),
    ("pool_adjusted", "The same over the pool's in-days: what days_of_cover uses.", "units/day"),
    ("as_of", "The window's last day.", "date"),
)
_RATIOS = {"raw", "adjusted", "pool_raw", "pool_adjusted"}


def _source(model: type[VelocityRow], name: str) -> ColumnElement[Any]:
    c = table_of(model).c
    if name in _RATIOS:
        return ratio(c[name])
    if name == "total_units":
        return c.amazon_units + c.mcf_units
    if name == "as_of":
        return iso_day(c.as_of)
    return c["window_days" if name == "window" else name]


def _sheet(basis: Basis, model: type[VelocityRow]) -> Sheet:
    table = table_of(model)
    c = table.c
    return Sheet(
        f"sales_velocity {basis.name}",
        table,
        [
            Field(name, meaning, _source(model, name), unit, full)
            for full, columns in ((False, _COMPACT), (True, _FULL))
            for name, meaning, unit in columns
        ],
        order=(c.amazon_units, c.marketplace, c.sku),
        descending=True,
        dated={basis.dataset: iso_day(c.as_of)},
        always=(
            c.window_days == bindparam("window", type_=Integer()),
            c.basis == bindparam("basis", type_=Text()),
        ),
    )


BASES = {"ordered": ORDERED, "shipped": SHIPPED}
SHEETS = {"ordered": _sheet(ORDERED, Velocity), "shipped": _sheet(SHIPPED, ShippedVelocity)}
