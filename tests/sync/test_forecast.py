"""A night worked out before it begins: calls on Amazon's budgets, and what they make of time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from tests.sync.conftest import NOW, Connected, calls

from stockroom.amazon.throttle import MARGIN
from stockroom.core.clock import FixedClock
from stockroom.db.engine import Database
from stockroom.reports import all_reports
from stockroom.spec.run import Run
from stockroom.sync.engine import SyncEngine
from stockroom.sync.forecast import Ask, Forecast, forecast
from stockroom.sync.request import polled
from stockroom.tenancy.vault import Vault

TURN_S = 60 / MARGIN
"""What a request costs once the burst is spent, with the margin we keep."""


def run(dataset: str, state: str = "planned") -> Run:
    day = date(2026, 11, 20)
    return Run(dataset=dataset, marketplace="", first_day=day, last_day=day, state=state)


def reports(count: int) -> list[Ask]:
    return [Ask(run(f"r{k}"), 10.0) for k in range(count)]


def seconds(night: Forecast) -> float:
    return (night.finish - night.at).total_seconds()


def spent(night: Forecast) -> dict[str, int]:
    return {one.operation.name: one.calls for one in night.spending}


def test_fifteen_reports_are_a_matter_of_seconds_and_each_further_one_of_a_minute() -> None:
    assert seconds(forecast(reports(15), NOW, {})) < 20
    night = forecast(reports(25), NOW, {})
    assert seconds(night) == pytest.approx(10 * TURN_S + 13, abs=5)
    assert night.bound_s == pytest.approx(10 * 60 + 10, abs=1)
    assert spent(night) == {"createReport": 25, "getReportDocument": 25, "getReport": 125}


def test_what_was_asked_lately_is_gone_from_the_budget() -> None:
    lately = {"createReport": [NOW - timedelta(seconds=1)] * 15}
    assert seconds(forecast(reports(2), NOW, lately)) > 1.9 * TURN_S
    long_ago = {"createReport": [NOW - timedelta(hours=1)] * 15}
    assert seconds(forecast(reports(2), NOW, long_ago)) < 20


def test_a_document_is_not_asked_for_twice_nor_what_is_here_already() -> None:
    asked, second = reports(2)
    shared = forecast([asked, replace(second, shared_with="r0")], NOW, {})
    assert spent(shared)["createReport"] == spent(shared)["getReportDocument"] == 1
    assert shared.lines[1].finish == shared.lines[0].finish
    states = ("requested", "ready", "landed")
    under_way = [Ask(run(state, state), 10.0) for state in states]
    assert spent(forecast(under_way, NOW, {})) == {"getReport": 5, "getReportDocument": 2}


def test_a_list_takes_its_pages_and_what_waits_for_hours_holds_up_nobody() -> None:
    pages = Ask(run("list"), pages={"getInventorySummaries": 100, "someOldName": 3})
    night = forecast([pages], NOW, {})
    assert spent(night) == {"getInventorySummaries": 100}
    assert 48 < seconds(night) < 60
    late = Ask(run("late").but(next_at=NOW + timedelta(hours=4)), 10.0)
    both = forecast([late, *reports(1)], NOW, {})
    assert both.lines[1].finish - NOW < timedelta(minutes=1)
    assert both.finish - NOW > timedelta(hours=4)


def test_polls_are_counted_as_they_are_made() -> None:
    assert polled(1) == (1, timedelta(seconds=2))
    assert polled(10) == (5, timedelta(seconds=10))
    assert polled(100)[1] - timedelta(seconds=100) <= timedelta(seconds=8)


async def test_what_is_foreseen_is_what_is_asked_and_then_the_coming_night(
    engine: SyncEngine, harbor: Connected, clock: FixedClock, amazon_url: str
) -> None:
    facts = replace(harbor.facts, settings={"history_days": 30})
    night = await engine.foresee(facts)
    assert {line.ask.run.reason for line in night.lines} == {"nightly"}
    summary = await engine.sync(facts, harbor.amazon)
    assert {run.state for run in summary.runs} == {"done"}
    assert await calls(amazon_url, "createReport") == spent(night)["createReport"]
    assert await calls(amazon_url, "getReportDocument") == spent(night)["getReportDocument"]

    coming = await engine.foresee(facts)
    assert coming.at - clock.now() > timedelta(hours=12)
    asked = {line.ask.run.dataset: line for line in coming.lines}
    assert set(asked) == set(engine.datasets)
    pages = await calls(amazon_url, "getInventorySummaries")
    listed = [dict(line.calls) for line in coming.lines if line.ask.run.dataset == "inventory"]
    assert sum(one["getInventorySummaries"] for one in listed) == pages


async def test_the_first_night_knows_what_every_dataset_will_ask(
    database: Database, clock: FixedClock, vault: Vault, harbor: Connected
) -> None:
    engine = SyncEngine(
        database=database, clock=clock, reports=all_reports(), metrics=(), cipher=vault
    )
    night = await engine.foresee(replace(harbor.facts, settings={"history_days": 30}))
    asked = {line.ask.run.dataset: line for line in night.lines}
    assert len(asked) > 35
    for line in asked.values():
        assert line.calls or line.ask.shared_with
    assert dict(asked["ads_sp_campaigns"].calls) == {"createAdsReport": 1, "getAdsReport": 3}
    kept = engine.report("settlements").history  # the first look finds all that Amazon keeps
    documents = kept * len(harbor.facts.marketplaces) // 14
    assert dict(asked["settlements"].calls) == {"getReports": 1, "getReportDocument": documents}
    spending = spent(night)
    assert spending["createAdsReport"] >= 5
    assert spending["searchListingsItems"] == len(harbor.facts.marketplaces)
