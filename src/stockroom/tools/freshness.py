"""What is loaded and how the last loads went, per dataset and marketplace; and what to call that.

The judgement is a pure function of what the database says and the present.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, DateTime, and_, bindparam, case, func, or_, select

from stockroom.core.text import plain
from stockroom.db.query import Query
from stockroom.spec.fact import table_of
from stockroom.spec.report import ListedReport, Report
from stockroom.spec.run import OPEN_STATES, LoadedDay, Run, RunState
from stockroom.tools.backlog import Backlog

NOT_APPLICABLE = "not_applicable"
"""The state of a dataset that Amazon does not have there; it is never asked."""
BACKFILLING = "backfilling"
_LEAST_GRACE = timedelta(hours=1)
_BACKFILL = "backfill"
_HEADLINE = ("rows", "units", "skus")

_day, _run = table_of(LoadedDay).c, table_of(Run).c


class Coverage(NamedTuple):
    """The complete days of one dataset that are in."""

    dataset: str
    marketplace: str
    first: date | None
    last: date | None
    gapless_from: date | None
    """The first day of the last stretch without a missing day."""
    asked_at: datetime
    """When Amazon was last asked for any of it."""
    days: int = 0
    """How many complete days are in."""


class OpenRuns(NamedTuple):
    """Loads of one dataset that are on their way."""

    dataset: str
    marketplace: str
    runs: int
    backfills: int
    next_at: datetime | None


class Ended(NamedTuple):
    """A recent load that ended badly."""

    dataset: str
    marketplace: str
    state: str
    error_kind: str | None
    at: datetime
    remarks: Mapping[str, Any] = {}
    """Of a withheld document: ``reasons``, headline ``figures``, and those of the ``last`` good one."""


def _coverage() -> Query:
    key = (_day.dataset, _day.marketplace)
    before = func.lag(_day.day).over(partition_by=key, order_by=_day.day)
    was_complete = func.lag(_day.complete).over(partition_by=key, order_by=_day.day)
    continues = and_(before == _day.day - 1, was_complete)
    begins = case((continues, None), else_=_day.day).label("begins")
    days = select(*key, _day.day, _day.complete, _day.loaded_at, begins).subquery("days").c
    return Query(
        select(
            days.dataset,
            days.marketplace,
            func.min(days.day).filter(days.complete),
            func.max(days.day).filter(days.complete),
            func.max(days.begins).filter(days.complete),
            func.max(days.loaded_at),
            func.count().filter(days.complete),
        ).group_by(days.dataset, days.marketplace)
    )


def _in(*states: RunState) -> ColumnElement[bool]:
    return or_(*(_run.state == state.value for state in states))


COVERAGE = _coverage()
OPEN = Query(
    select(
        _run.dataset,
        _run.marketplace,
        func.count(),
        func.count().filter(_run.reason == _BACKFILL),
        func.min(_run.next_at),
    )
    .where(_in(*OPEN_STATES))
    .group_by(_run.dataset, _run.marketplace)
)
ENDED = Query(
    select(
        *(_run.dataset, _run.marketplace, _run.state, _run.error_kind),
        *(_run.finished_at, _run.remarks),
    ).where(
        or_(
            _run.state == RunState.QUARANTINED.value,
            and_(
                _run.state == RunState.FAILED.value,
                _run.finished_at > bindparam("since", type_=DateTime(timezone=True)),
            ),
        )
    )
)
"""Loads that failed since an instant, few, for a failure is not repeated at once; and all that
are withheld."""


def telling(report: Report, ended: Iterable[Ended], since: datetime) -> Ended | None:
    """The bad end that counts: the last since an instant.

    Of documents that Amazon makes once each, the last that is withheld, however long ago: no
    later one makes up for it.
    """
    found = list(ended)
    withheld = [one for one in found if _for_good(report, one)]
    recent = [one for one in found if one.at > since]
    return max(withheld or recent, key=lambda one: one.at, default=None)


def _for_good(report: Report, ended: Ended) -> bool:
    """Whether what is missing stays missing, until a person says what is to become of it."""
    withheld = ended.state == RunState.QUARANTINED
    return withheld and isinstance(report.request, ListedReport)


def state_of(
    every: timedelta,
    coverage: Coverage | None,
    open_runs: OpenRuns | None,
    ended: Ended | None,
    now: datetime,
) -> str:
    """One word for how far an answer can be trusted.

    Args:
        every: How often the dataset is loaded.
        coverage: What is in; None when nothing ever was.
        open_runs: What is on its way.
        ended: The last load that ended badly.
        now: The present.
    """
    if ended is not None and (coverage is None or ended.at > coverage.asked_at):
        return "quarantined" if ended.state == RunState.QUARANTINED else "failing"
    if open_runs is not None and (open_runs.backfills or coverage is None):
        return BACKFILLING
    if coverage is None:
        return "never"
    grace = max(_LEAST_GRACE, every / 4)
    return "late" if now - coverage.asked_at > every + grace else "fresh"


def row_of(
    report: Report,
    place: str,
    loaded: Coverage | None,
    coming: OpenRuns | None,
    *,
    bad: Ended | None,
    backlog: Backlog | None,
    now: datetime,
) -> tuple[Any, ...]:
    """One row of the answer, as ``data_freshness`` names its columns."""
    due = coming.next_at if coming else None
    if due is None and loaded is not None:
        due = max(now, loaded.asked_at + report.every)
    state = state_of(report.every, loaded, coming, bad, now)
    if bad is not None and _for_good(report, bad):
        state = bad.state
    return (
        report.name,
        place or None,
        state,
        _spelled(loaded.last) if loaded else None,
        _instant(loaded.asked_at) if loaded else None,
        _spelled(loaded.first) if loaded else None,
        _spelled(loaded.gapless_from) if loaded else None,
        _instant(due) if due else None,
        *_progress(backlog if state == BACKFILLING else None),
        bad.error_kind if bad else None,
        *_withheld(bad if state == RunState.QUARANTINED else None),
    )


def _progress(backlog: Backlog | None) -> tuple[Any, Any]:
    """How far the history is in, and when all of it is expected to be."""
    if backlog is None:
        return None, None
    share = {
        "days_in": backlog.days_in,
        "days_of": backlog.days_of,
        "percent": 100 * backlog.days_in // backlog.days_of,
        "requests_left": backlog.requests,
    }
    return share, _instant(backlog.expected_at)


def not_applicable(row: tuple[Any, ...], why: str | None = None) -> tuple[Any, ...]:
    """The row of a dataset that is not asked for there, with the reason where it is not plain."""
    return (*row[:2], NOT_APPLICABLE, *row[3:11], [why] if why else None, None, None)


def _withheld(bad: Ended | None) -> tuple[Any, Any, Any]:
    """Why a document was withheld, what it holds, and what the last good one holds."""
    if bad is None:
        return None, None, None
    reasons = [plain(str(reason)) for reason in bad.remarks.get("reasons", ())]
    figures, last = (
        {name: held[name] for name in _HEADLINE if name in held} if held else None
        for held in (bad.remarks.get("figures"), bad.remarks.get("last"))
    )
    return reasons, figures, last


def _spelled(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
