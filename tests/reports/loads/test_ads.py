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

from stockroom.simulator.world.advertised import WINDOWS

if TYPE_CHECKING:
    from tests.reports.loads.conftest import Loader

DATASETS = {
    "ads_sp_products": ("SPONSORED_PRODUCTS", ("day", "marketplace", "campaign_id", "ad_id")),
    "ads_sp_campaigns": ("SPONSORED_PRODUCTS", ("day", "marketplace", "campaign_id")),
    "ads_sb_campaigns": ("SPONSORED_BRANDS", ("day", "marketplace", "campaign_id")),
    "ads_sd_products": ("SPONSORED_DISPLAY", ("day", "marketplace", "campaign_id", "ad_id")),
    "ads_sd_campaigns": ("SPONSORED_DISPLAY", ("day", "marketplace", "campaign_id")),
}
TRAFFIC = ("impressions", "clicks", "cost")


def columns_of(dataset: str) -> tuple[str, ...]:
    windows = WINDOWS if dataset.startswith("ads_sp") else (14,)
    credited = (f"{what}_{days}d" for days in windows for what in ("orders", "units", "sales"))
    return (*TRAFFIC, *credited)


def truth(loader: Loader, dataset: str) -> dict[tuple[str, ...], list[Decimal]]:
    """What the events say of the days that are in, by the dataset's key."""
    product, key = DATASETS[dataset]
    sums: dict[tuple[str, ...], list[Decimal]] = defaultdict(
        lambda: [Decimal(0)] * len(columns_of(dataset))
    )
    for event in loader.advertised:
        told = {**event.refs, "marketplace": event.marketplace}
        if told["ad_product"] == product:
            place = tuple(str(told[name]) for name in key)
            figures = [Decimal(str(told[name])) for name in columns_of(dataset)]
            sums[place] = [a + b for a, b in zip(sums[place], figures, strict=True)]
    return dict(sums)


async def test_what_is_loaded_is_what_happened(loader: Loader) -> None:
    await loader.load(*DATASETS)
    for dataset, (_, key) in DATASETS.items():
        names = ", ".join((*key, *columns_of(dataset)))
        stored = {
            tuple(map(str, row[: len(key)])): list(row[len(key) :])
            for row in await loader.rows(f"select {names} from core.{dataset}")  # noqa: S608 - our own names
        }
        days = {str(day) for day in await loader.days(dataset)}
        happened = truth(loader, dataset)
        assert stored == {place: happened[place] for place in happened if place[0] in days}
        assert len(days) >= 56
        assert {place[1] for place in stored} == set(loader.seller.marketplaces)


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
    nowhere = replace(facts, id=facts.id, ads_marketplaces=())
    await loader.rows("delete from app.runs returning 1")
    assert await loader.engine.plan(nowhere, datasets=DATASETS) == []
