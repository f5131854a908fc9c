"""Killed and cut off at any moment, a sync ends with the tables it would have made anyway."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.conftest import _folder as new_folder
from tests.e2e.unsynced import NOW, Unsynced, unsynced

from stockroom.reports import all_reports
from stockroom.spec.report import SpApiReport

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

DATASETS = ("orders", "ledger_summary", "ledger_detail", "inventory", "listings")
DAYS = 40
_KILLS = 3
_AWAY_S = float(os.environ.get("TEST_DATABASE_AWAY_S", "3"))  # noqa: TID251 - 60 when there is time
_MOST_CALLS = 20
_PATIENCE_S = 400
QUIET = timedelta(hours=6)
"""After its ``NOW`` nothing happens in this world for so long, and nothing late becomes visible:
however slow the machine, the tables must be the same."""
_BY_HAND = timedelta(minutes=5)
"""Asked again by a person after that, days that go on are wanted anew, if Amazon makes them."""
_FRESH = {
    report.request.report_type: max(report.request.refresh, _BY_HAND)
    for report in all_reports()
    if isinstance(report.request, SpApiReport)
}


@dataclass(frozen=True)
class Undisturbed:
    """Tables, and the reports that were asked for."""

    tables: dict[str, tuple[int, str]]
    asked: set[tuple[str, ...]]


@pytest.fixture(scope="module")
def undisturbed() -> Iterator[Undisturbed]:
    """What a sync leaves that nobody disturbed."""
    folder = new_folder("stockroom tests ")
    with unsynced(folder) as seller:
        seller.run(*seller.sync(DATASETS, DAYS))
        yield Undisturbed(seller.content(), {one.what for one in seller.reports()})
    shutil.rmtree(folder)


@pytest.fixture
def seller(open_folder: Path) -> Iterator[Unsynced]:
    with unsynced(open_folder) as found:
        yield found


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_again_and_again_it_ends_with_the_same_tables(
    seller: Unsynced, undisturbed: Undisturbed, seed: int
) -> None:
    luck = random.Random(seed)
    for _ in range(_KILLS):
        _killed_after(seller, luck.randint(1, _MOST_CALLS), luck.random())
    seller.run(*seller.sync(DATASETS, DAYS))
    _same(seller, undisturbed)


def test_without_its_database_for_a_while_it_ends_with_the_same_tables(
    seller: Unsynced, undisturbed: Undisturbed
) -> None:
    syncing = _syncing(seller, calls=12)
    assert syncing.poll() is None, "it was to be in the middle of something"
    os.kill(seller.postmaster(), signal.SIGQUIT)
    time.sleep(_AWAY_S)  # noqa: TID251 - as long as the database is away
    _, told = syncing.communicate(timeout=_PATIENCE_S)
    assert "Traceback" not in told
    seller.run(*seller.sync(DATASETS, DAYS))
    _same(seller, undisturbed)


def _killed_after(seller: Unsynced, calls: int, seconds: float) -> None:
    syncing = _syncing(seller, calls)
    time.sleep(seconds)  # noqa: TID251 - and a little further, into no step in particular
    syncing.kill()
    syncing.communicate()


def _syncing(seller: Unsynced, calls: int) -> subprocess.Popen[str]:
    """A sync that has had so many answers from Amazon (however slow the machine), or is through."""
    before = seller.calls()
    syncing = seller.start(*seller.sync(DATASETS, DAYS))
    while syncing.poll() is None and seller.calls() < before + calls:
        time.sleep(0.05)  # noqa: TID251 - another process tells us nothing
    return syncing


def _same(seller: Unsynced, undisturbed: Undisturbed) -> None:
    found = seller.content()
    assert seller.clock.now() < NOW + QUIET, "the test took so long that the world went on"
    tables = undisturbed.tables
    assert {name: found[name] for name in tables if found[name] != tables[name]} == {}
    assert found["core.ledger_days"][0] > 100
    assert seller.rows("select state from app.runs where state <> 'done'") == []
    assert {one.what for one in seller.reports()} == undisturbed.asked
    _nothing_in_vain(seller)
    seller.run(*seller.sync(DATASETS, DAYS))
    assert seller.content() == found
    _nothing_in_vain(seller)


def _nothing_in_vain(seller: Unsynced) -> None:
    """Every report was used, and none was asked for that Amazon would not have made anew."""
    reports = seller.reports()
    used = seller.rows("select distinct report_id from app.runs where report_id is not null")
    assert {one.report_id for one in reports} == {report_id for (report_id,) in used}
    before: dict[tuple[str, ...], datetime] = {}
    for one in reports:
        since = one.at - before.get(one.what, datetime.min.replace(tzinfo=UTC))
        assert since >= _FRESH[one.what[0]], f"{one.what} was asked for again after {since}"
        before[one.what] = one.at
