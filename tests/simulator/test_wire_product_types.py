"""Definitions of product types, and the schemas they lead to."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from jsonschema import Draft201909Validator
from tests.simulator.conftest import NOW, Application

from stockroom.core.clock import FixedClock
from stockroom.core.marketplaces import MARKETPLACES
from stockroom.simulator.wire.listing_attributes import attributes_of
from stockroom.simulator.world import World

US = MARKETPLACES["US"].id
BASE = "/definitions/2020-09-01/productTypes"


async def definition(application: Application, name: str, **params: str) -> dict[str, Any]:
    answer = await application.get(f"{BASE}/{name}", marketplaceIds=US, **params)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert isinstance(found, dict)
    return found


async def followed(application: Application, told: dict[str, Any]) -> httpx.Response:
    return await application.http.get(told["schema"]["link"]["resource"])


async def test_the_schema_lies_where_the_definition_says_and_is_what_it_vouches_for(
    application: Application,
) -> None:
    told = await definition(application, "KITCHEN")
    document = await followed(application, told)
    digest = hashlib.md5(document.content, usedforsecurity=False).digest()
    assert told["schema"]["checksum"] == base64.b64encode(digest).decode()
    assert document.json()["properties"].keys() >= {"item_name", "is_dishwasher_safe"}
    assert "number_of_players" not in document.json()["properties"]


async def test_every_listing_of_the_world_is_one_that_its_schema_allows(
    application: Application, world: World, clock: FixedClock
) -> None:
    listings = world.seller(application.seller.slug).listings_at(NOW)
    here = {one.product_type: one for one in listings if one.marketplace == "US"}
    for name, state in here.items():
        clock.move(1)
        schema = (await followed(application, await definition(application, name))).json()
        Draft201909Validator({**schema, "$schema": None}).validate(attributes_of(state))


async def test_what_every_listing_needs_is_required_only_where_that_is_enforced(
    application: Application,
) -> None:
    loose = await definition(application, "HOME", requirementsEnforced="NOT_ENFORCED")
    assert "required" not in (await followed(application, loose)).json()
    strict = await definition(application, "HOME")
    assert "item_name" in (await followed(application, strict)).json()["required"]


async def test_a_link_works_for_a_week_and_only_as_it_was_given(
    application: Application, clock: FixedClock
) -> None:
    told = await definition(application, "PRODUCT")
    link = told["schema"]["link"]["resource"]
    path = urlsplit(link).path
    forged = link.replace(path, path.replace("PRODUCT", "HOME"))
    assert (await application.http.get(forged)).status_code == 403
    clock.move(7 * 86_400)
    assert (await followed(application, told)).status_code == 403


@pytest.mark.parametrize(
    ("name", "params", "status"),
    [
        ("SPACESHIP", {}, 404),
        ("HOME", {"requirements": "ALL"}, 400),
        ("HOME", {"marketplaceIds": "A1"}, 400),
        ("HOME", {"marketplaceIds": f"{US},{MARKETPLACES['CA'].id}"}, 400),
    ],
)
async def test_what_does_not_exist_has_no_definition(
    application: Application, name: str, params: dict[str, str], status: int
) -> None:
    answer = await application.get(f"{BASE}/{name}", **{"marketplaceIds": US, **params})
    assert answer.status_code == status
