"""Moods that strike what is written to listings: what is read and checked passes."""

from __future__ import annotations

import httpx
import pytest
from tests.simulator.conftest import Application
from tests.simulator.moods import log, mood
from tests.simulator.test_wire_listings import item, near, offer, patch, patch_body, price, state

from stockroom.core.clock import FixedClock
from stockroom.simulator.moods.chances import BELATED_H
from stockroom.simulator.world import ListingState

__all__ = ["state"]


async def written(application: Application, state: ListingState) -> httpx.Response:
    body = patch_body(state, offer(near(state)))
    preview = await patch(application, state.sku, body, mode="VALIDATION_PREVIEW")
    assert preview.json()["status"] == "VALID"
    return await patch(application, state.sku, body)


async def shown(application: Application, state: ListingState) -> bool:
    """Whether the new price shows."""
    return price(await item(application, state.sku)) == f"{near(state):.2f}"


@pytest.mark.parametrize(("name", "status"), [("busy", 429), ("failing", 500)])
async def test_a_write_that_is_turned_away_does_nothing(
    application: Application, state: ListingState, clock: FixedClock, name: str, status: int
) -> None:
    await mood(application, name)
    assert (await written(application, state)).status_code == status
    clock.move(60)
    assert not await shown(application, state)


async def test_a_write_that_is_not_answered_was_carried_out(
    application: Application, state: ListingState, clock: FixedClock
) -> None:
    await mood(application, "unanswered")
    with pytest.raises(httpx.TransportError):
        await written(application, state)
    assert (await log(application))[-1]["mood"] == "unanswered: lost"
    clock.move(60)
    assert await shown(application, state)


async def test_a_write_can_be_invalid_although_its_preview_was_valid(
    application: Application, state: ListingState, clock: FixedClock
) -> None:
    await mood(application, "contrary")
    answer = await written(application, state)
    assert (answer.status_code, answer.json()["status"]) == (200, "INVALID")
    clock.move(60)
    assert not await shown(application, state)


async def test_an_accepted_write_can_be_forgotten(
    application: Application, state: ListingState, clock: FixedClock
) -> None:
    await mood(application, "forgetful")
    assert (await written(application, state)).json()["status"] == "ACCEPTED"
    clock.move(14 * 86_400)
    await application.login()
    found = await item(application, state.sku)
    assert found["issues"] == []
    entry = found["attributes"]["purchasable_offer"][0]
    assert entry["our_price"][0]["schedule"][0]["value_with_tax"] != near(state)


async def test_an_accepted_write_can_take_hours(
    application: Application, state: ListingState, clock: FixedClock
) -> None:
    await mood(application, "belated")
    assert (await written(application, state)).json()["status"] == "ACCEPTED"
    clock.move(BELATED_H[0] * 3600 - 1)
    await application.login()
    assert not await shown(application, state)
    clock.move((BELATED_H[1] - BELATED_H[0]) * 3600 + 1)
    await application.login()
    assert await shown(application, state)


async def test_an_objection_shows_instead_of_the_change_until_another_is_sent(
    application: Application, state: ListingState, clock: FixedClock
) -> None:
    await mood(application, "objecting")
    assert (await written(application, state)).json()["status"] == "ACCEPTED"
    assert (await item(application, state.sku))["issues"] == []
    clock.move(30)
    (issue,) = (await item(application, state.sku))["issues"]
    assert issue["attributeNames"] == ["purchasable_offer"]
    assert not await shown(application, state)
    await mood(application)
    await written(application, state)
    clock.move(30)
    assert (await item(application, state.sku))["issues"] == []
    assert await shown(application, state)
