"""Which steps a run takes: the one place where the kind of a request decides.

However Amazon is asked, the run goes through the same states, and what has
landed is filled in the same way.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from stockroom.spec.report import AdsReport, ListedReport, PagedApi, SpApiReport
from stockroom.spec.run import Run, RunState
from stockroom.sync import ads, listed
from stockroom.sync.fill import fill
from stockroom.sync.land import land
from stockroom.sync.poll import poll
from stockroom.sync.request import request
from stockroom.sync.work import Work

Step = Callable[[Work], Awaitable[Run]]
Way = Mapping[str, Step]

_SELLING: Way = {
    RunState.PLANNED: request,
    RunState.REQUESTED: poll,
    RunState.READY: land,
    RunState.LANDED: fill,
}
_LISTED: Way = {**_SELLING, RunState.PLANNED: listed.request}
_ADVERTISING: Way = {
    RunState.PLANNED: ads.request,
    RunState.REQUESTED: ads.poll,
    RunState.READY: ads.land,
    RunState.LANDED: fill,
}
_WAYS: Mapping[type, Way] = {
    SpApiReport: _SELLING,
    ListedReport: _LISTED,
    PagedApi: _SELLING,
    AdsReport: _ADVERTISING,
}


async def step(work: Work) -> Run:
    """Take the next step of a run, and store it.

    Raises:
        StockroomError: It failed; the run is as it was.
    """
    return await _WAYS[type(work.report.request)][work.run.state](work)
