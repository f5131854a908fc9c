"""The walk and its bands, on paper figures and against a day-by-day simulation."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockroom.core.errors import InvalidInputError
from stockroom.metrics.formulas.bands import Bands
from stockroom.metrics.formulas.walk import HORIZON_DAYS, Arrival, Walk, walk

AS_OF = date(2026, 11, 20)
TEN_A_DAY = Fraction(140, 14)


def _on(offset: int, units: int) -> Arrival:
    return Arrival(AS_OF + timedelta(days=offset), units)


def test_140_units_over_14_days_and_80_sellable_are_8_days() -> None:
    found = walk(80, TEN_A_DAY, [], AS_OF)

    assert TEN_A_DAY == 10
    assert found == Walk(Fraction(8), AS_OF + timedelta(days=8), None, None)


def test_a_part_of_a_day_is_kept_and_the_stockout_is_the_day_it_ends_in() -> None:
    found = walk(85, TEN_A_DAY, [], AS_OF)

    assert found.in_time_days == Fraction(17, 2)
    assert found.stockout_date == AS_OF + timedelta(days=9)


def test_an_arrival_on_the_stockout_day_itself_is_in_time() -> None:
    found = walk(80, TEN_A_DAY, [_on(8, 30)], AS_OF)

    assert found.in_time_days == 11
    assert found.stockout_date == AS_OF + timedelta(days=11)
    assert found.mended_on is None


def test_an_arrival_one_day_after_the_stockout_only_mends_it() -> None:
    found = walk(80, TEN_A_DAY, [_on(9, 30), _on(12, 500)], AS_OF)

    assert found.in_time_days == 8
    assert found.stockout_date == AS_OF + timedelta(days=8)
    assert found.mended_on == AS_OF + timedelta(days=9)
    assert found.gap_days == 1


def test_an_empty_shelf_is_out_at_once_and_mended_by_what_comes() -> None:
    found = walk(0, TEN_A_DAY, [_on(3, 30)], AS_OF)

    assert found == Walk(Fraction(0), AS_OF, AS_OF + timedelta(days=3), 3)


def test_nothing_arrives_before_tomorrow() -> None:
    late = walk(0, TEN_A_DAY, [_on(-4, 30)], AS_OF)
    in_time = walk(5, TEN_A_DAY, [_on(-4, 30)], AS_OF)

    assert late.mended_on == AS_OF + timedelta(days=1)
    assert in_time.in_time_days == Fraction(7, 2)


def test_beyond_the_horizon_there_is_no_stockout() -> None:
    assert walk(3651, TEN_A_DAY, [], AS_OF) == Walk(Fraction(HORIZON_DAYS), None, None, None)
    assert walk(3650, TEN_A_DAY, [], AS_OF).stockout_date == AS_OF + timedelta(days=365)


@given(
    sellable=st.integers(0, 300),
    units=st.integers(1, 400),
    days=st.integers(1, 90),
    coming=st.lists(st.tuples(st.integers(1, 60), st.integers(1, 200)), max_size=4),
)
def test_the_walk_is_what_walking_day_by_day_finds(
    sellable: int, units: int, days: int, coming: list[tuple[int, int]]
) -> None:
    velocity = Fraction(units, days)
    shelf, stockout = Fraction(sellable), None
    supply = Fraction(sellable)
    for day in range(HORIZON_DAYS + 1):
        landed = sum(amount for offset, amount in coming if offset == day)
        shelf += landed
        supply += landed
        shelf -= velocity if day else 0
        if shelf <= 0:
            stockout = day
            break

    found = walk(sellable, velocity, [_on(offset, amount) for offset, amount in coming], AS_OF)

    if stockout is None:
        assert found == Walk(Fraction(HORIZON_DAYS), None, None, None)
        return
    later = [offset for offset, _ in coming if offset > stockout]
    assert found.stockout_date == AS_OF + timedelta(days=stockout)
    assert found.in_time_days == supply / velocity
    assert found.gap_days == (min(later) - stockout if later else None)


@pytest.mark.parametrize(
    ("sellable", "in_time", "everything", "band"),
    [
        (10, 6.9, 6.9, "critical"),
        (10, 7, 7, "at_risk"),
        (10, 14, 14, "warning"),
        (10, 21, 90, "healthy"),
        (10, 21, 91, "excess"),
        (10, 20, 91, "warning"),
        (0, 0, 5, "out_of_stock"),
    ],
)
def test_bands_are_judged_by_what_is_in_time(
    sellable: int, in_time: float, everything: float, band: str
) -> None:
    found = Bands().judge(sellable, Fraction(1), Fraction(in_time), Fraction(everything))

    assert found == band


def test_without_demand_there_is_no_cover_to_judge() -> None:
    assert Bands().judge(10, Fraction(0), None, None) == "no_demand"
    assert Bands().judge(0, None, None, None) == "no_demand"


def test_an_account_sets_its_own_thresholds() -> None:
    bands = Bands.of_settings({"bands": {"critical": 10, "at_risk": 20, "warning": 30}})

    assert bands == Bands(10, 20, 30, 90)
    assert "critical < 10" in bands.sentence()


@pytest.mark.parametrize("given_bands", [{"critical": 30}, {"critical": "7"}, {"urgent": 3}])
def test_thresholds_that_cannot_be_are_refused(given_bands: dict[str, object]) -> None:
    with pytest.raises(InvalidInputError, match="threshold"):
        Bands.of_settings({"bands": given_bands})
