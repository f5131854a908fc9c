"""Campaigns and bids over the wire: what is asked, what is told item by item, and what the traffic makes of it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.serving import serving
from tests.simulator.conftest import Application, logged_in

from stockroom.core.clock import FixedClock
from stockroom.simulator.app import create_app
from stockroom.simulator.credentials import CLIENT_ID, CLIENT_SECRET
from stockroom.simulator.world import World, WorldOptions
from stockroom.simulator.world.campaigns import profile_id

KINDS = {
    "campaigns": ("campaigns", "spCampaign"),
    "adGroups": ("adGroups", "spAdGroup"),
    "keywords": ("keywords", "spKeyword"),
    "targets": ("targetingClauses", "spTargetingClause"),
}


@pytest.fixture
def world(clock: FixedClock) -> World:
    """Of this test alone: what is paused stays paused."""
    return World(WorldOptions.create(now=clock.now(), skus=12, days=40))


async def asked(
    application: Application, method: str, path: str, body: Any, **types: str
) -> httpx.Response:
    """One call about the first marketplace's profile."""
    seller = application.seller
    form = {
        "grant_type": "refresh_token",
        "refresh_token": seller.ads_refresh_token,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
    }
    token = await application.http.post(f"{application.url}/auth/o2/token", data=form)
    kind = f"application/vnd.{KINDS[path.partition('/')[0]][1]}.v3+json"
    headers = {
        "authorization": f"Bearer {token.json()['access_token']}",
        "amazon-advertising-api-clientid": CLIENT_ID,
        "amazon-advertising-api-scope": profile_id(seller.seller_id, "US"),
        "content-type": types.get("media", kind),
        "accept": types.get("accept", kind),
    }
    application.clock.move(2)
    url = f"{application.url}/ads/na/sp/{path}"
    return await application.http.request(method, url, json=body, headers=headers)


async def listed(application: Application, name: str, **body: Any) -> list[dict[str, Any]]:
    answer = await asked(application, "POST", f"{name}/list", body)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()[KINDS[name][0]]
    return found


async def test_every_kind_is_listed_by_page_and_filter_under_its_media_type(
    application: Application,
) -> None:
    for name in KINDS:
        rows = await listed(application, name)
        assert {row["state"] for row in rows} <= {"ENABLED", "PAUSED"}
        assert await listed(application, name, stateFilter={"include": ["ARCHIVED"]}) == []
    keywords = await listed(application, "keywords")
    first = await asked(application, "POST", "keywords/list", {"maxResults": 1})
    more = {"nextToken": first.json()["nextToken"]}
    second = await asked(application, "POST", "keywords/list", more)
    pages = first.json()["keywords"] + second.json()["keywords"]
    assert pages == keywords[:2]
    for wrong, status in (({"media": "application/json"}, 415), ({"accept": "text/html"}, 406)):
        refused = await asked(application, "POST", "keywords/list", {}, **wrong)
        assert refused.status_code == status


async def test_an_update_is_told_item_by_item(application: Application) -> None:
    good, other, *_ = await listed(application, "keywords")
    items = [
        {"keywordId": good["keywordId"], "bid": 1.11},
        {"keywordId": other["keywordId"], "bid": 0.01},
        {"keywordId": "1", "bid": 1},
        {"keywordId": other["keywordId"], "keywordText": "another"},
    ]
    answer = await asked(application, "PUT", "keywords", {"keywords": items})
    told = answer.json()["keywords"]
    assert answer.status_code == 207
    assert told["success"] == [{"index": 0, "keywordId": good["keywordId"]}]
    assert [(one["index"], one["errors"][0]["errorType"]) for one in told["error"]] == [
        (1, "rangeError"),
        (2, "entityNotFoundError"),
        (3, "malformedValueError"),
    ]
    application.clock.move(10)
    shown = await listed(application, "keywords", keywordIdFilter={"include": [good["keywordId"]]})
    assert [row["bid"] for row in shown] == [1.11]


async def test_a_paused_campaign_costs_nothing_from_the_next_day_on_also_after_a_restart(
    application: Application, world: World, http: httpx.AsyncClient, tmp_path: Path
) -> None:
    campaign = (await listed(application, "campaigns"))[0]["campaignId"]
    item = {"campaignId": campaign, "state": "PAUSED"}
    await asked(application, "PUT", "campaigns", {"campaigns": [item]})
    today = application.clock.now().date()
    application.clock.move(4 * 86_400)
    await application.login()

    async with serving(create_app(World(world.options), application.clock, tmp_path)) as url:
        again = await logged_in(url, application.seller, http, application.clock)
        (row,) = await listed(again, "campaigns", campaignIdFilter={"include": [campaign]})
        assert row["state"] == "PAUSED"
    advertising = world.seller(application.seller.slug).advertising(application.clock.now())
    played = {
        world.options.first_day + timedelta(days=day)
        for day in range(advertising.days)
        for one in advertising.shown(day)
        if one.campaign.id == campaign
    }
    assert max(played) <= today
    assert played
