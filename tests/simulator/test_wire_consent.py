"""Amazon's pages of consent: whom they send where, and what their codes are worth."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from tests.serving import serving
from tests.simulator.conftest import Application, logged_in

from stockroom.core.clock import FixedClock
from stockroom.core.marketplaces import Region
from stockroom.simulator.app import create_app
from stockroom.simulator.credentials import APPLICATION_ID, CLIENT_ID, CLIENT_SECRET
from stockroom.simulator.registration import Registration
from stockroom.simulator.world import Seller, World

BACK, ADS_BACK = "https://ours.example/connect/amazon/callback", "https://ours.example/ads"
CENTRAL = "/seller-central/na/apps/authorize/consent"
MANAGE = "/seller-central/na/apps/manage"
LOGIN = "/ap/oa"
SCOPE = "advertising::campaign_management"
HOSTILE = '"><script>alert(1)</script>'


@pytest.fixture
async def amazon(world: World, clock: FixedClock, tmp_path: Path) -> AsyncIterator[str]:
    registration = Registration(redirect_uris=(BACK,), return_urls=(ADS_BACK,))
    async with serving(create_app(world, clock, tmp_path, registration)) as url:
        yield url


@pytest.fixture
def seller(world: World) -> Seller:
    return next(one for one in world.sellers.values() if one.region is Region.NA)


def asked(**more: str) -> dict[str, str]:
    return {"application_id": APPLICATION_ID, "state": "s1", "redirect_uri": BACK, **more}


def asked_for_ads(**more: str) -> dict[str, str]:
    given = {"client_id": CLIENT_ID, "scope": SCOPE, "response_type": "code", "state": "s1"}
    return {**given, "redirect_uri": ADS_BACK, **more}


class Browser:
    """A seller at Amazon's pages, and the application that exchanges what it is given."""

    def __init__(self, url: str, http: httpx.AsyncClient, seller: Seller) -> None:
        self.url, self.http, self.seller = url, http, seller

    async def decide(self, path: str, query: dict[str, str], decision: str) -> httpx.Response:
        form = {"seller": self.seller.seller_id, "decision": decision}
        return await self.http.post(self.url + path, params=query, data=form)

    async def consents(self, path: str, query: dict[str, str]) -> dict[str, str]:
        answer = await self.decide(path, query, "approve")
        assert answer.status_code == 302, answer.text
        return sent_to(answer)[1]

    async def exchange(self, code: str, **more: str) -> httpx.Response:
        form = {"grant_type": "authorization_code", "code": code, "client_id": CLIENT_ID}
        form |= {"client_secret": CLIENT_SECRET, **more}
        return await self.http.post(f"{self.url}/auth/o2/token", data=form)

    async def refresh(self, token: str) -> httpx.Response:
        form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": CLIENT_ID}
        form |= {"client_secret": CLIENT_SECRET}
        return await self.http.post(f"{self.url}/auth/o2/token", data=form)


def sent_to(answer: httpx.Response) -> tuple[str, dict[str, str]]:
    parts = urlsplit(answer.headers["location"])
    values = {name: one for name, (one,) in parse_qs(parts.query).items()}
    return f"{parts.scheme}://{parts.netloc}{parts.path}", values


@pytest.fixture
def browser(amazon: str, http: httpx.AsyncClient, seller: Seller) -> Browser:
    return Browser(amazon, http, seller)


async def test_a_consent_becomes_a_grant_that_works(browser: Browser, seller: Seller) -> None:
    answer = await browser.decide(CENTRAL, asked(), "approve")
    place, values = sent_to(answer)

    assert place == BACK
    assert set(values) == {"state", "selling_partner_id", "spapi_oauth_code"}
    assert values["state"] == "s1"
    assert values["selling_partner_id"] == seller.seller_id

    granted = (await browser.exchange(values["spapi_oauth_code"], redirect_uri=BACK)).json()
    assert set(granted) == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert granted["refresh_token"] != seller.refresh_token
    assert (await browser.refresh(granted["refresh_token"])).status_code == 200
    assert (await browser.refresh(seller.refresh_token)).status_code == 200


async def test_advertising_is_a_consent_of_its_own(browser: Browser) -> None:
    values = await browser.consents(LOGIN, asked_for_ads())
    assert set(values) == {"state", "code", "scope"}

    token = (await browser.exchange(values["code"], redirect_uri=ADS_BACK)).json()["access_token"]
    headers = {"authorization": f"Bearer {token}", "amazon-advertising-api-clientid": CLIENT_ID}
    profiles = await browser.http.get(f"{browser.url}/ads/na/v2/profiles", headers=headers)
    assert profiles.status_code == 200
    inventory = await browser.http.get(
        f"{browser.url}/na/sellers/v1/marketplaceParticipations",
        headers={"x-amz-access-token": token, "user-agent": "test"},
    )
    assert inventory.status_code == 403


async def test_a_code_counts_once_and_for_five_minutes(browser: Browser, clock: FixedClock) -> None:
    used = (await browser.consents(CENTRAL, asked()))["spapi_oauth_code"]
    old = (await browser.consents(CENTRAL, asked()))["spapi_oauth_code"]

    assert (await browser.exchange(used)).status_code == 200
    clock.move(301)
    for code in (used, old, "invented"):
        answer = await browser.exchange(code)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


async def test_the_code_of_advertising_is_bound_to_its_return_url(browser: Browser) -> None:
    for given in ({}, {"redirect_uri": BACK}):
        code = (await browser.consents(LOGIN, asked_for_ads()))["code"]
        assert (await browser.exchange(code, **given)).json()["error"] == "invalid_grant"


async def test_who_says_no_is_sent_back_without_a_code(browser: Browser) -> None:
    for path, query in ((CENTRAL, asked()), (LOGIN, asked_for_ads())):
        _, values = sent_to(await browser.decide(path, query, "deny"))
        assert values["error"] == "access_denied"
        assert values["state"] == "s1"
        assert not {"code", "spapi_oauth_code"} & set(values)


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (CENTRAL, asked(application_id="amzn1.sp.solution.other")),
        (CENTRAL, asked(redirect_uri=f"{BACK}/")),
        (CENTRAL, asked(redirect_uri=ADS_BACK)),
        (CENTRAL, asked(redirect_uri="https://evil.example/")),
        (LOGIN, asked_for_ads(client_id="other")),
        (LOGIN, asked_for_ads(redirect_uri=BACK)),
        (LOGIN, asked_for_ads(scope="profile")),
        (LOGIN, asked_for_ads(response_type="token")),
    ],
)
async def test_a_link_that_amazon_does_not_serve_sends_nobody_anywhere(
    browser: Browser, path: str, query: dict[str, str]
) -> None:
    shown = await browser.http.get(browser.url + path, params=query)
    decided = await browser.decide(path, query, "approve")
    assert (shown.status_code, decided.status_code) == (400, 400)
    assert "location" not in decided.headers


async def test_without_a_redirect_uri_the_first_registered_one_is_meant(browser: Browser) -> None:
    query = asked()
    del query["redirect_uri"]
    assert sent_to(await browser.decide(CENTRAL, query, "approve"))[0] == BACK


async def test_a_draft_asks_with_version_beta(
    world: World, clock: FixedClock, http: httpx.AsyncClient, tmp_path: Path
) -> None:
    registration = Registration(redirect_uris=(BACK,), draft=True)
    async with serving(create_app(world, clock, tmp_path, registration)) as url:
        refused = await http.get(url + CENTRAL, params=asked())
        shown = await http.get(url + CENTRAL, params=asked(version="beta"))
    assert (refused.status_code, shown.status_code) == (400, 200)


async def test_the_page_repeats_nothing_of_its_address(browser: Browser, seller: Seller) -> None:
    shown = await browser.http.get(browser.url + CENTRAL, params=asked(state=HOSTILE))
    assert shown.status_code == 200
    assert "<script" not in shown.text
    assert f'value="{seller.seller_id}"' in shown.text

    _, values = sent_to(await browser.decide(CENTRAL, asked(state=HOSTILE), "approve"))
    assert values["state"] == HOSTILE


async def test_a_region_knows_only_its_own_sellers(
    amazon: str, http: httpx.AsyncClient, world: World
) -> None:
    european = next(one for one in world.sellers.values() if one.region is Region.EU)
    refused = await Browser(amazon, http, european).decide(CENTRAL, asked(), "approve")
    assert refused.status_code == 400


async def test_a_withdrawn_consent_ends_every_token_until_a_new_one_is_given(
    browser: Browser, clock: FixedClock
) -> None:
    application: Application = await logged_in(browser.url, browser.seller, browser.http, clock)
    form: dict[str, Any] = {"seller": browser.seller.seller_id, "ads": ""}
    await browser.http.post(browser.url + MANAGE, data=form)

    assert (await browser.refresh(browser.seller.refresh_token)).json()["error"] == "invalid_grant"
    denied = await application.get("/sellers/v1/marketplaceParticipations")
    assert denied.status_code == 403
    assert (await browser.refresh(browser.seller.ads_refresh_token)).status_code == 200

    code = (await browser.consents(CENTRAL, asked()))["spapi_oauth_code"]
    granted = (await browser.exchange(code)).json()
    assert (await browser.refresh(granted["refresh_token"])).status_code == 200


async def test_grants_outlive_a_restart(
    browser: Browser, world: World, clock: FixedClock, tmp_path: Path
) -> None:
    code = (await browser.consents(CENTRAL, asked()))["spapi_oauth_code"]
    token = (await browser.exchange(code)).json()["refresh_token"]
    async with serving(create_app(world, clock, tmp_path)) as again:
        restarted = Browser(again, browser.http, browser.seller)
        assert (await restarted.refresh(token)).status_code == 200
