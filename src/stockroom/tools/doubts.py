"""What is to be doubted of figures that a change is made from: a load that is late, or was not believed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from stockroom.core.clock import Clock
from stockroom.db.session import ReadSession
from stockroom.reports import all_reports
from stockroom.tools.expected import expected
from stockroom.tools.freshness import COVERAGE, ENDED, OPEN, Coverage, Ended, OpenRuns, state_of
from stockroom.tools.freshness import telling as last_bad

_REMEMBERED = timedelta(days=7)
_SAID = {
    "late": "was loaded late",
    "failing": "could not be loaded the last time",
    "quarantined": "was withheld the last time, because it was not believed",
    "never": "has never been loaded",
}


async def doubts(
    db: ReadSession, clock: Clock, code: str, datasets: Sequence[str]
) -> tuple[str, ...]:
    """A sentence for each of these datasets that is not as fresh as it should be in a marketplace."""
    now = clock.now()
    since = now - _REMEMBERED
    loaded, under_way, ended = await db.many((COVERAGE, {}), (OPEN, {}), (ENDED, {"since": since}))
    coverage = {one[:2]: one for one in map(Coverage._make, loaded)}
    open_runs = {one[:2]: one for one in map(OpenRuns._make, under_way)}
    bad = [Ended(*row) for row in ended]

    def found() -> Iterator[str]:
        for report, place in expected(
            [one for one in all_reports() if one.name in datasets], [code], code
        ):
            key = (report.name, place)
            last = last_bad(report, (one for one in bad if one[:2] == key), since)
            state = state_of(report.every, coverage.get(key), open_runs.get(key), last, now)
            if state in _SAID:
                yield f"{report.name} {_SAID[state]}: see data_freshness before you rely on these units."

    return tuple(found())
