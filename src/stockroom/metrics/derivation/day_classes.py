"""Each day of a span is ``in``, ``partial``, ``out``, ``blocked`` or ``unknown``; then it is counted.

A day starts with the closing of the day before. It is ``out`` when nothing was
for sale at both ends; ``partial`` when that holds for exactly one end, or the
events show that the shelf was emptied in between, and the day sold at most 30 %
of the mean of the span's full days, of a subject that sells at least 10 on such
a day; ``unknown`` when an end is not known; ``blocked`` when nobody could buy;
else ``in``. Comparisons are of whole
numbers, so that nothing is decided by rounding.
"""

from __future__ import annotations

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Integer,
    Subquery,
    and_,
    case,
    cast,
    column,
    func,
    or_,
    select,
    values,
)

from stockroom.metrics.derivation.frames import Side

WINDOWS = (7, 14, 30, 60, 90)
"""Complete marketplace days before today, that is up to ``as_of``."""


def windows() -> Subquery:
    """The window lengths as rows."""
    lengths = values(column("window_days", Integer), name="lengths", literal_binds=True)
    return select(lengths.data([(days,) for days in WINDOWS])).subquery("windows")


def counted(name: str, frame: CTE) -> CTE:
    """Units and days of each subject in each window: (key, window_days, units, mcf, units_in, days …)."""
    lengths = windows()
    days = select(frame, lengths.c.window_days).join(lengths, frame.c.age < lengths.c.window_days)
    return counts(name, days.subquery(f"{name}_days"), "key", "window_days")


def counts(name: str, days: Subquery, *group: str) -> CTE:
    """Units and days of each group of days, judged within the group.

    Args:
        name: Of the result.
        days: Rows of a frame with the columns that group them.
        group: These columns.
    """
    row = days.c
    full = and_(row.opening > 0, row.closing > 0, ~row.blocked, ~row.hit_zero)
    together = [row[column] for column in group]
    judged = select(
        days,
        func.count().filter(full).over(partition_by=together).label("full_days"),
        func.sum(case((full, row.units), else_=0)).over(partition_by=together).label("full_units"),
    )
    return _counts(name, judged.subquery(f"{name}_judged"), group)


def framed(name: str, side: Side, calendar: CTE, closings: CTE, ledger_days: CTE) -> CTE:
    """One row per subject and day since it exists."""
    subject, demand, off = side.subjects, side.demand, side.off
    before, after = closings.alias(f"{name}_before"), closings.alias(f"{name}_after")
    covered_before, covered = (
        ledger_days.alias(f"{name}_covered_before"),
        ledger_days.alias(f"{name}_covered"),
    )
    units = func.coalesce(demand.c.units, 0)
    empty = subject.c.at_amazon
    opening = case(
        (before.c.units.is_not(None), before.c.units),
        (and_(empty, covered_before.c.day.is_not(None)), 0),
        else_=after.c.starting,
    )
    closing = case(
        (after.c.units.is_not(None), after.c.units), (and_(empty, covered.c.day.is_not(None)), 0)
    )
    day = calendar.c.day
    return (
        select(
            subject.c.key,
            day.label("day"),
            calendar.c.age,
            units.label("units"),
            func.coalesce(demand.c.mcf, 0).label("mcf"),
            opening.label("opening"),
            closing.label("closing"),
            case((after.c.units.is_not(None), after.c.on_hand), else_=closing).label("on_hand"),
            func.coalesce(after.c.hit_zero, False).label("hit_zero"),
            and_(off.c.day.is_not(None), units == 0).label("blocked"),
        )
        .select_from(subject)
        .join(calendar, day >= subject.c.born)
        .outerjoin(demand, and_(demand.c.key == subject.c.key, demand.c.day == day))
        .outerjoin(before, and_(before.c.pool == subject.c.pool, before.c.day == day - 1))
        .outerjoin(after, and_(after.c.pool == subject.c.pool, after.c.day == day))
        .outerjoin(covered_before, covered_before.c.day == day - 1)
        .outerjoin(covered, covered.c.day == day)
        .outerjoin(off, and_(off.c.key == subject.c.key, off.c.day == day))
        .cte(f"{name}_frame")
    )


def _class(row: Subquery) -> ColumnElement[str]:
    start, end, units = row.c.opening, row.c.closing, row.c.units
    slow = and_(
        row.c.full_units >= 10 * row.c.full_days,
        10 * units * row.c.full_days <= 3 * row.c.full_units,
    )
    return case(
        (and_(start == 0, end == 0), "out"),
        (or_(start.is_(None), end.is_(None)), "unknown"),
        (
            and_(or_((start == 0) != (end == 0), row.c.hit_zero), row.c.full_days > 0, slow),
            "partial",
        ),
        (row.c.blocked, "blocked"),
        else_="in",
    )


def _counts(name: str, judged: Subquery, group: tuple[str, ...]) -> CTE:
    classed = select(judged, _class(judged).label("class")).subquery(f"{name}_classed")

    def days(kind: str) -> ColumnElement[int]:
        return func.count().filter(classed.c["class"] == kind).label(f"days_{kind}")

    stocked = classed.c["class"] == "in"
    units = classed.c.units
    units_in = func.sum(units).filter(stocked)
    squares_in = func.sum(cast(units, BigInteger) * units).filter(stocked)
    return (
        select(
            *(classed.c[column] for column in group),
            func.sum(classed.c.units).label("units"),
            func.sum(classed.c.mcf).label("mcf"),
            func.coalesce(units_in, 0).label("units_in"),
            cast(func.coalesce(squares_in, 0), BigInteger).label("squares_in"),
            func.count().label("days"),
            func.count(classed.c.on_hand).label("days_known"),
            func.coalesce(func.sum(classed.c.on_hand), 0).label("on_hand_sum"),
            *(days(kind) for kind in ("in", "partial", "out", "blocked", "unknown")),
        )
        .group_by(*(classed.c[column] for column in group))
        .cte(f"{name}_counts")
    )
