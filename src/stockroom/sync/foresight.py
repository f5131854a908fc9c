"""What the coming night will ask of Amazon, seen from what is loaded now. Nothing is stored.

When something is due already (or on its way), that is the night; else it is the
next one, as of the moment at which every nightly dataset has one more day. What falls due
again while the night goes on takes its turns, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from uuid import UUID

from stockroom.amazon import ads_transport
from stockroom.amazon.rates import CREATE_REPORT, GET_REPORT_DOCUMENT, GET_REPORTS
from stockroom.spec.account import AccountFacts
from stockroom.spec.load import Replaces
from stockroom.spec.report import ListedReport, PagedApi, Report, SpApiReport
from stockroom.spec.run import GOOD_STATES, Run, RunState
from stockroom.spec.window import ONE_DAY
from stockroom.sync import runs
from stockroom.sync.adoption import could_be_there
from stockroom.sync.calendar import newest_settled, settled_at, today, zones_of
from stockroom.sync.forecast import Ask, Forecast, Spent, forecast
from stockroom.sync.land import CALLS
from stockroom.sync.plan import (
    NIGHTLY,
    Wish,
    due_windows,
    in_turn,
    known_of,
    questions,
    run_for,
)
from stockroom.sync.poll import GENERATION_S
from stockroom.sync.runs import Connection
from stockroom.sync.sharing import siblings
from stockroom.sync.work import Bench

_USUAL_S = 30.0
"""Seconds a report takes as far as nobody has seen one made."""
_LOOKS = 3
"""Times an advertising report is looked at until it is made, where Amazon has little to do."""
_REMEMBERED = timedelta(days=30)
_MOST_ROUNDS = 100
"""A day of quarters of an hour: what has not come to an end by then never will."""
_SOON = timedelta(hours=1)
_LATELY = timedelta(hours=1)
"""Calls of longer ago have flowed back into every bucket."""

_GENERATIONS = """
    select dataset, percentile_cont(0.5) within group (order by (remarks ->> %(name)s)::float)
    from app.runs where remarks ? %(name)s and created_at > %(since)s group by dataset
"""
_PAGES = """
    select distinct on (dataset, marketplace) dataset, marketplace, remarks -> %(name)s
    from app.runs where remarks ? %(name)s and state = any(%(good)s)
    order by dataset, marketplace, created_at desc
"""
_CREATED = """
    select min(requested_at) from app.runs
    where report_id is not null and requested_at > %(since)s group by report_id order by 1
"""
_FETCHED = """
    select landed_at from raw.documents join app.runs on runs.id = documents.run_id
    where amazon_document_id is not null and landed_at > %(since)s order by 1
"""


@dataclass(frozen=True, slots=True)
class Experience:
    """What earlier nights took.

    Args:
        generations: Seconds that Amazon took to make a report, by dataset.
        pages: Calls of a list, by dataset and marketplace.
    """

    generations: Mapping[str, float]
    pages: Mapping[tuple[str, str], Mapping[str, int]]

    def generation_s(self, dataset: str) -> float:
        """Of a dataset that was never asked for: what the others take."""
        others = median(self.generations.values()) if self.generations else _USUAL_S
        return self.generations.get(dataset, others)


async def foresee(bench: Bench, account: AccountFacts) -> Forecast:
    """The night that is due, else the coming one."""
    at = bench.clock.now()
    async with bench.database.connection(account.id) as connection:
        waiting = await runs.still_open(connection, bench.reports)
        due = await _due(connection, bench, account, at)
        if not waiting and all(bench.reports[run.dataset].every < ONE_DAY for run in due):
            at = _tonight(bench.reports.values(), account, at)
            due = await _due(connection, bench, account, at)
        again = _often(bench, [*waiting, *due, *await _later(connection, bench, account, at)])
        experience = await _experience(connection, at)
        spent = await _spent(connection, at)
    chosen = in_turn(bench.reports, [*waiting, *due])

    def asks(some: Iterable[Run]) -> list[Ask]:
        return list(_asks(bench, account, some, experience, at))

    asked = asks(chosen)
    night = forecast(asked, at, spent)
    done = {run.id: 0 for run in again}
    while more := list(_again(bench, again, done, at, night)):
        asked += asks(more)
        night = forecast(asked, at, spent)
    return night


def _again(
    bench: Bench, often: Iterable[Run], done: dict[UUID, int], at: datetime, night: Forecast
) -> Iterable[Run]:
    """What falls due once more before the night is over as it was reckoned last."""
    for run in often:
        every = bench.reports[run.dataset].every
        rounds = min(_MOST_ROUNDS, (night.finish - at) // every)
        for number in range(done[run.id] + 1, rounds + 1):
            yield run.but(next_at=at + number * every)
        done[run.id] = max(done[run.id], rounds)


async def _later(
    connection: Connection, bench: Bench, account: AccountFacts, at: datetime
) -> list[Run]:
    """What is fresh now and falls due within the hour."""
    return await _due(connection, bench, account, at + _SOON)


def _often(bench: Bench, candidates: Iterable[Run]) -> list[Run]:
    """Of what is loaded several times a day, the newest window of each place."""
    newest: dict[tuple[str, str], Run] = {}
    for run in candidates:
        place, known = (run.dataset, run.marketplace), newest.get((run.dataset, run.marketplace))
        often = bench.reports[run.dataset].every < ONE_DAY
        if often and (known is None or known.last_day < run.last_day):
            newest[place] = run.but(state=RunState.PLANNED.value)
    return list(newest.values())


def _tonight(reports: Iterable[Report], account: AccountFacts, now: datetime) -> datetime:
    """When every nightly dataset has one more day."""
    moments = [now]
    for report in reports:
        for code in report.codes(account) if report.every >= ONE_DAY else ():
            zones = zones_of(account, code)
            if report.load.replaces is Replaces.SNAPSHOT:
                moments.append(settled_at(today(now, zones), zones, timedelta(0)))
            else:
                newest = newest_settled(now, zones, report.settles)
                moments.append(settled_at(newest + ONE_DAY, zones, report.settles))
    return max(moments)


async def _due(
    connection: Connection, bench: Bench, account: AccountFacts, at: datetime
) -> list[Run]:
    """Runs as they would be planned at an instant; of history all, not only the next batch."""
    return [
        run_for(question, window, reason)
        for question in questions(bench.reports.values(), account, Wish(NIGHTLY), at)
        for window, reason in due_windows(question, await known_of(connection, question))
    ]


def _asks(
    bench: Bench,
    account: AccountFacts,
    chosen: Iterable[Run],
    experience: Experience,
    at: datetime,
) -> Iterable[Ask]:
    seen: set[tuple[str, str, object, object]] = set()
    for run in chosen:
        report = bench.reports[run.dataset]
        place = (run.marketplace, run.first_day, run.last_day)
        if not isinstance(report.request, SpApiReport):
            yield Ask(run, pages=_calls_of(run, report, account, experience))
            continue
        asked = [one.name for one in siblings(bench.reports, report) if (one.name, *place) in seen]
        shared = asked[0] if asked and run.state == RunState.PLANNED else ""
        seen.add((run.dataset, *place))
        there = not shared and could_be_there(bench, account, run, at)
        yield Ask(
            run,
            generation_s=experience.generation_s(run.dataset),
            shared_with=shared,
            looked_for=report.request.report_type if there else "",
        )


def _calls_of(
    run: Run, report: Report, account: AccountFacts, experience: Experience
) -> Mapping[str, int]:
    """Calls of what is not asked of the Reports API."""
    planned, request = run.state == RunState.PLANNED, report.request
    if isinstance(request, PagedApi):
        return experience.pages.get((run.dataset, run.marketplace)) or request.usual
    if isinstance(request, ListedReport):
        documents = _listed(run, report, account, request.apart) if planned else 1
        look = {GET_REPORTS.name: 1} if planned else {}
        return {**look, GET_REPORT_DOCUMENT.name: documents} if documents else look
    asked = {ads_transport.CREATE_REPORT.name: 1} if planned else {}
    return {**asked, ads_transport.GET_REPORT.name: _LOOKS}


def _listed(run: Run, report: Report, account: AccountFacts, apart: int) -> int:
    """New documents that a look will find; the first one finds all that Amazon keeps."""
    first = len(run.window) >= report.reach(account.settings)
    days = report.history if first else len(run.window)
    return days * len(report.stores(account)) // apart


async def _experience(connection: Connection, at: datetime) -> Experience:
    since = at - _REMEMBERED
    took = await connection.execute(_GENERATIONS, {"name": GENERATION_S, "since": since})
    generations = dict(await took.fetchall())
    good = [state.value for state in GOOD_STATES]
    paged = await connection.execute(_PAGES, {"name": CALLS, "good": good})
    pages = {(dataset, place): calls for dataset, place, calls in await paged.fetchall()}
    return Experience(generations, pages)


async def _spent(connection: Connection, at: datetime) -> Spent:
    spent: dict[str, list[datetime]] = {}
    for operation, statement in ((CREATE_REPORT, _CREATED), (GET_REPORT_DOCUMENT, _FETCHED)):
        cursor = await connection.execute(statement, {"since": at - _LATELY})
        spent[operation.name] = [row[0] for row in await cursor.fetchall() if row[0] <= at]
    return spent
