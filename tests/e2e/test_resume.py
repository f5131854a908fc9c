"""Killed and cut off at any moment, a sync ends with the tables it would have made anyway."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import _folder as new_folder
from tests.e2e.unsynced import RATE, Unsynced, unsynced

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

DATASETS = ("orders", "ledger_summary", "ledger_detail", "inventory", "listings")
DAYS = 40
_KILLS = 3
_LONG_S = 10
_AWAY_S = float(os.environ.get("TEST_DATABASE_AWAY_S", "3"))  # noqa: TID251 - 60 when there is time
_MOMENTS_S = (2.0, 6.0)


@pytest.fixture(scope="module")
def undisturbed() -> Iterator[tuple[dict[str, tuple[int, str]], int]]:
    """The tables of a sync that nobody disturbed, and how many reports it asked for."""
    folder = new_folder("stockroom tests ")
    with unsynced(folder) as seller:
        seller.run(*seller.sync(DATASETS, DAYS))
        yield seller.content(), seller.calls("createReport")
    shutil.rmtree(folder)


@pytest.fixture
def seller(open_folder: Path) -> Iterator[Unsynced]:
    # A long absence is lived through at Amazon's own pace: an hour later the tables are others.
    with unsynced(open_folder, rate=RATE if _AWAY_S < _LONG_S else 1.0) as found:
        yield found


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_again_and_again_it_ends_with_the_same_tables(
    seller: Unsynced, undisturbed: tuple[dict[str, tuple[int, str]], int], seed: int
) -> None:
    luck = random.Random(seed)
    for _ in range(_KILLS):
        _killed_after(seller, luck.uniform(*_MOMENTS_S))
    seller.run(*seller.sync(DATASETS, DAYS))
    _same(seller, undisturbed)


def test_without_its_database_for_a_while_it_ends_with_the_same_tables(
    seller: Unsynced, undisturbed: tuple[dict[str, tuple[int, str]], int]
) -> None:
    syncing = seller.start(*seller.sync(DATASETS, DAYS))
    time.sleep(4)  # noqa: TID251 - so that it is in the middle of something
    os.kill(seller.postmaster(), signal.SIGQUIT)
    time.sleep(_AWAY_S)  # noqa: TID251 - as long as the database is away
    _, told = syncing.communicate(timeout=120)
    assert "Traceback" not in told
    seller.run(*seller.sync(DATASETS, DAYS))
    _same(seller, undisturbed)


def _killed_after(seller: Unsynced, seconds: float) -> None:
    syncing = seller.start(*seller.sync(DATASETS, DAYS))
    try:
        syncing.wait(seconds)
    except subprocess.TimeoutExpired:
        syncing.kill()
    syncing.communicate()


def _same(seller: Unsynced, undisturbed: tuple[dict[str, tuple[int, str]], int]) -> None:
    tables, created = undisturbed
    found = seller.content()
    assert {name: found[name] for name in tables if found[name] != tables[name]} == {}
    assert found["core.ledger_days"][0] > 100
    assert seller.calls("createReport") == created, "a report was asked for twice"
    assert seller.rows("select state from app.runs where state <> 'done'") == []
    seller.run(*seller.sync(DATASETS, DAYS))
    assert seller.content() == found
    assert seller.calls("createReport") == created, "the second sync asked for a report"
