"""The stream's promises: units conserved, one state each, forward, reproducible, harsh worlds included."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from stockroom.core.errors import NotFoundError
from stockroom.core.marketplaces import NETWORK_ZONES
from stockroom.simulator.world import World, WorldOptions, truth
from stockroom.simulator.world.records import event
from stockroom.simulator.world.states import KINDS

NOW = datetime(2026, 11, 21, 8, 45, tzinfo=UTC)
KEYS = [
    *("seq", "at", "visible_at", "account", "network", "country", "fc", "fnsku", "msku", "asin"),
    *("kind", "units", "from", "to", "disposition", "channel", "marketplace", "refs"),
    *("price", "currency", "cause"),
]
HARSH: dict[str, dict[str, float]] = {
    "default": {},
    "demand x5, loss x20, lead x3": {
        "demand_scale": 5,
        "loss_rate": 0.008,
        "damage_rate": 0.004,
        "lead_time_days": 96,
        "lead_time_sd": 40,
    },
    "everything goes wrong": {
        "demand_scale": 1.5,
        "demand_dispersion": 4,
        "cancel_rate": 0.6,
        "partial_cancel_rate": 1,
        "pending_rate": 1,
        "two_line_rate": 1,
        "return_rate": 0.6,
        "refund_rate": 0.2,
        "replacement_rate": 0.2,
        "mcf_rate": 1,
        "transfer_rate": 0.6,
        "remeasure_rate": 0.3,
        "loss_rate": 0.05,
        "damage_rate": 0.05,
        "reversal_rate": 1,
        "found_rate": 0.2,
        "short_receipt_rate": 1,
        "stockout_bias": 1,
        "strand_rate": 0.1,
        "suppress_rate": 0.1,
        "promotion_rate": 0.3,
        "fbm_share": 0.4,
        "discontinued_share": 0.8,
        "order_visibility_minutes": 30,
        "processing_hours": 240,
    },
    "nothing goes wrong": {
        "season_amplitude": 0,
        "weekly_amplitude": 0,
        "cancel_rate": 0,
        "receive_delay_days": 0,
        "processing_hours": 0,
        "order_visibility_minutes": 0,
        "ledger_delay_hours": 0,
        "loss_rate": 0,
        "damage_rate": 0,
        "transfer_rate": 0,
        "lead_time_days": 3,
        "lead_time_sd": 0,
    },
}


@cache
def world(kind: str = "default", *, days: int = 100, skus: int = 10, shift: int = 0) -> World:
    options = WorldOptions.create(
        now=NOW + timedelta(days=shift), seed=11, skus=skus, days=days, overrides=HARSH[kind]
    )
    return World(options)


@cache
def stream(kind: str, account: int) -> list[dict[str, Any]]:
    made = world(kind)
    seller = made.seller(list(made.sellers)[account])
    everything = seller.records(NOW)
    return [
        truth.as_json(event(record, seq, seller.seller.slug))
        for seq, record in enumerate(everything, 1)
    ]


def pool_of(happened: dict[str, Any]) -> tuple[str, str]:
    if happened["channel"] == "FBM":
        return ("merchant", happened["msku"])
    return (happened["network"], happened["fnsku"])


def state(happened: dict[str, Any], side: str) -> str | None:
    name: str | None = happened[side]
    return f"unsellable {happened['disposition']}" if name == "unsellable" else name


def replay(events: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], dict[str | None, int]]]:
    balances: dict[tuple[str, str], dict[str | None, int]] = defaultdict(lambda: defaultdict(int))
    for happened in events:
        if happened["from"] or happened["to"]:
            balance = balances[pool_of(happened)]
            balance[state(happened, "from")] -= happened["units"]
            balance[state(happened, "to")] += happened["units"]
            yield happened, balance


every_world = pytest.mark.parametrize(
    "kind",
    [
        pytest.param(kind, marks=pytest.mark.slow) if kind == "nothing goes wrong" else kind
        for kind in HARSH
    ],
)
every_account = pytest.mark.parametrize("account", [0, pytest.param(1, marks=pytest.mark.slow), 2])


@every_world
@every_account
def test_no_state_ever_holds_less_than_nothing(kind: str, account: int) -> None:
    for happened, balance in replay(stream(kind, account)):
        left = state(happened, "from")
        assert left is None or balance[left] >= 0, happened


@every_world
@every_account
def test_units_are_made_once_and_never_vanish(kind: str, account: int) -> None:
    for happened, balance in replay(stream(kind, account)):
        assert sum(balance.values()) == 0
        assert happened["to"] is not None, "a unit left the world"
        assert happened["units"] > 0


@every_world
@every_account
def test_each_lots_units_leave_only_where_they_lie(kind: str, account: int) -> None:
    shelves: dict[tuple[Any, ...], int] = defaultdict(int)
    for happened in stream(kind, account):
        unit_msku = happened["refs"].get("unit_msku", happened["msku"])
        place = (*pool_of(happened), happened["fc"] or unit_msku, unit_msku)
        for side, sign in (("from", -1), ("to", 1)):
            if happened[side] in {"sellable", "merchant"}:
                shelves[place] += sign * happened["units"]
                assert shelves[place] >= 0, happened


@every_world
@every_account
def test_a_line_reserves_what_was_ordered_and_ends_shipped_or_cancelled(
    kind: str, account: int
) -> None:
    lines: dict[str, Counter[str]] = defaultdict(Counter)
    for happened in stream(kind, account):
        if happened["kind"] in {"ordered", "reserved", "shipped", "cancelled", "returned"}:
            lines[happened["refs"]["order_item_id"]][happened["kind"]] += happened["units"]
    for line in lines.values():
        assert line["ordered"] > 0
        assert line["reserved"] == line["ordered"]
        assert line["shipped"] + line["cancelled"] <= line["ordered"]
        assert line["returned"] <= line["shipped"]


@every_world
@every_account
def test_sequence_is_gap_free_and_in_time(kind: str, account: int) -> None:
    events = stream(kind, account)
    assert [happened["seq"] for happened in events] == list(range(1, len(events) + 1))
    instants = [happened["at"] for happened in events]
    assert instants == sorted(instants)
    assert all(happened["visible_at"] >= happened["at"] for happened in events)


@every_account
def test_events_carry_exactly_the_promised_keys(account: int) -> None:
    for happened in stream("default", account):
        assert list(happened) == KEYS
        assert happened["kind"] in KINDS
        assert (happened["price"] is None) == (happened["currency"] is None)


def test_every_kind_of_event_happens() -> None:
    seen = {
        happened["kind"]
        for kind in ("default", "everything goes wrong")
        for account in range(3)
        for happened in stream(kind, account)
    }
    # No unit grows old enough for a surcharge here; tests/metrics/test_fees.py has a year of them.
    assert seen == set(KINDS) - {"surcharge_charged"}


@every_world
@every_account
def test_nothing_moves_before_eleven_local_time(kind: str, account: int) -> None:
    for happened in stream(kind, account):
        network = happened["network"] or ("NA_US" if account < 2 else "EU")
        local = datetime.fromisoformat(happened["at"]).astimezone(
            ZoneInfo(NETWORK_ZONES[network].key)
        )
        assert local.hour >= 11, happened


@every_account
def test_orders_come_until_the_last_minutes_of_the_day(account: int) -> None:
    zone = NETWORK_ZONES["EU" if account == 2 else "NA_US"]
    late = [
        happened
        for happened in stream("default", account)
        if happened["kind"] == "ordered"
        and happened["network"] in {"EU", "NA_US"}
        and datetime.fromisoformat(happened["at"]).astimezone(zone).strftime("%H:%M") >= "23:30"
    ]
    assert len(late) > 20


@every_account
def test_a_longer_world_begins_with_the_shorter_one(account: int) -> None:
    slug = list(world().sellers)[account]
    short = list(truth.event_lines(world(), slug, NOW))
    later = NOW + timedelta(days=20)
    straight = list(truth.event_lines(world(days=120, shift=20), slug, later))
    extended = World(world().options)
    extended.seller(slug).extend(NOW)
    assert list(truth.event_lines(extended, slug, later)) == straight
    assert straight[: len(short)] == short


def test_the_same_options_give_the_same_world_and_another_seed_another() -> None:
    slug = "tallowmere-home"
    again = World(world().options)
    other = World(WorldOptions.create(now=NOW, seed=12, skus=10, days=100))
    first = list(truth.event_lines(world(), slug, NOW))
    assert list(truth.event_lines(again, slug, NOW)) == first
    assert list(truth.event_lines(other, slug, NOW)) != first


def test_more_accounts_leave_the_first_ones_as_they_were() -> None:
    more = World(WorldOptions.create(now=NOW, seed=11, skus=10, days=100, account_count=7))
    assert list(more.sellers)[:3] == list(world().sellers)
    slug = "quillon-haus"
    assert list(truth.event_lines(more, slug, NOW)) == list(truth.event_lines(world(), slug, NOW))


def test_skus_of_two_accounts_never_share_a_prefix() -> None:
    options = WorldOptions.create(now=NOW, skus=8, days=30, account_count=40)
    assert len({account.code for account in options.accounts}) == 40
    assert len({account.slug for account in options.accounts}) == 40
    made = World(options)
    for account in options.accounts[:6]:
        listings = made.seller(account.slug).listings_at(NOW)
        assert listings
        assert all(listing.sku.startswith(f"{account.code}-") for listing in listings)


def test_credentials_are_distinct_and_shaped_like_amazons() -> None:
    sellers = list(World(WorldOptions.create(now=NOW, account_count=12)).sellers.values())
    assert len({seller.seller_id for seller in sellers}) == 12
    assert len({seller.refresh_token for seller in sellers}) == 12
    for seller in sellers:
        assert len(seller.seller_id) == 14
        assert seller.seller_id.startswith("A")
        assert seller.refresh_token.startswith("Atzr|")


def test_an_unknown_account_is_named_beside_the_known_ones() -> None:
    with pytest.raises(NotFoundError, match=r"nobody.*tallowmere-home"):
        world().seller("nobody")
