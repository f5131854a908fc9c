"""Nights that go wrong end as if they had not: no window twice, no report in vain, nobody held up."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.e2e.nights import Installation, installation, until

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

RATE = 5.0
LONG_S = 900.0


def _exactly_once(night: Installation) -> None:
    assert night.filled_twice() == []
    assert night.accepted("createReport") == night.reports(), "a report was asked for in vain"
    assert night.rows("select state, error from app.runs where state in ('failed')") == []


def test_a_worker_killed_in_the_night_costs_a_minute_and_no_report(
    open_folder: Path, pytestconfig: pytest.Config
) -> None:
    with (
        installation(open_folder, accounts=3, rate=RATE) as night,
        night.worker("first") as first,
    ):
        until(lambda: first.said("leading"), within_s=LONG_S)
        with night.worker("second") as second:
            until(lambda: night.accepted("createReport").total() > 12, within_s=LONG_S)
            first.process.kill()
            killed = night.clock.monotonic()
            until(lambda: second.said("leading"), within_s=LONG_S)
            takeover_s = night.clock.monotonic() - killed
            until(night.loaded, within_s=LONG_S)
            _exactly_once(night)
            finished = night.finished()
        pytestconfig.get_terminal_writer().line(
            f"takeover {takeover_s:.0f} s of the installation's clock; reports {night.reports()};"
            f" refused {night.refused(429)}; finished (minutes) {finished}"
        )
        assert takeover_s <= 60
