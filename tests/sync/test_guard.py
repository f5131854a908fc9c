"""The guard's rules, each with figures that pass and figures that do not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stockroom.spec.report import Guard
from stockroom.sync.guard import Evidence, UnbelievableError, check

GUARD = Guard(units="sellable")
FINE = Evidence(rows=100, units=5000, read=100, rejected=0, last_rows=100, last_units=5000)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"rows": 50, "units": 2500},
        {"rows": 300, "units": 15000},
        {"rejected": 5},
        {"rows": 3, "last_rows": 19, "units": 1, "last_units": 400},
        {"last_rows": 0, "last_units": 0, "rows": 0},
        {"last_units": 400, "units": 20},
    ],
)
def test_these_are_believed(change: dict[str, int]) -> None:
    check(GUARD, replace(FINE, **change))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"rows": 49}, "rows went from 100 to 49"),
        ({"rows": 301}, "rows went from 100 to 301"),
        ({"units": 2499}, "sellable went from 5000 to 2499"),
        ({"rejected": 6}, "6 of 106 rows cannot be read"),
        ({"rows": 0, "read": 0, "last_rows": 3}, "the document is empty, the last good one had 3"),
        ({"read": 0, "rejected": 2}, "2 of 2 rows cannot be read"),
    ],
)
def test_these_are_not(change: dict[str, int], reason: str) -> None:
    with pytest.raises(UnbelievableError, match=reason):
        check(GUARD, replace(FINE, **change))


def test_every_reason_is_told() -> None:
    with pytest.raises(UnbelievableError, match=r"rows went .*; sellable went"):
        check(GUARD, replace(FINE, rows=1, units=1))


def test_a_dataset_that_may_be_empty_may_be_empty() -> None:
    check(Guard(may_be_empty=True, floor=1000), replace(FINE, rows=0))
