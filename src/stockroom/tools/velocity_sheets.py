"""The sheets of ``sales_velocity``: one per basis."""

from __future__ import annotations

from sqlalchemy import Integer, Text, bindparam

from stockroom.metrics.derivation.frames import Basis
from stockroom.metrics.derivation.velocity_table import VelocityRow
from stockroom.metrics.shipped_velocities import SHIPPED, ShippedVelocity
from stockroom.metrics.velocities import ORDERED, Velocity
from stockroom.spec.fact import table_of
from stockroom.tools.columns import iso_day, ratio
from stockroom.tools.sheet import Field, Sheet


def _fields(model: type[VelocityRow]) -> tuple[Field, ...]:
    c = table_of(model).c
    return (
        Field("marketplace", "Country code.", c.marketplace),
        Field("sku", "Seller SKU.", c.sku),
        Field(
            "window", "Complete marketplace days, today never among them.", c.window_days, "days"
        ),
        Field(
            "basis", "ordered: by the day of purchase. shipped: by the day it left Amazon.", c.basis
        ),
        Field(
            "amazon_units",
            "Sold on Amazon in the window: cancelled and replacement units out, pending in.",
            c.amazon_units,
            "units",
        ),
        Field("mcf_units", "Sold elsewhere, shipped by Amazon.", c.mcf_units, "units"),
        Field("raw", "amazon_units ÷ days.", ratio(c.raw), "units/day"),
        Field(
            "adjusted",
            "Amazon units of in-days ÷ days_in; null below 3 of them.",
            ratio(c.adjusted),
            "units/day",
        ),
        Field(
            "days",
            "Days in the window since the SKU exists, as far as the basis is loaded.",
            c.days,
            "days",
        ),
        Field("days_in", "Days with stock.", c.days_in, "days"),
        Field(
            "days_partial",
            "Ran out or came back that day, and sold at most 30 % of a full day (of at least 10).",
            c.days_partial,
            "days",
        ),
        Field("days_out", "No stock at start and end.", c.days_out, "days"),
        Field(
            "days_blocked",
            "Inactive, stranded or suppressed all day, as snapshots show.",
            c.days_blocked,
            "days",
        ),
        Field("days_unknown", "Neither ledger nor snapshot tells.", c.days_unknown, "days"),
        Field(
            "total_units",
            "amazon_units + mcf_units.",
            c.amazon_units + c.mcf_units,
            "units",
            full=True,
        ),
        Field("pool", "The stock it sells from.", c.pool, full=True),
        Field(
            "pool_units",
            "What all listings of the pool sold, multi-channel included.",
            c.pool_units,
            "units",
            full=True,
        ),
        Field("pool_raw", "pool_units ÷ days.", ratio(c.pool_raw), "units/day", full=True),
        Field(
            "pool_adjusted",
            "The same over the pool's in-days: what days_of_cover uses.",
            ratio(c.pool_adjusted),
            "units/day",
            full=True,
        ),
        Field("as_of", "The window's last day.", iso_day(c.as_of), "date", full=True),
    )


def _sheet(basis: Basis, model: type[VelocityRow]) -> Sheet:
    table = table_of(model)
    c = table.c
    return Sheet(
        f"sales_velocity {basis.name}",
        table,
        _fields(model),
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
