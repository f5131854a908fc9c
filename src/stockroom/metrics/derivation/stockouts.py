"""Stockouts, and what would have been sold meanwhile, had all gone on as before.

A stockout is a run of neighbouring days that are all out. What it cost is judged
by the ``BEFORE`` days before it began: their own adjusted velocity, in which days
without stock do not count.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Date,
    Numeric,
    Select,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    func,
    select,
)

from stockroom.metrics.derivation import frames
from stockroom.metrics.derivation.day_classes import WINDOWS, counts, framed, windows
from stockroom.metrics.derivation.pool_names import shelf_of
from stockroom.metrics.derivation.statement import THIS_ACCOUNT
from stockroom.metrics.derivation.velocity_rows import LEAST_IN_DAYS
from stockroom.metrics.velocities import ORDERED, Velocity

BEFORE = 60
"""Days before a stockout by which it is judged."""


def lost_rows() -> Select[Any]:
    """Every listing that was out; columns are named as those of ``LostUnits``."""
    frame = _frame()
    out = _out(frame)
    stockouts = (
        select(out.c.key, out.c.run, func.min(out.c.day).label("began"))
        .group_by(out.c.key, out.c.run)
        .cte("stockouts")
    )
    lengths, before = windows(), _before(frame, stockouts)
    judged = before.c.days_in >= LEAST_IN_DAYS
    a_day = cast(before.c.units_in, Numeric()) / func.nullif(before.c.days_in, 0)
    listed = _listed()
    return (
        select(
            THIS_ACCOUNT,
            lengths.c.window_days,
            listed.c.marketplace,
            listed.c.sku,
            func.sum(case((judged, a_day))).label("lost_units"),
            func.count().label("days_out"),
            func.count().filter(judged).label("days_judged"),
            func.count(stockouts.c.began.distinct()).label("stockouts"),
            bindparam("as_of", type_=Date()).label("as_of"),
            bindparam("inputs", type_=Numeric()).label("inputs"),
            bindparam("run_id", type_=Uuid()).label("run_id"),
        )
        .select_from(out)
        .join(lengths, out.c.age < lengths.c.window_days)
        .join(stockouts, and_(stockouts.c.key == out.c.key, stockouts.c.run == out.c.run))
        .join(listed, listed.c.key == out.c.key)
        .outerjoin(
            before, and_(before.c.key == stockouts.c.key, before.c.began == stockouts.c.began)
        )
        .group_by(lengths.c.window_days, listed.c.marketplace, listed.c.sku)
    )


def _listed() -> CTE:
    """The listings that were out within the longest window, by key."""
    return (
        select(
            _key().label("key"),
            Velocity.marketplace,
            Velocity.sku,
        )
        .where(Velocity.window_days == max(WINDOWS), Velocity.days_out > 0)
        .cte("listed_out")
    )


def _key() -> ColumnElement[str]:
    return shelf_of(Velocity.marketplace, Velocity.sku)


def _frame() -> CTE:
    """Days of the listings that were out, far enough back to judge their stockouts."""
    sold, closings = frames.sold(ORDERED), frames.closings()
    side = frames.listing_side(ORDERED, sold, closings)
    out = select(_key()).where(Velocity.window_days == max(WINDOWS), Velocity.days_out > 0)
    subjects = select(side.subjects).where(side.subjects.c.key.in_(out)).cte("subjects_out")
    side = replace(side, subjects=subjects)
    return framed("out", side, frames.calendar(ORDERED), closings, frames.ledger_days())


def _out(frame: CTE) -> CTE:
    """Out days; neighbouring ones share ``run``: (key, day, age, run)."""
    number = func.row_number().over(partition_by=frame.c.key, order_by=frame.c.day)
    return (
        select(frame.c.key, frame.c.day, frame.c.age, (frame.c.age + number).label("run"))
        .where(frame.c.opening == 0, frame.c.closing == 0)
        .cte("out_days")
    )


def _before(frame: CTE, stockouts: CTE) -> CTE:
    """Units and days of the span before each stockout: (key, began, units_in, days_in …)."""
    within = frame.c.day.between(stockouts.c.began - BEFORE, stockouts.c.began - 1)
    days = select(frame, stockouts.c.began).join(
        stockouts, and_(stockouts.c.key == frame.c.key, within)
    )
    return counts("before", days.subquery("before_days"), "key", "began")
