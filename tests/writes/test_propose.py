"""A preview: worked out from live values, judged, stored; Amazon is not touched."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from tests.writes.conftest import Bench

from stockroom.core.errors import (
    AmazonRefusedError,
    GuardrailError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    StoppedError,
)
from stockroom.core.scope import Scope


async def test_a_preview_shows_before_and_after_and_sends_nothing(bench: Bench) -> None:
    preview = await bench.proposed()

    assert preview.state == "proposed"
    assert preview.before == {"price": str(bench.listing.price), "currency": "USD"}
    assert preview.after["price"] == str(bench.listing.price + Decimal("0.50"))
    assert preview.approve_url == f"https://stock.example.com/console/changes/{preview.id}"
    assert preview.expires_at == "2026-11-21T09:00:00+00:00"
    assert await bench.sent() == 0


async def test_a_preview_is_in_the_audit_with_who_and_what(bench: Bench) -> None:
    await bench.proposed()

    (row,) = await bench.audit()
    assert (row.seq, row.action, row.actor) == (1, "proposed", f"key {bench.asker.key_id}")
    assert '"client":"tests"' in row.details
    assert bench.listing.sku in row.details


async def test_an_idempotency_key_gives_the_first_result_again(bench: Bench) -> None:
    gate, wanted = bench.gate(), bench.wanted()
    first = await gate.propose(bench.asker, "set_price", wanted, idempotency_key="monday")
    again = await gate.propose(bench.asker, "set_price", wanted, idempotency_key="monday")

    assert again == first
    assert await bench.actions() == ["proposed"]


async def test_a_repeat_after_the_preview_lapsed_says_that_it_expired(bench: Bench) -> None:
    gate, wanted = bench.gate(), bench.wanted()
    first = await gate.propose(bench.asker, "set_price", wanted, idempotency_key="monday")
    bench.clock.move(15 * 60)
    again = await gate.propose(bench.asker, "set_price", wanted, idempotency_key="monday")

    assert (again.id, again.state) == (first.id, "expired")
    assert await bench.actions() == ["proposed", "expired"]


async def test_two_proposals_at_once_with_one_idempotency_key_are_one(bench: Bench) -> None:
    gate, wanted = bench.gate(), bench.wanted()
    previews = await asyncio.gather(
        *(
            gate.propose(bench.asker, "set_price", wanted, idempotency_key="monday")
            for _ in range(4)
        )
    )
    assert len({preview.id for preview in previews}) == 1
    assert await bench.actions() == ["proposed"]


async def test_an_idempotency_key_is_refused_for_other_arguments(bench: Bench) -> None:
    gate = bench.gate()
    await gate.propose(bench.asker, "set_price", bench.wanted(), idempotency_key="monday")
    other = bench.wanted(str(bench.listing.price - 1))
    with pytest.raises(InvalidInputError) as refused:
        await gate.propose(bench.asker, "set_price", other, idempotency_key="monday")
    assert refused.value.field == "idempotency_key"


async def test_idempotency_keys_of_two_keys_do_not_meet(bench: Bench) -> None:
    gate, wanted = bench.gate(), bench.wanted()
    other = await bench.another_key()
    mine = await gate.propose(bench.asker, "set_price", wanted, idempotency_key="monday")
    theirs = await gate.propose(other, "set_price", wanted, idempotency_key="monday")
    assert mine.id != theirs.id


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"currency": "EUR"}, "currency"),
        ({"marketplace": "DE", "currency": "EUR"}, "marketplace"),
        ({"marketplace": "XX"}, "marketplace"),
        ({"price": "0"}, "price"),
        ({"price": "19.999"}, "price"),
        ({"price": "-1"}, "price"),
        ({"price": "cheap"}, "price"),
        ({"quantity": "1"}, "quantity"),
    ],
)
async def test_an_argument_that_cannot_be_used_is_named(
    bench: Bench, given: dict[str, str], field: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        await bench.gate().propose(bench.asker, "set_price", bench.wanted() | given)
    assert refused.value.field == field
    assert await bench.sent() == 0


async def test_a_currency_refusal_names_both(bench: Bench) -> None:
    with pytest.raises(InvalidInputError, match=r"USD, not EUR"):
        await bench.gate().propose(bench.asker, "set_price", bench.wanted(currency="EUR"))


async def test_the_same_price_is_not_a_change(bench: Bench) -> None:
    with pytest.raises(InvalidInputError, match="already"):
        await bench.proposed(str(bench.listing.price))


async def test_an_unknown_sku_is_not_found(bench: Bench) -> None:
    with pytest.raises(NotFoundError) as refused:
        await bench.gate().propose(bench.asker, "set_price", bench.wanted(sku="NO-SUCH-SKU"))
    assert refused.value.field == "sku"


async def test_a_price_under_the_listings_own_minimum_is_refused(bench: Bench) -> None:
    assert bench.listing.minimum_price is not None
    with pytest.raises(GuardrailError, match=f"minimum price is {bench.listing.minimum_price}"):
        await bench.proposed(str(bench.listing.minimum_price - Decimal("0.01")))
    assert await bench.actions() == ["refused"]


async def test_what_amazon_would_not_take_is_refused_with_its_reasons(bench: Bench) -> None:
    listing = next(one for one in bench.listings if one.maximum_price is None)
    wanted = bench.wanted("100000", sku=listing.sku)
    with pytest.raises(AmazonRefusedError) as refused:
        await bench.gate().propose(bench.asker, "set_price", wanted)

    assert "below 100000" in " ".join(refused.value.amazon_says)
    assert "100000" not in str(refused.value)
    (row,) = await bench.audit()
    assert row.action == "refused"
    assert "below 100000" in row.details


@pytest.mark.parametrize(
    "limits",
    [
        {"rules": [{"tool": "set_price", "measure": "relative_change", "max": "0.001"}]},
        {"changes_per_day": 0},
        {"unheard_of": 1},
    ],
)
async def test_a_limit_of_the_key_refuses_and_is_audited(
    bench: Bench, limits: dict[str, object]
) -> None:
    asker = replace(bench.asker, limits=limits)
    with pytest.raises(GuardrailError):
        await bench.gate().propose(asker, "set_price", bench.wanted())
    assert await bench.actions() == ["refused"]


async def test_the_stop_switch_refuses_before_amazon_is_asked(bench: Bench) -> None:
    await bench.set_account(stopped=True)
    with pytest.raises(StoppedError):
        await bench.proposed()
    assert await bench.actions() == ["refused"]


@pytest.mark.parametrize(
    "rights",
    [{"scopes": frozenset({Scope.STOCK_READ})}, {"tools": frozenset({"set_quantity"})}],
)
async def test_a_key_without_the_tool_is_refused(bench: Bench, rights: dict[str, Any]) -> None:
    asker = replace(bench.asker, **rights)
    with pytest.raises(NotAllowedError):
        await bench.gate().propose(asker, "set_price", bench.wanted())
