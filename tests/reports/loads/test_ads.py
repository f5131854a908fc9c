"""Advertising as it is loaded, held against what really happened."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from tests.sync.conftest import NOW

from stockroom.simulator.world.advertised import SHOWN

if TYPE_CHECKING:
    from tests.reports.loads.conftest import Loader

DATASETS = {
    "ads_sp_products": ("SPONSORED_PRODUCTS", ("day", "marketplace", "campaign_id", "ad_id")),
    "ads_sp_campaigns": ("SPONSORED_PRODUCTS", ("day", "marketplace", "campaign_id")),
    "ads_sb_campaigns": ("SPONSORED_BRANDS", ("day", "marketplace", "campaign_id")),
    "ads_sd_products": ("SPONSORED_DISPLAY", ("day", "marketplace", "campaign_id", "ad_id")),
    "ads_sd_campaigns": ("SPONSORED_DISPLAY", ("day", "marketplace", "campaign_id")),
}
WINDOWS = (1, 7, 14, 30)
Key = tuple[str, ...]
Sums = dict[Key, dict[str, Decimal]]


def windows_of(dataset: str) -> tuple[int, ...]:
    return WINDOWS if dataset.startswith("ads_sp") else (14,)


def truth(loader: Loader, dataset: str) -> Sums:
    """What the events say, by the dataset's key."""
    product, key = DATASETS[dataset]
    sums: Sums = defaultdict(lambda: defaultdict(Decimal))
    for event in loader.advertised:
        told = {**event.refs, "marketplace": event.marketplace}
        if told["ad_product"] != product:
            continue
        row = sums[tuple(str(told[name]) for name in key)]
        if event.kind == SHOWN:
            for name in ("impressions", "clicks", "cost"):
                row[name] += Decimal(str(told[name]))
            continue
        for days in windows_of(dataset):
            if told["days_after_click"] < days:
                row[f"orders_{days}d"] += 1
                row[f"units_{days}d"] += event.units
                row[f"sales_{days}d"] += Decimal(event.price or 0)
    return sums


async def stored(loader: Loader, dataset: str) -> Sums:
    """What is in the table, zeros left out."""
    _, key = DATASETS[dataset]
    credited = (
        f"{w}_{days}d" for days in windows_of(dataset) for w in ("orders", "units", "sales")
    )
    names = (*key, "impressions", "clicks", "cost", *credited)
    rows = await loader.rows(f"select {', '.join(names)} from core.{dataset}")  # noqa: S608 - our own names
    return {
        tuple(map(str, row[: len(key)])): {
            name: figure
            for name, figure in zip(names[len(key) :], row[len(key) :], strict=True)
            if figure
        }
        for row in rows
    }


async def test_what_is_loaded_is_what_happened(loader: Loader) -> None:
    # Five stores are many requests: there the newest month stands for the rest.
    await loader.load(*DATASETS, days=101 if len(loader.seller.marketplaces) < 3 else 31)
    for dataset in DATASETS:
        days = {str(day) for day in await loader.days(dataset)}
        happened = {
            place: {name: sum_ for name, sum_ in sums.items() if sum_}
            for place, sums in truth(loader, dataset).items()
            if place[0] in days
        }
        assert await stored(loader, dataset) == happened
        assert len(days) >= 31
        assert {place[1] for place in happened} == set(loader.seller.marketplaces)


def asked(loader: Loader) -> list[dict[str, Any]]:
    """What was asked of the pretend advertising API."""
    journal = loader.home / "simulator" / "ads_reports.jsonl"
    return [json.loads(line) for line in journal.read_text().splitlines()]


@pytest.mark.parametrize("loader", ["NA"], indirect=True)
async def test_recent_days_are_asked_again_and_say_more(loader: Loader) -> None:
    await loader.load("ads_sp_campaigns")
    before, sales = len(asked(loader)), "select sum(sales_14d) from core.ads_sp_campaigns"
    since = NOW.date() - timedelta(days=12)
    ((first,),) = await loader.rows(f"{sales} where day between %s and %s", since, since)
    loader.clock.move(3 * 86_400)
    await loader.load("ads_sp_campaigns")
    again = asked(loader)[before:]
    assert len(again) == len(loader.seller.marketplaces)
    assert {(one["ask"]["first"], one["ask"]["last"]) for one in again} == {
        ("2026-11-08", "2026-11-22")
    }
    ((second,),) = await loader.rows(f"{sales} where day between %s and %s", since, since)
    assert second >= first > 0


@pytest.mark.parametrize("loader", ["NA"], indirect=True)
async def test_a_crash_after_asking_takes_the_report_over(loader: Loader) -> None:
    facts, amazon, engine = loader.connected.facts, loader.connected.amazon, loader.engine
    (run, *_) = await engine.plan(facts, datasets=["ads_sb_campaigns"])
    requested = await engine.advance(facts, run, amazon)
    await loader.rows(
        "update app.runs set state = 'planned', report_id = null where id = %s returning 1", run.id
    )
    found = await engine.advance(facts, await engine.find(facts, run.id), amazon)
    assert found.report_id == requested.report_id
    assert len(asked(loader)) == 1


@pytest.mark.parametrize("loader", ["NA"], indirect=True)
async def test_nothing_is_planned_where_advertising_is_not_connected(loader: Loader) -> None:
    facts = replace(loader.connected.facts, ads_marketplaces=("US",))
    planned = await loader.engine.plan(facts, datasets=DATASETS)
    assert {run.marketplace for run in planned} == {"US"}
    nowhere = replace(facts, ads_marketplaces=())
    await loader.rows("delete from app.runs returning 1")
    assert await loader.engine.plan(nowhere, datasets=DATASETS) == []


@pytest.mark.parametrize("loader", ["NA"], indirect=True)
async def test_a_report_that_fails_is_asked_for_a_few_times_more(loader: Loader) -> None:
    facts, amazon, engine = loader.connected.facts, loader.connected.amazon, loader.engine
    (run, *_) = await engine.plan(facts, datasets=["ads_sd_campaigns"])
    for _ in range(3):
        run = await engine.advance(facts, run, amazon)
        await loader.cancel_ads_report(run.report_id or "", run.marketplace)
        run = await engine.advance(facts, run, amazon)
        loader.clock.move(20 * 60)
    assert (run.state, run.error_kind) == ("failed", "FAILED")
    assert len({one["id"] for one in asked(loader)}) == 3
