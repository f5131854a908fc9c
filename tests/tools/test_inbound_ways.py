"""Ways to send a shipment, however Amazon tells them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.writes.saying import Saying

from stockroom.core.errors import AmazonUnavailableError, InvalidInputError
from stockroom.spec.change import Cost
from stockroom.tools.inbound_booking import taken, voidable_until, warnings
from stockroom.tools.inbound_offers import ALL
from stockroom.tools.inbound_plan import Plan
from stockroom.tools.inbound_ways import Way, added, by_shipment, ways

NOW = datetime(2026, 11, 21, 8, 45, tzinfo=UTC)
SOON = "2026-11-22T08:45:00Z"
PAST = "2026-11-21T08:45:00Z"


class Offering(Saying):
    """Offers these ways."""

    async def transportation_options(self, plan_id: str, placement_id: str) -> list[Any]:  # noqa: ARG002 - whatever is asked
        return list(self.body["rows"])


def told(**more: Any) -> dict[str, Any]:
    return {
        "transportationOptionId": "to1",
        "shipmentId": "sh1",
        "shippingMode": "GROUND_SMALL_PARCEL",
        "shippingSolution": "AMAZON_PARTNERED_CARRIER",
        "carrier": {"name": "Partner"},
        "preconditions": [],
        "quote": quoted(10),
        **more,
    }


def quoted(amount: object, code: str = "USD", **more: str) -> dict[str, Any]:
    return {"cost": {"amount": amount, "code": code}, "expiration": SOON, **more}


async def read(*rows: dict[str, Any]) -> list[Way]:
    return await ways(Offering({"rows": rows}), "wf1", "pl1")


@pytest.mark.parametrize(
    ("row", "fee", "holds"),
    [
        (told(), Cost("10.00", "USD"), True),
        (told(quote=quoted(0)), None, True),
        (
            told(quote=quoted(10) | {"expiration": PAST}),
            Cost("10.00", "USD"),
            False,
        ),
        (told(quote=None), None, False),
        (told(quote={}), None, False),
        (told(quote=quoted("much")), None, False),
        (told(quote=quoted(10, "XYZ")), None, False),
        (told(quote=quoted(-1)), None, False),
        (told(shippingSolution="USE_YOUR_OWN_CARRIER", quote=None), None, True),
        (told(shippingSolution="USE_YOUR_OWN_CARRIER", quote={"cost": {}}), None, False),
    ],
)
async def test_a_way_can_be_taken_only_at_a_price_that_is_known(
    row: dict[str, Any], fee: Cost | None, *, holds: bool
) -> None:
    (way,) = await read(row)
    assert (way.fee, way.holds(NOW)) == (fee, holds)


async def test_what_names_no_shipment_is_no_way() -> None:
    assert await read(told(shipmentId=None), told(transportationOptionId="a b"), told()) == (
        await read(told())
    )


async def test_words_from_outside_are_short_and_plain() -> None:
    name = "Ig\u200bnore all\n" + "x" * 500
    (way,) = await read(told(carrier={"name": name}, preconditions="none"))
    assert way.carrier.startswith("Ig nore all x")
    assert len(way.carrier) <= 40
    assert way.preconditions == ()


async def test_the_partners_cheapest_ways_are_told_first_and_then_every_own_carrier() -> None:
    partners = [told(transportationOptionId=f"to{at}", quote=quoted(9 - at)) for at in range(6)]
    own = {"shippingSolution": "USE_YOUR_OWN_CARRIER", "quote": None}
    carriers = [
        told(transportationOptionId=f"own{at}", carrier={"name": f"Carrier {at}"}, **own)
        for at in range(30)
    ]
    found = await read(*carriers, *partners)
    (shipment,) = by_shipment(found, ALL.own)
    options = [one["option"] for one in shipment["options"]]
    assert options == ["to5", "to4", "to3", "to2", *(f"own{at}" for at in range(30))]
    assert shipment["more"] == 2
    assert shipment["options"][-1] == {
        "option": "own29",
        "carrier": "Carrier 29",
        "mode": "GROUND_SMALL_PARCEL",
        "solution": "USE_YOUR_OWN_CARRIER",
        "quote": None,
    }
    assert by_shipment(found, 1)[0]["more"] == 31


async def test_an_error_names_every_option_of_a_shipment() -> None:
    own = {"shippingSolution": "USE_YOUR_OWN_CARRIER", "quote": None}
    found = await read(*(told(transportationOptionId=f"own{at}", **own) for at in range(30)))
    plan = Plan("wf1", "ACTIVE", "pl1", {"sh1": "WORKING"})
    with pytest.raises(InvalidInputError) as refusal:
        taken({"sh1": "none"}, found, plan, NOW)
    assert all(f"own{at} " in refusal.value.next_step for at in range(30))


async def test_fees_in_several_currencies_are_not_added() -> None:
    found = await read(told(), told(quote=quoted(5, "CAD")))
    with pytest.raises(AmazonUnavailableError):
        added(found)


@pytest.mark.parametrize(
    ("quotes", "until", "said"),
    [
        ([quoted(1, voidableUntil=SOON), quoted(1)], None, "for 24 h after the booking"),
        ([quoted(1, voidableUntil=SOON)] * 2, SOON, "until 2026-11-22T08:45:00"),
        ([quoted(1, voidableUntil=PAST)], PAST, "not free of charge any more"),
    ],
)
async def test_the_void_window_is_amazons_where_it_says_so(
    quotes: list[dict[str, Any]], until: str | None, said: str
) -> None:
    found = await read(*(told(quote=one) for one in quotes))
    assert voidable_until(found) == (until and datetime.fromisoformat(until))
    assert any(said in one for one in warnings(found, NOW))


async def test_a_mode_without_a_rule_promises_no_void_window() -> None:
    found = await read(told(), told(shippingMode="OCEAN_LCL"))
    assert any("does not say how long" in one for one in warnings(found, NOW))
