"""Counted days made into velocities: the rows of both tables of velocities."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Date,
    Numeric,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    select,
    true,
)

from stockroom.metrics.derivation import frames
from stockroom.metrics.derivation.day_classes import counted, framed, windows
from stockroom.metrics.derivation.statement import THIS_ACCOUNT

LEAST_IN_DAYS = 3
"""Below so many days in stock there is no adjusted velocity."""

CLASSES = ("in", "partial", "out", "blocked", "unknown")


def velocity_rows(basis: frames.Basis) -> Select[Any]:
    """Every listing in every window; columns are named as those of ``VelocityRow``."""
    calendar, covered = frames.calendar(basis), frames.ledger_days()
    sold, closings = frames.sold(basis), frames.closings()
    listings = frames.listing_side(basis, sold, closings)
    own = counted("listing", framed("listing", listings, calendar, closings, covered))
    pools = frames.pool_side(listings, sold)
    pooled = counted("pool", framed("pool", pools, calendar, closings, covered))
    listed, lengths = listings.subjects, windows()
    return (
        select(
            THIS_ACCOUNT,
            lengths.c.window_days,
            cast(literal(basis.name), Text).label("basis"),
            listed.c.marketplace,
            listed.c.sku,
            *_own(own),
            listed.c.pool,
            *_pooled(pooled),
            bindparam("as_of", type_=Date()).label("as_of"),
            bindparam("inputs", type_=Numeric()).label("inputs"),
            bindparam("run_id", type_=Uuid()).label("run_id"),
        )
        .select_from(listed)
        .join(lengths, true())
        .outerjoin(own, _of(own, listed.c.key, lengths.c.window_days))
        .outerjoin(pooled, _of(pooled, listed.c.pool, lengths.c.window_days))
    )


def _of(
    counts: CTE, key: ColumnElement[str], window_days: ColumnElement[int]
) -> ColumnElement[bool]:
    return and_(counts.c.key == key, counts.c.window_days == window_days)


def _own(counts: CTE) -> list[ColumnElement[Any]]:
    return [
        _number(counts.c.units).label("amazon_units"),
        _number(counts.c.mcf).label("mcf_units"),
        _number(counts.c.units_in).label("units_in"),
        _ratio(counts.c.units, counts.c.days).label("raw"),
        _adjusted(counts).label("adjusted"),
        _number(counts.c.days).label("days"),
        *(_number(counts.c[f"days_{kind}"]).label(f"days_{kind}") for kind in CLASSES),
    ]


def _pooled(counts: CTE) -> list[ColumnElement[Any]]:
    return [
        _number(counts.c.units).label("pool_units"),
        _number(counts.c.units_in).label("pool_units_in"),
        _number(counts.c.squares_in).label("pool_squares_in"),
        _number(counts.c.days).label("pool_days"),
        _number(counts.c.days_in).label("pool_days_in"),
        _ratio(counts.c.units, counts.c.days).label("pool_raw"),
        _adjusted(counts).label("pool_adjusted"),
        _number(counts.c.days_known).label("pool_days_known"),
        _number(counts.c.on_hand_sum).label("pool_on_hand_sum"),
    ]


def _number(count: ColumnElement[int]) -> ColumnElement[int]:
    return func.coalesce(count, 0)


def _ratio(units: ColumnElement[int], days: ColumnElement[int]) -> ColumnElement[Decimal]:
    return cast(units, Numeric()) / cast(func.nullif(days, 0), Numeric())


def _adjusted(counts: CTE) -> ColumnElement[Decimal]:
    enough = counts.c.days_in >= LEAST_IN_DAYS
    return case((enough, _ratio(counts.c.units_in, counts.c.days_in)))
