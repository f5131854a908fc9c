"""The realistic trouble a default world must hold, so that others can be tested on it."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from functools import cache
from typing import Any

from stockroom.simulator.world import World, WorldOptions, truth
from stockroom.simulator.world.records import event

NOW = datetime(2026, 11, 21, 8, 45, tzinfo=UTC)


@cache
def world(*, days: int = 100, skus: int = 16) -> World:
    return World(WorldOptions.create(now=NOW, seed=11, skus=skus, days=days))


@cache
def stream(account: int) -> list[dict[str, Any]]:
    seller = list(world().sellers)[account]
    records = world().seller(seller).records(NOW)
    return [truth.as_json(event(record, seq, seller)) for seq, record in enumerate(records, 1)]


def orders(account: int) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for happened in stream(account):
        if happened["kind"] == "ordered":
            found[happened["refs"]["order_id"]].append(happened)
    return found


def test_some_orders_have_two_lines_of_one_sku_and_some_of_two() -> None:
    pairs = [lines for lines in orders(0).values() if len(lines) == 2]
    assert any(first["msku"] == second["msku"] for first, second in pairs)
    assert any(first["msku"] != second["msku"] for first, second in pairs)
    items = [line["refs"]["order_item_id"] for lines in pairs for line in lines]
    assert len(items) == len(set(items))


def test_multi_channel_and_replacement_orders_are_free_and_marked() -> None:
    lines = [line for found in orders(0).values() for line in found]
    multi = [line for line in lines if line["refs"]["order_channel"] == "mcf"]
    again = [line for line in lines if line["cause"] == "replacement"]
    assert multi
    assert again
    assert all(line["price"] == "0.00" for line in multi + again)
    assert all("replaces" in line["refs"] for line in again)
    replaced = [happened for happened in stream(0) if happened["kind"] == "replaced"]
    assert sum(line["units"] for line in again) == sum(happened["units"] for happened in replaced)


def test_demand_is_recorded_while_there_is_no_stock() -> None:
    made = world()
    dry = [
        day
        for listing in truth.days(made, "tallowmere-home", NOW)
        for day in listing["days"][10:]
        if day["wanted"] and not day["sellable"] and not day["ordered"]
    ]
    assert dry


def test_demand_is_heavy_tailed() -> None:
    made = world(skus=120, days=60)
    sold = sorted(
        sum(day["ordered"] for day in listing["days"])
        for listing in truth.days(made, "tallowmere-home", NOW)
    )
    assert sum(sold[-len(sold) // 5 :]) > 0.5 * sum(sold)
    assert sold[-1] > 10 * 60 * 0.5


def test_the_default_accounts_have_the_promised_pools() -> None:
    made = world()
    first, second, third = (made.seller(slug).listings_at(NOW) for slug in made.sellers)
    remote = [row for row in first if row.remote]
    assert remote
    assert all(row.marketplace == "CA" and row.network == "NA_US" for row in remote)
    by_pool: dict[tuple[str | None, str | None, str], set[str]] = defaultdict(set)
    for row in first:
        if row.fnsku:
            by_pool[row.network, row.fnsku, row.asin].add(row.sku)
    assert any(len(skus) == 2 for skus in by_pool.values())
    assert any(row.network == "NA_CA" and not row.remote for row in second)
    assert any(row.marketplace == "MX" for row in second)
    pools = defaultdict(set)
    for row in third:
        if row.channel == "FBA":
            assert row.network == ("UK" if row.marketplace == "UK" else "EU")
            pools[row.network, row.fnsku].add(row.marketplace)
    assert {"DE", "FR", "IT", "ES"} in pools.values()
    assert {"UK"} in pools.values()
