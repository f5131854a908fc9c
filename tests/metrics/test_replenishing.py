"""Quantities and dates of replenishment: on paper figures, and against a second opinion."""

from __future__ import annotations

import math
import statistics
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from stockroom.metrics.formulas.replenishing import (
    Assumed,
    Demand,
    Lot,
    Quantity,
    Supply,
    cautious_stockout,
    latest_safe_order,
    safety_units,
    to_order,
    to_send,
)
from stockroom.metrics.formulas.walk import Arrival

AS_OF = date(2026, 11, 20)
TEN_A_DAY = Demand(Fraction(10), Fraction(9), measured=True)
"""10 a day, give or take 3."""
PLANNED = Assumed(
    lead_time=Fraction(12),
    lead_spread=Fraction(1, 2),
    transit=Fraction(4),
    review=Fraction(7),
    target=Fraction(30),
    service_level=Fraction(95, 100),
)
Z95 = 1.6448536269514722


def _on(offset: int, units: int) -> Arrival:
    return Arrival(AS_OF + timedelta(days=offset), units)


def _order(supply: Supply, assumed: Assumed = PLANNED) -> Quantity:
    found = to_order(TEN_A_DAY, safety_units(TEN_A_DAY, assumed), assumed, supply)
    assert found is not None
    return found


def test_safety_covers_a_worse_demand_and_a_longer_lead() -> None:
    # √(16 · 3² + 10² · 0.5²) = √169 = 13
    assert float(safety_units(TEN_A_DAY, PLANNED) or 0) == pytest.approx(13 * Z95, abs=1e-6)


def test_the_candidate_is_demand_and_safety_less_all_that_comes_anyway() -> None:
    found = _order(
        Supply(100, AS_OF, [_on(5, 40), _on(53, 10), _on(54, 500)], [Lot(60, None)], on_order=20)
    )

    assert found.horizon == 53
    assert found.demand == 530
    assert (found.arriving, found.reserve, found.on_order) == (50, 60, 20)
    # 530 + 21.38 − (100 + 50 + 60 + 20) = 321.38
    assert float(found.need) == pytest.approx(321.383097, abs=1e-6)
    assert found.units == 322


def test_it_fills_cases_and_is_at_least_the_smallest_order() -> None:
    supply = Supply(230, AS_OF)
    assert _order(supply, replace(PLANNED, case_pack=24)).units == 336
    assert _order(supply, replace(PLANNED, case_pack=24, moq=500)).units == 504


def test_nothing_is_needed_where_there_is_enough_however_large_the_smallest_order() -> None:
    found = _order(Supply(552, AS_OF), replace(PLANNED, moq=500))

    assert found.need < 0
    assert found.units == 0


def test_a_reserve_too_far_away_does_not_land() -> None:
    assert _order(Supply(0, AS_OF, reserve=[Lot(60, 54), Lot(7, 53)])).reserve == 7


def test_what_is_sent_lasts_the_transit_and_is_bounded_by_the_reserve_in_whole_cases() -> None:
    assumed = replace(PLANNED, case_pack=24)
    supply = Supply(100, AS_OF, [_on(41, 40), _on(42, 500)], [Lot(9_000, None)], on_order=9_000)
    safety = safety_units(TEN_A_DAY, assumed)
    free = to_send(TEN_A_DAY, safety, assumed, supply)
    bounded = to_send(TEN_A_DAY, safety, assumed, replace(supply, sendable=130))

    assert free is not None
    assert bounded is not None
    # 41 days: 410 + 21.38 − (100 + 40) = 291.38
    assert float(free.need) == pytest.approx(291.383097, abs=1e-6)
    assert (free.units, bounded.units) == (312, 120)


@pytest.mark.parametrize("name", ["lead_time", "lead_spread", "transit"])
def test_what_is_unknown_makes_unknown_and_is_never_taken_for_nothing(name: str) -> None:
    unknown: dict[str, Any] = {name: None}
    assumed = replace(PLANNED, **unknown)

    safety = safety_units(TEN_A_DAY, assumed)

    assert safety is None
    assert to_order(TEN_A_DAY, safety, assumed, Supply(0, AS_OF)) is None
    assert to_send(TEN_A_DAY, safety, assumed, Supply(0, AS_OF)) is None


def test_the_cautious_shelf_is_empty_first() -> None:
    # 10 + 1.64 · 3 = 14.93 a day: 100 units last 6.7 days, with 40 more on day 7 9.4.
    assert cautious_stockout(TEN_A_DAY, PLANNED, Supply(100, AS_OF)) == date(2026, 11, 27)
    coming = Supply(100, AS_OF, [_on(7, 40)])
    assert cautious_stockout(TEN_A_DAY, PLANNED, coming) == date(2026, 11, 30)


def test_an_order_is_safe_a_lead_and_the_safety_before_the_cautious_stockout() -> None:
    # 16 days and 21.38 / 10 = 2.1 days: 19 whole days before.
    day = latest_safe_order(date(2026, 12, 31), Fraction(16), Fraction(21_383, 1_000), Fraction(10))
    assert day == date(2026, 12, 12)


def test_the_spread_is_the_samples_from_fourteen_days_on() -> None:
    enough = Demand.of(Fraction(10), 140, 14 * 100 + 14 * 4, 14)
    few = Demand.of(Fraction(10), 130, 13 * 100, 13)

    assert enough.measured
    assert enough.variance == Fraction(56, 13)
    assert not few.measured
    assert few.spread == 5


def test_at_even_odds_there_is_no_safety() -> None:
    even = replace(PLANNED, service_level=Fraction(1, 2))
    assert safety_units(TEN_A_DAY, even) == 0
    assert cautious_stockout(TEN_A_DAY, even, Supply(100, AS_OF)) == date(2026, 11, 30)


def test_without_demand_nothing_runs_out_and_nothing_is_ordered() -> None:
    still = Demand.of(Fraction(0), 0, 0, 30)

    assert cautious_stockout(still, PLANNED, Supply(5, AS_OF)) is None
    order = to_order(still, safety_units(still, PLANNED), PLANNED, Supply(0, AS_OF))
    assert order is not None
    assert order.units == 0


@given(
    days=st.lists(st.integers(0, 500), min_size=14, max_size=30),
    lead=st.tuples(st.integers(0, 200), st.integers(0, 60), st.integers(0, 40)),
    level=st.integers(50, 99),
    bounds=st.tuples(st.integers(1, 100), st.integers(0, 2_000)),
    there=st.tuples(st.integers(0, 20_000), st.integers(0, 5_000), st.integers(0, 5_000)),
)
def test_a_second_opinion_in_floats_orders_the_same(
    days: list[int],
    lead: tuple[int, int, int],
    level: int,
    bounds: tuple[int, int],
    there: tuple[int, int, int],
) -> None:
    (mean_lead, spread, transit), (case, moq) = lead, bounds
    sellable, reserve, on_order = there
    mean = sum(days) / len(days)
    total = mean_lead + transit
    z = statistics.NormalDist().inv_cdf(level / 100)
    safety = z * math.hypot(math.sqrt(total) * statistics.stdev(days), mean * spread)
    need = mean * (total + 7 + 30) + safety - sellable - reserve - on_order
    cases = max(need, moq) / case
    assume(abs(cases - round(cases)) * case > 1e-4 or cases == moq / case)
    assume(abs(need) > 1e-4)

    squares = sum(units * units for units in days)
    demand = Demand.of(Fraction(sum(days), len(days)), sum(days), squares, len(days))
    assumed = Assumed(
        lead_time=Fraction(mean_lead),
        lead_spread=Fraction(spread),
        transit=Fraction(transit),
        review=Fraction(7),
        target=Fraction(30),
        service_level=Fraction(level, 100),
        case_pack=case,
        moq=moq,
    )
    supply = Supply(sellable, AS_OF, reserve=[Lot(reserve, None)], on_order=on_order)
    found = to_order(demand, safety_units(demand, assumed), assumed, supply)

    assert found is not None
    assert found.units == (math.ceil(cases) * case if need > 0 else 0)
