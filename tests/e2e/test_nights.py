"""Nights that go wrong end as if they had not: no window twice, no report in vain, nobody held up."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from pathlib import Path

import pytest
from tests.e2e.nights import Installation, installation, until

from stockroom.db.embedded import running

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

RATE = 8.0
ACCOUNTS = int(os.environ.get("TEST_NIGHT_ACCOUNTS", "10"))  # noqa: TID251 - fewer when in a hurry
AWAY_S = 60.0
TAKEOVER_S = 60.0
"""Of the machine's: locks and heartbeats are real, however fast the installation's clock runs."""
LONG_S = 1800.0


def _exactly_once(night: Installation) -> None:
    assert night.filled_twice() == []
    asked = night.asked()
    assert asked.keys() <= night.used(), "a report was asked for in vain"
    twice = [what for what, times in Counter(asked.values()).items() if times > 1]
    assert not twice, "a report was asked for twice"
    assert night.rows("select state, error from app.runs where state in ('failed')") == []


def test_a_worker_killed_in_the_night_costs_a_minute_and_no_report(
    open_folder: Path, pytestconfig: pytest.Config
) -> None:
    with (
        installation(open_folder, accounts=ACCOUNTS, rate=RATE) as night,
        night.worker("first") as first,
    ):
        until(lambda: first.said("leading"), within_s=LONG_S)
        with night.worker("second") as second:
            until(lambda: second.said("working"), within_s=LONG_S)
            until(lambda: night.accepted("createReport").total() > 12, within_s=LONG_S)
            first.process.kill()
            killed = time.monotonic()
            until(lambda: second.said("leading"), within_s=TAKEOVER_S)
            takeover_s = time.monotonic() - killed
            until(night.loaded, within_s=LONG_S)
            _exactly_once(night)
            finished, asked = night.finished(), night.asked()
            ((windows,),) = night.rows("select count(*) from app.runs where state = 'done'")
        pytestconfig.get_terminal_writer().line(
            f"takeover {takeover_s:.1f} s; {windows} windows; {len(asked)} reports asked for and"
            f" {len(asked.keys() & night.used())} used; documents {night.documents().total()},"
            f" fetched {night.accepted('getReportDocument').total()}; refused {night.refused(429)};"
            f" finished (minutes) {finished}"
        )


def test_a_night_without_its_database_for_a_minute_completes_by_itself(open_folder: Path) -> None:
    with (
        installation(open_folder, accounts=2, rate=RATE) as night,
        night.worker("first") as first,
        night.worker("second") as second,
    ):
        until(lambda: night.accepted("createReport").total() > 8, within_s=LONG_S)
        postmaster = (night.home / "postgres" / "postmaster.pid").read_text().splitlines()[0]
        os.kill(int(postmaster), signal.SIGQUIT)
        time.sleep(AWAY_S)  # noqa: TID251 - as long as the database is away
        with running(night.home):
            until(night.loaded, within_s=LONG_S)
            _exactly_once(night)
        assert first.process.poll() is None
        assert second.process.poll() is None


def test_nobody_waits_for_a_seller_whom_amazon_throttles(
    open_folder: Path, pytestconfig: pytest.Config
) -> None:
    with installation(open_folder, accounts=ACCOUNTS, rate=RATE) as night:
        slow = night.sellers[0]
        night.mood(f"throttled@{slow.slug}")
        with night.worker("only"):
            until(lambda: night.loaded(without=slow.slug), within_s=LONG_S)
            left, finished = night.waiting(slow), night.finished()
            # A moment may pass between the fetching and the storing; a second fetch would stay.
            until(lambda: night.accepted("getReportDocument") == night.documents(), within_s=30)
        pytestconfig.get_terminal_writer().line(
            f"{left} windows of {slow.slug} are still to come; finished (minutes) {finished}"
        )
        assert left > 0
