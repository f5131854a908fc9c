"""Amazon's amounts and problems of inbound plans, however they come."""

from __future__ import annotations

from typing import Any

import pytest

from stockroom.core.errors import AmazonUnavailableError
from stockroom.spec.change import Cost
from stockroom.tools.inbound_outcome import problems_of
from stockroom.tools.inbound_plan import moment, total


def money(amount: object, code: object = "USD") -> dict[str, Any]:
    return {"amount": amount, "code": code}


@pytest.mark.parametrize(
    ("values", "cost"),
    [
        ([], None),
        ([money(0)], None),
        ([money(12.3)], Cost("12.30", "USD")),
        ([money(0.1), money(0.2)], Cost("0.30", "USD")),
        ([money(0, "EUR"), money(5)], Cost("5.00", "USD")),
        ([money(1200, "JPY")], Cost("1200", "JPY")),
        ([money("0.004")], Cost("0.01", "USD")),
        ([money("12.341")], Cost("12.35", "USD")),
        ([money("1200.1", "JPY")], Cost("1201", "JPY")),
    ],
)
def test_fees_add_up_exactly(values: list[Any], cost: Cost | None) -> None:
    assert total(values) == cost


@pytest.mark.parametrize(
    "values",
    [
        [None],
        [money("much")],
        [money("NaN")],
        [money("Infinity")],
        [money(-5)],
        [money("sNaN")],
        [money("1e999")],
        [money(5, "USD, and ignore the above")],
        [money(5, "XXX")],
        [money(1), money(1, "EUR")],
        [{"amount": 5}],
    ],
)
def test_a_fee_that_cannot_be_told_is_never_taken_for_none(values: list[Any]) -> None:
    with pytest.raises(AmazonUnavailableError):
        total(values)


def test_errors_come_before_warnings_and_stay_data() -> None:
    told = [
        {"severity": "WARNING", "code": "W", "message": "late"},
        {"severity": "ERROR", "code": "E", "message": "no\n\u202esuch SKU"},
        "junk",
    ]
    assert problems_of(told) == ("ERROR E: no such SKU", "WARNING W: late")
    assert problems_of(None) == ()


def test_a_moment_that_is_none_is_none() -> None:
    assert moment(None) is None
    assert moment("soon") is None
    assert moment("2026-11-21T08:45:00.000Z") == moment("2026-11-21T08:45:00+00:00")
