"""What a night will take: the calls it makes, on Amazon's budgets, worked out before it begins.

A pure calculation over the same order the engine asks in. A report needs a turn
of createReport, then its making, then a turn of getReportDocument; a list needs
its pages. Whatever bucket runs dry first decides when the night is over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil

from stockroom.amazon import ads_transport
from stockroom.amazon.rates import (
    CREATE_REPORT,
    GET_REPORT,
    GET_REPORT_DOCUMENT,
    GET_REPORTS,
    OPERATIONS,
    Operation,
)
from stockroom.amazon.throttle import MARGIN
from stockroom.spec.run import Run, RunState
from stockroom.sync.request import polled

_CALL = timedelta(milliseconds=200)
"""One answer of Amazon's, on the way there and back."""
_LOAD = timedelta(seconds=2)
"""A document fetched, read and filled."""
_OPERATIONS = (*OPERATIONS, ads_transport.CREATE_REPORT, ads_transport.GET_REPORT)
_BY_NAME = {operation.name: operation for operation in _OPERATIONS}
_TYPES = 10
"""Report types in one question for what Amazon has made already."""

Spent = Mapping[str, Sequence[datetime]]
"""When calls of an operation were made lately, oldest first."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One window as the night will ask for it.

    Args:
        run: Its run: stored, or as it would be planned.
        generation_s: How long Amazon is expected to make the report; None: nothing is made that
            its Reports API knows.
        pages: Of what is read in another way: the calls it takes, by operation.
        shared_with: The dataset whose document it will read; empty: it asks for itself.
        looked_for: The report type it is looked for first among what Amazon has; empty: none.
    """

    run: Run
    generation_s: float | None = None
    pages: Mapping[str, int] = field(default_factory=dict)
    shared_with: str = ""
    looked_for: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """An ask, the calls it makes, and when its rows are in."""

    ask: Ask
    calls: Mapping[str, int]
    finish: datetime

    def is_due_at(self, at: datetime) -> bool:
        """Whether it is (or is on its way) then; others fall due again later in the night."""
        run = self.ask.run
        return run.state != RunState.PLANNED or run.next_at is None or run.next_at <= at


@dataclass(frozen=True, slots=True)
class Spending:
    """One operation's calls against its budget.

    Args:
        operation: With Amazon's rate and burst.
        calls: How many will be made.
        left: How many could be made at once when the night begins.
    """

    operation: Operation
    calls: int
    left: float

    @property
    def wait_s(self) -> float:
        """Seconds that Amazon's pace alone costs."""
        return max(0.0, self.calls - self.left) / self.operation.rate


@dataclass(frozen=True, slots=True)
class Forecast:
    """A night.

    Args:
        at: When it begins.
        lines: Its windows, in the order of their turns.
        spending: Per operation.
    """

    at: datetime
    lines: tuple[Line, ...]
    spending: tuple[Spending, ...]

    @property
    def finish(self) -> datetime:
        """When everything is in."""
        return max((line.finish for line in self.lines), default=self.at)

    @property
    def bound_s(self) -> float:
        """Seconds that nobody could do without: the tightest bucket, then the slowest report."""
        dry = max((one.wait_s for one in self.spending), default=0.0)
        making = max((line.ask.generation_s or 0.0 for line in self.lines), default=0.0)
        return dry + making + (_CALL.total_seconds() if making else 0.0)


class _Budget:
    """One bucket of Amazon's, in a time that is only thought of."""

    def __init__(self, operation: Operation, spent: Iterable[datetime], at: datetime) -> None:
        self._rate = operation.rate * MARGIN
        self._burst = float(operation.burst)
        self._left, self._at = self._burst, min([at, *spent])
        for moment in spent:
            self._refill(moment)
            self._left = max(0.0, self._left - 1)
        self._refill(at)
        self.left = self._left

    def take(self, wanted: datetime) -> datetime:
        """When a call wanted at an instant is made; calls keep their order."""
        at = max(wanted, self._at)
        self._refill(at)
        if self._left < 1:
            at += timedelta(seconds=(1 - self._left) / self._rate)
            self._refill(at)
        self._left -= 1
        return at

    def _refill(self, at: datetime) -> None:
        gained = (at - self._at).total_seconds() * self._rate
        self._left, self._at = min(self._burst, self._left + gained), at


class _Night:
    """Buckets that are spent call by call."""

    def __init__(self, at: datetime, spent: Spent) -> None:
        self._at = at
        self._spent = spent
        self.budgets: dict[str, _Budget] = {}
        self.calls: Counter[str] = Counter()

    def call(self, operation: Operation, wanted: datetime, count: int = 1) -> datetime:
        """When the last of some calls, one after the other, is answered."""
        if operation.name not in self.budgets:
            spent = self._spent.get(operation.name, ())
            self.budgets[operation.name] = _Budget(operation, spent, self._at)
        self.calls[operation.name] += count
        for _ in range(count):
            wanted = self.budgets[operation.name].take(wanted) + _CALL
        return wanted


def forecast(asks: Sequence[Ask], at: datetime, spent: Spent) -> Forecast:
    """Work a night out.

    Args:
        asks: Its windows, in the order of their turns.
        at: When it begins.
        spent: Calls made lately.
    """
    night, ready, ends = _Night(at, spent), dict[int, datetime](), dict[int, datetime]()
    calls = {place: _calls(ask) for place, ask in enumerate(asks)}
    types = {ask.looked_for for ask in asks} - {""}
    begin = night.call(GET_REPORTS, at, ceil(len(types) / _TYPES)) if types else at
    for place in sorted(calls, key=lambda place: _due(asks[place], at)):
        due = max(begin, _due(asks[place], at))
        if CREATE_REPORT.name in calls[place]:
            due = night.call(CREATE_REPORT, due)
        if asks[place].generation_s is not None:
            ready[place] = _made(asks[place], due, night, calls[place])
        else:
            ends[place] = _listed(asks[place], due, night)
    for place in sorted(ready, key=ready.__getitem__):
        fetched = ready[place]
        if GET_REPORT_DOCUMENT.name in calls[place]:
            fetched = night.call(GET_REPORT_DOCUMENT, fetched)
        ends[place] = fetched + _LOAD
    lines = tuple(Line(ask, calls[place], ends[place]) for place, ask in enumerate(asks))
    return Forecast(at, _with_shared(lines), _spending(night))


def _due(ask: Ask, at: datetime) -> datetime:
    return max(at, ask.run.next_at or at)


def _calls(ask: Ask) -> dict[str, int]:
    state = ask.run.state
    if ask.shared_with or state in {RunState.LANDED, RunState.FILLED}:
        return {}
    if ask.generation_s is None:
        return {name: count for name, count in ask.pages.items() if name in _BY_NAME}
    calls = {CREATE_REPORT.name: 1} if state == RunState.PLANNED else {}
    if state in {RunState.PLANNED, RunState.REQUESTED}:
        calls[GET_REPORT.name] = polled(ask.generation_s)[0]
    return {**calls, GET_REPORT_DOCUMENT.name: 1}


def _made(ask: Ask, asked: datetime, night: _Night, calls: Mapping[str, int]) -> datetime:
    """When a report is seen to be made."""
    if GET_REPORT.name not in calls or ask.generation_s is None:
        return asked
    night.calls[GET_REPORT.name] += calls[GET_REPORT.name]
    return asked + polled(ask.generation_s)[1]


def _listed(ask: Ask, due: datetime, night: _Night) -> datetime:
    for name, count in _calls(ask).items():
        due = night.call(_BY_NAME[name], due, count)
    return due + _LOAD


def _with_shared(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """A document that is shared is in when it is in for the one that asks."""
    asked = {
        (line.ask.run.dataset, line.ask.run.marketplace, line.ask.run.last_day): line.finish
        for line in lines
    }
    return tuple(
        Line(line.ask, line.calls, asked[line.ask.shared_with, run.marketplace, run.last_day])
        if line.ask.shared_with
        else line
        for line in lines
        for run in [line.ask.run]
    )


def _spending(night: _Night) -> tuple[Spending, ...]:
    def left(operation: Operation) -> float:
        budget = night.budgets.get(operation.name)
        return budget.left if budget else float(operation.burst)

    return tuple(
        Spending(operation, night.calls[operation.name], left(operation))
        for operation in _OPERATIONS
        if night.calls[operation.name]
    )
