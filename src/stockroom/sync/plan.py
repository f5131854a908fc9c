"""Planning: which windows are missing, stale or restated, and not on their way already.

What is due is computed from what is covered, never remembered from ticks: a
night that was missed is simply still missing. Planning twice plans nothing new.
History comes in batches, newest first: as one is loaded the next is planned.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from psycopg import sql

from stockroom.core.ids import uuid7
from stockroom.spec.account import AccountFacts
from stockroom.spec.load import Replaces
from stockroom.spec.report import Report, SpApiReport
from stockroom.spec.run import OPEN_STATES, Run, RunState
from stockroom.spec.window import ONE_DAY, Window, month_of, months, windows
from stockroom.sync import runs
from stockroom.sync.calendar import newest_settled, today, zones_of
from stockroom.sync.restated import weekly
from stockroom.sync.runs import Connection
from stockroom.sync.work import Bench

NIGHTLY = "nightly"
WEEKLY = "weekly"
"""The reason of runs that read again what was loaded: Amazon restates days for months."""
BACKFILL = "backfill"
MANUAL = "manual"
_BATCH = 32
"""Windows of history of one dataset that are under way at once: more than Amazon takes between
two looks (15 at once, then one a minute), and no year a day at a time."""
_MANUAL_FRESH = timedelta(minutes=5)
"""A person who asks again wants newer data than a tick does, if Amazon makes any."""
_COOL_DOWN = {RunState.FAILED: timedelta(hours=1), RunState.QUARANTINED: timedelta(hours=6)}
"""After that the same is asked again. What is withheld has been asked again by then already."""
_PATIENCE = {WEEKLY: 1, BACKFILL: 2}
_LOOK = timedelta(minutes=1)
"""How often somebody looks: what falls due before the next look is due, or it came a look late."""
_RECENT = timedelta(days=3)
_RECENT_OR_OPEN = sql.SQL(
    "dataset = %(dataset)s and marketplace = %(marketplace)s"
    " and (created_at > %(since)s or state = any(%(open)s))"
)
_LOCK = "select pg_advisory_xact_lock(hashtextextended(%s, 0))"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one dataset in one marketplace (or the region).

    Args:
        loaded: Per day: whether it is complete, and when Amazon was asked.
        runs: Recent and open runs.
    """

    loaded: Mapping[date, tuple[bool, datetime]]
    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """Why and how far to plan.

    Args:
        reason: Stored in each run: nightly, manual, …
        days: At most that many days back; None: as far as Amazon and the account go.
    """

    reason: str
    days: int | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """One dataset of one marketplace (or, without a code, of the region), as of now."""

    report: Report
    account: AccountFacts
    code: str
    wish: Wish
    now: datetime

    @property
    def zones(self) -> frozenset[ZoneInfo]:
        """Where its days close."""
        return zones_of(self.account, self.code)

    @property
    def by_hand(self) -> timedelta:
        """How long a load is fresh to a person who asks."""
        request = self.report.request
        refresh = request.refresh if isinstance(request, SpApiReport) else _MANUAL_FRESH
        return max(refresh, _MANUAL_FRESH)


async def plan(
    bench: Bench, account: AccountFacts, datasets: Iterable[str], wish: Wish
) -> list[Run]:
    """Store the runs that are due; returns all open ones, in the order to take them."""
    chosen = [bench.reports[name] for name in datasets]
    async with bench.database.connection(account.id) as connection:
        await connection.execute(_LOCK, [f"{account.id}:plan"])
        fresh: list[Run] = []
        for question in questions(chosen, account, wish, bench.clock.now()):
            known = await known_of(connection, question)
            due = bounded(due_windows(question, known), known)
            fresh += [run_for(question, window, reason) for window, reason in due]
        if fresh:
            await runs.save(connection, *fresh)
        open_runs = await runs.still_open(connection, [report.name for report in chosen])
    return in_turn(bench.reports, open_runs)


def questions(
    reports: Iterable[Report], account: AccountFacts, wish: Wish, now: datetime
) -> Iterator[Question]:
    """What there is to ask about an account: each dataset in each of its places."""
    for report in reports:
        for code in report.codes(account):
            yield Question(report, account, code, wish, now)


def in_turn(reports: Mapping[str, Report], waiting: Iterable[Run]) -> list[Run]:
    """Runs in the order in which Amazon is asked; of a turn, the newest days first."""
    return sorted(waiting, key=lambda run: (turn(reports, run), -run.last_day.toordinal()))


def turn(reports: Mapping[str, Report], run: Run) -> tuple[int, int]:
    """When a run's turn is: what is fresh, is read again, is history; then by the dataset's rank."""
    return _PATIENCE.get(run.reason, 0), reports[run.dataset].rank


def due_windows(question: Question, known: Known) -> list[tuple[Window, str]]:
    """Windows to ask for, newest first, each with its reason."""
    report, wish, now = question.report, question.wish, question.now
    if report.load.replaces is Replaces.SNAPSHOT:
        return _due_snapshot(question, known)
    complete = newest_settled(now, question.zones, report.settles)
    if report.monthly and month_of(complete).last != complete:
        complete = complete.replace(day=1) - ONE_DAY
    by_update = report.load.replaces is Replaces.GROUP
    last = today(now, question.zones) if by_update else complete
    reach = min(report.history, wish.days or report.reach(question.account.settings))
    target = Window(complete - (reach - 1) * ONE_DAY, last)
    fresh_for = question.by_hand if wish.reason == MANUAL else report.every - _LOOK
    missing = {day for day in target.days() if not _have(known.loaded.get(day), now - fresh_for)}
    taken = _taken(question, known)
    if report.restated and last in missing - taken:  # with the newest day, and that only once
        missing |= set(Window(max(target.first, last - report.restated * ONE_DAY), last).days())
    missing -= taken
    newest = complete - (report.newest - 1) * ONE_DAY
    if report.monthly:
        return [
            (month, wish.reason if month.last >= newest else BACKFILL) for month in months(missing)
        ]
    recent = windows((day for day in missing if day >= newest), report.window)
    older = windows((day for day in missing if day < newest), report.window)
    again = _weekly(question, target, known, missing)
    return (
        [(one, wish.reason) for one in recent]
        + [(one, WEEKLY) for one in again]
        + [(one, BACKFILL) for one in older]
    )


def bounded(due: Iterable[tuple[Window, str]], known: Known) -> list[tuple[Window, str]]:
    """What is due, of history no more than a batch."""
    under_way = sum(run.open and run.reason == BACKFILL for run in known.runs)
    history = [one for one in due if one[1] == BACKFILL][: max(0, _BATCH - under_way)]
    return [one for one in due if one[1] != BACKFILL] + history


def _weekly(
    question: Question, target: Window, known: Known, missing: Collection[date]
) -> list[Window]:
    """Older days to read again; what is missing or on its way is not among them."""
    spoken_for = {*missing, *_taken(question, known)}
    again = weekly(question.report, target, known.loaded, question.now)
    return [window for window in again if spoken_for.isdisjoint(window.days())]


def _due_snapshot(question: Question, known: Known) -> list[tuple[Window, str]]:
    """Once per calendar day; when a person asks, unless it is minutes old."""
    day = today(question.now, question.zones)
    coming = any(run.state == RunState.PLANNED for run in known.runs)  # it will be of its day
    if coming or day in _taken(question, known):
        return []
    loaded = known.loaded.get(day)
    recent = loaded is not None and loaded[1] > question.now - question.by_hand
    if loaded is not None and (question.wish.reason != MANUAL or recent):
        return []
    return [(Window(day, day), question.wish.reason)]


def _have(loaded: tuple[bool, datetime] | None, since: datetime) -> bool:
    return loaded is not None and (loaded[0] or loaded[1] > since)


def _taken(question: Question, known: Known) -> set[date]:
    """Days that are on their way, or failed so recently that asking again helps nobody."""
    taken: set[date] = set()
    for run in known.runs:
        rest = _COOL_DOWN.get(RunState(run.state))
        recently = rest and run.finished_at and run.finished_at > question.now - rest
        if run.open or (recently and question.wish.reason != MANUAL):
            taken.update(run.window.days())
    return taken


def run_for(question: Question, window: Window, reason: str) -> Run:
    """The run that answers a question for a window; not stored."""
    return Run(
        account_id=question.account.id,
        id=uuid7(question.now),
        dataset=question.report.name,
        marketplace=question.code,
        first_day=window.first,
        last_day=window.last,
        reason=reason,
        state=RunState.PLANNED.value,
        dirty_days=[],
        remarks={},
        attempts=0,
        created_at=question.now,
    )


async def known_of(connection: Connection, question: Question) -> Known:
    """What is loaded of what is asked about, and what is on its way."""
    where = {
        "dataset": question.report.name,
        "marketplace": question.code,
        "since": question.now - _RECENT,
        "open": [state.value for state in OPEN_STATES],
    }
    cursor = await connection.execute(
        "select day, complete, loaded_at from app.loaded_days"
        " where dataset = %(dataset)s and marketplace = %(marketplace)s",
        where,
    )
    loaded = {day: (complete, at) for day, complete, at in await cursor.fetchall()}
    recent = await runs.select(connection, _RECENT_OR_OPEN, where)
    return Known(loaded, tuple(recent))
