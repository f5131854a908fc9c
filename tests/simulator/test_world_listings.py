"""Listings as they stand at each moment, recounted from the events alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

from tests.simulator.reading import every_seller

from stockroom.simulator.world import Event, SellerWorld, World, WorldOptions
from stockroom.simulator.world.records import event

NOW = datetime(2026, 11, 21, 8, 45, tzinfo=UTC)
DAYS = 100
SLUGS = ["tallowmere-home", "fennwick-outdoor", "quillon-haus"]


@cache
def seller(slug: str) -> SellerWorld:
    options = WorldOptions.create(
        now=NOW, seed=5, skus=20, days=DAYS, overrides={"cancel_rate": 0.15}
    )
    return World(options).seller(slug)


@cache
def happened(slug: str) -> list[Event]:
    records = seller(slug).records(NOW)
    return [event(record, seq, slug) for seq, record in enumerate(records, 1)]


@every_seller
def test_listing_prices_follow_their_events(slug: str) -> None:
    price: dict[tuple[str, str | None], str | None] = {}
    for row in happened(slug):
        if row.kind in {"listing_created", "price_changed"}:
            price[row.msku, row.marketplace] = row.price
    shown = seller(slug).listings_at(NOW)
    assert {(row.sku, row.marketplace): str(row.price) for row in shown} == price


@every_seller
def test_a_listing_is_shown_as_it_was_at_each_moment(slug: str) -> None:
    checked = 0
    for row in happened(slug):
        if row.kind not in {"price_changed", "stranded", "suppressed", "promotion_started"}:
            continue
        before, after = (
            next(
                state
                for state in seller(slug).listings_at(at)
                if (state.sku, state.marketplace) == (row.msku, row.marketplace)
            )
            for at in (row.at - timedelta(seconds=1), row.at)
        )
        assert before != after
        assert after.updated_at == row.at
        if row.kind == "price_changed":
            assert str(after.price) == row.price
        elif row.kind == "promotion_started":
            assert str(after.sale_price) == row.price
            assert before.sale_price is None
        else:
            assert after.issues == (row.kind,)
            assert not after.discoverable
        checked += 1
        if checked == 40:
            break
    assert checked > 5


def test_nobody_buys_what_is_stranded_or_suppressed() -> None:
    blocked: set[tuple[str, str | None]] = set()
    for row in happened(SLUGS[2]):
        key = (row.msku, row.marketplace)
        if row.kind in {"stranded", "suppressed"}:
            blocked.add(key)
        elif row.kind in {"unstranded", "unsuppressed"}:
            blocked.discard(key)
        assert row.kind != "ordered" or key not in blocked


def test_merchant_listings_have_a_quantity_and_no_pool() -> None:
    many = World(WorldOptions.create(now=NOW, skus=20, days=40, overrides={"fbm_share": 0.5}))
    rows = [row for slug in SLUGS for row in many.seller(slug).listings_at(NOW)]
    merchant = [row for row in rows if row.channel == "FBM"]
    assert merchant
    for row in rows:
        own = row.channel == "FBM"
        assert (row.merchant_quantity is not None) == own
        assert (row.fnsku is None) == own
        assert (row.network is None) == own


def test_titles_carry_what_breaks_parsers_and_fit_windows_1252() -> None:
    text = "".join(
        row.title
        for row in World(WorldOptions.create(now=NOW, skus=80, days=40))
        .seller(SLUGS[2])
        .listings_at(NOW)
    )
    assert all(mark in text for mark in ("é", "“", "”", '"'))
    assert text.encode("cp1252").decode("cp1252") == text
