"""Cover, velocity, arrivals and what shipments have taught, joined per listing."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Subquery,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

from stockroom.metrics.cover import CoverRow
from stockroom.metrics.derivation.shelves import coming
from stockroom.metrics.derivation.statement import THIS_ACCOUNT
from stockroom.metrics.listings import CurrentListing
from stockroom.metrics.receiving_times import ReceivingTime
from stockroom.metrics.stock import Stock
from stockroom.metrics.velocities import Velocity

WINDOW_DAYS = 30
"""Days of demand that planning goes by."""

_TAKEN_OVER = (
    *("marketplace", "sku", "pool", "sellable", "velocity", "velocity_kind"),
    *(
        "arriving",
        "in_time_days",
        "in_time_rank",
        "stockout_date",
        "band",
        "as_of",
        "velocity_as_of",
    ),
)


def replenishment_rows() -> Select[Any]:
    """One row per listing that Amazon ships; columns are named as those of the table."""
    moving = _moving()
    adjusted = CoverRow.velocity_kind == "adjusted"
    none: ColumnElement[Any] = literal_column("'[]'::jsonb", JSONB)
    return (
        select(
            THIS_ACCOUNT,
            *(getattr(CoverRow, name) for name in _TAKEN_OVER),
            Stock.network,
            CurrentListing.status.label("listing_status"),
            case((adjusted, Velocity.pool_units_in), else_=Velocity.pool_units).label(
                "demand_units"
            ),
            case((adjusted, Velocity.pool_days_in), else_=Velocity.pool_days).label("demand_days"),
            Velocity.pool_units_in.label("units_in"),
            Velocity.pool_squares_in.label("squares_in"),
            Velocity.pool_days_in.label("days_in"),
            (CoverRow.as_of + bindparam("fc_delay_days", type_=Integer())).label("arriving_on"),
            func.coalesce(moving.c.arrivals, none).label("arrivals"),
            ReceivingTime.shipped_to_available.label("learned_transit_days"),
            ReceivingTime.shipments_seen.label("learned_shipments"),
            bindparam("run_id", type_=Uuid()).label("run_id"),
        )
        .select_from(CoverRow)
        .join(Stock, _same(Stock))
        .join(Velocity, and_(_same(Velocity), Velocity.window_days == CoverRow.window_days))
        .outerjoin(CurrentListing, _same(CurrentListing))
        .outerjoin(ReceivingTime, ReceivingTime.network == Stock.network)
        .outerjoin(moving, moving.c.pool == CoverRow.pool)
        .where(CoverRow.window_days == WINDOW_DAYS, Stock.network != "")
    )


def _same(other: Any) -> ColumnElement[bool]:
    return and_(other.marketplace == CoverRow.marketplace, other.sku == CoverRow.sku)


def _moving() -> Subquery:
    """What shipments bring to each pool, as cover's walk counts it."""
    shipments = coming().subquery("shipments")
    pool, day, units, source = shipments.c
    one = func.jsonb_build_array(cast(day, Text), units, source)
    return (
        select(
            pool.label("pool"),
            func.jsonb_agg(aggregate_order_by(one, day, source)).label("arrivals"),
        )
        .group_by(pool)
        .subquery("moving")
    )
