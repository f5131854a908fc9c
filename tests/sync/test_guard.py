"""The guard's rules, each with figures that pass and figures that do not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from stockroom.spec.report import Guard
from stockroom.sync.guard import Evidence, Figures, limits, objections

GUARD = Guard(units="sellable")
FULL = Figures(rows=100, units=5000, skus=100)
FINE = Evidence(
    document=FULL,
    compared=FULL,
    last=FULL,
    read=100,
    inside=100,
    shared=100,
    known=100,
)
CALM = ({"rows": 1.0, "units": 0.98, "skus": 1.0},) * 8
STORMY = ({"rows": 0.6, "units": 1.9, "skus": 0.8},) * 8


def compared(**figures: int) -> dict[str, Any]:
    return {"compared": replace(FULL, **figures)}


def reasons(guard: Guard = GUARD, **change: Any) -> str:
    return "; ".join(objections(guard, replace(FINE, **change)))


@pytest.mark.parametrize(
    "change",
    [
        {},
        compared(rows=65, units=2500),
        compared(rows=300, units=15000),
        {"rejected": 5},
        {"compared": Figures(3, 1, 3), "last": Figures(9, 400, 9), "shared": 3},
        {"compared": Figures(), "last": Figures(), "shared": 0},
        {**compared(units=20), "last": replace(FULL, units=200)},
        {"shared": 60},
        {"foreign": 80},
        {"inside": 400, "repeated": 340},
        {"outside": 20},
    ],
)
def test_these_are_believed(change: dict[str, Any]) -> None:
    assert reasons(**change) == ""


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (compared(rows=64), "rows went from 100 to 64"),
        (compared(rows=301), "rows went from 100 to 301"),
        (compared(units=2499), "sellable went from 5000 to 2499"),
        ({"rejected": 6}, "6 of 106 rows cannot be read"),
        (compared(rows=0), "the document is empty, the last good one had 100 rows"),
        ({"read": 0, "rejected": 2}, "2 of 2 rows cannot be read"),
        ({"shared": 59}, "only 59 of the last good load's 100 SKUs are in it"),
        ({"lost_days": 2}, "2 days that had rows have none"),
        ({"lost_columns": ("price",)}, "had columns that are gone: 'price'"),
        ({"inside": 2000, "repeated": 1900}, "1900 of 2000 rows repeat a key"),
        ({"outside": 21}, "21 of 100 rows are of days that were not asked for"),
        ({"foreign": 81}, "81 of 100 SKUs are unknown to this account"),
        ({"last": Figures(), "shared": 0, "foreign": 100}, "100 of 100 SKUs are unknown"),
    ],
)
def test_these_are_not(change: dict[str, Any], reason: str) -> None:
    assert reason in reasons(**change)


def test_every_reason_is_told() -> None:
    assert len(list(objections(GUARD, replace(FINE, **compared(rows=1, units=1))))) == 2


def test_only_a_short_list_of_the_present_may_become_empty() -> None:
    guard, few = Guard(may_be_empty=True), Figures(9, 0, 9)
    nothing: dict[str, Any] = {"document": Figures(), "compared": Figures(), "last": few}
    assert reasons(guard, **nothing) == ""
    assert "the document is empty" in reasons(guard, **nothing, history=True)
    assert "the document is empty" in reasons(GUARD, **nothing)


def test_a_dataset_that_was_calm_is_held_to_less() -> None:
    assert limits(GUARD, "rows", ()) == (0.65, 3.0)
    assert limits(GUARD, "rows", CALM[:4]) == (0.65, 3.0)
    assert limits(GUARD, "rows", CALM) == (0.8, 1.5)
    assert limits(GUARD, "units", CALM) == (0.6, 2.0)
    assert reasons(steps=CALM, **compared(rows=79)) == "rows went from 100 to 79"


def test_where_the_number_of_rows_says_nothing_nothing_is_learned_from_it() -> None:
    assert limits(Guard(least=0, most=50), "rows", CALM) == (0, 50)


def test_what_is_learned_never_passes_the_declared_limits() -> None:
    assert limits(GUARD, "rows", STORMY) == (0.65, 3.0)
    assert limits(GUARD, "units", STORMY) == (0.5, 3.0)
