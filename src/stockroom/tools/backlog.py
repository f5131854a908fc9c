"""How much history is still to come, and until when: Amazon takes one request a minute.

All datasets of an account ask in one queue: the more important first, then the
newest days. What is missing is taken for the oldest days, because history is
loaded backwards. Datasets that read the same document ask once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil
from typing import Any, NamedTuple

from stockroom.amazon.rates import CREATE_REPORT
from stockroom.amazon.throttle import MARGIN
from stockroom.spec.load import Replaces
from stockroom.spec.report import Report, SpApiReport
from stockroom.spec.window import ONE_DAY

_TURN = timedelta(seconds=1 / (CREATE_REPORT.rate * MARGIN))
_LAST = timedelta(minutes=1)
"""From the last question to the last row."""


class Held(NamedTuple):
    """The days of one dataset in one place that are in.

    Args:
        report: The dataset.
        place: Country code; empty for the region.
        first: The oldest complete day.
        last: The newest.
        days: How many complete days there are.
    """

    report: Report
    place: str
    first: date | None
    last: date | None
    days: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is still missing of one dataset in one place.

    Args:
        days_in: Days of its history that are in.
        days_of: Days of its history.
        requests: Questions that are still to be asked for the rest.
        expected_at: When the rest is in, if Amazon keeps its pace.
    """

    days_in: int
    days_of: int
    requests: int
    expected_at: datetime


def backlogs(
    held: Sequence[Held], settings: Mapping[str, Any], now: datetime
) -> dict[tuple[str, str], Backlog]:
    """The backlog of each dataset and place that has one.

    Args:
        held: All datasets of the account: they share one queue.
        settings: The account's: how far back it wants its history.
        now: The present.
    """
    queue = sorted(
        (one.report.rank, -last.toordinal(), place)
        for place, one in enumerate(held)
        if _asks(one, held[:place])
        for last in _windows(one, settings, now.date())
    )
    turns = {place: turn for turn, (_, _, place) in enumerate(queue, start=1)}
    found: dict[tuple[str, str], Backlog] = {}
    for place, one in enumerate(held):
        days_in, days_of = _share(one, settings)
        if days_in < days_of:
            asker = next(k for k in range(place + 1) if k == place or _same(held[k], one))
            expected_at = now + turns.get(asker, 0) * _TURN + _LAST
            requests = ceil((days_of - days_in) / one.report.window)
            key = one.report.name, one.place
            found[key] = Backlog(days_in, days_of, requests, expected_at)
    return found


def _asks(one: Held, before: Sequence[Held]) -> bool:
    return not any(_same(other, one) for other in before)


def _same(one: Held, other: Held) -> bool:
    same = (one.report.request, one.place) == (other.report.request, other.place)
    return same and isinstance(one.report.request, SpApiReport)


def _share(one: Held, settings: Mapping[str, Any]) -> tuple[int, int]:
    """Days that are in, of how many; a snapshot has no history."""
    if one.report.load.replaces is Replaces.SNAPSHOT:
        return 0, 0
    of = one.report.reach(settings)
    if one.first is None or one.last is None:
        return 0, of
    oldest = one.last - (of - 1) * ONE_DAY
    beyond = max(0, (oldest - one.first).days)
    return max(0, min(of, one.days - beyond)), of


def _windows(one: Held, settings: Mapping[str, Any], today: date) -> Iterator[date]:
    """The last days of the questions that are still to be asked."""
    days_in, days_of = _share(one, settings)
    newest = (one.last or today) - days_in * ONE_DAY
    for asked in range(0, days_of - days_in, one.report.window):
        yield newest - asked * ONE_DAY
