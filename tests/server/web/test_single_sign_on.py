"""Signing in by an identity provider: whom it lets in, and what of it is not believed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import httpx2
import pyotp
import pytest
from joserfc.jwk import OctKey, RSAKey
from pydantic import SecretStr
from tests.server.web.conftest import PASSWORD, Browser, Join
from tests.server.web.provider import CLIENT_ID, CLIENT_SECRET, Provider
from tests.serving import NO_TLS, serving

from stockroom.core.clock import FixedClock
from stockroom.entrypoints.house import House
from stockroom.tenancy.roles import Role

OpenBrowser = Callable[..., Awaitable[Browser]]
LIES: tuple[dict[str, Any], ...] = (
    {"iss": "https://evil.example"},
    {"aud": "another client"},
    {"aud": [CLIENT_ID, "another client"]},
    {"azp": "another client"},
    {"exp": 0},
    {"nonce": "another"},
    {"nonce": None},
    {"sub": ""},
    {"sub": 7},
    {"sub": "x" * 300},
)


@pytest.fixture
async def provider(clock: FixedClock) -> AsyncIterator[Provider]:
    provider = Provider(clock)
    async with serving(provider.app()) as url:
        provider.url = url
        yield provider


@pytest.fixture
async def house(house: House, provider: Provider) -> House:
    settings = house.settings.model_copy(
        update={
            "oidc_issuer": provider.url,
            "oidc_client_id": CLIENT_ID,
            "oidc_client_secret": SecretStr(CLIENT_SECRET),
        }
    )
    return replace(house, settings=settings)


async def callback(browser: Browser, query: str = "") -> str:
    """To the provider; the address with which it sends back, on this very server."""
    left = await browser.http.get(f"/console/oidc?{query}")
    assert left.status_code == 303
    async with httpx2.AsyncClient(verify=NO_TLS) as elsewhere:
        answer = await elsewhere.get(left.headers["location"])
    return "/console/oidc/callback?" + answer.headers["location"].partition("?")[2]


async def sign_in(browser: Browser, query: str = "") -> httpx2.Response:
    return await browser.http.get(await callback(browser, query))


async def is_in(browser: Browser) -> bool:
    return (await browser.http.get("/console/")).status_code == 200


async def test_somebody_who_is_here_comes_in_by_their_verified_address_and_goes_on(
    browser: Browser, join: Join
) -> None:
    await join("ada")
    page = await browser.get("/console/sign-in?next=/console/me")
    assert "/console/oidc?next=/console/me" in page.text

    answer = await sign_in(browser, "next=/console/me")

    assert answer.headers["location"] == "/console/me"
    assert await is_in(browser)


@pytest.mark.requirement("identities-tied")
async def test_afterwards_the_identity_counts_and_not_the_address(
    browser: Browser, open_browser: OpenBrowser, join: Join, provider: Provider
) -> None:
    await join("ada")
    await join("bea")
    await sign_in(browser)

    provider.person |= {"email": "bea@example.com"}
    moved = await open_browser()
    await sign_in(moved)
    assert "ada@example.com" in (await moved.get("/console/me")).text
    provider.person |= {"sub": "another", "email": "nobody@example.com"}
    stranger = await open_browser()
    assert (await sign_in(stranger)).status_code == 403
    assert not await is_in(stranger)


@pytest.mark.requirement("identities-tied")
async def test_an_address_that_the_provider_did_not_verify_opens_nothing(
    browser: Browser, join: Join, provider: Provider
) -> None:
    await join("ada")
    for told in (False, None, "true", 1):
        provider.person |= {"email_verified": told}
        assert (await sign_in(browser)).status_code == 403
    assert not await is_in(browser)


@pytest.mark.requirement("identities-tied")
async def test_a_claim_that_is_not_for_this_very_question_is_not_believed(
    browser: Browser, join: Join, provider: Provider
) -> None:
    await join("ada")
    for lie in LIES:
        provider.lies = lie
        assert (await sign_in(browser)).status_code == 403, lie
    assert not await is_in(browser)
    provider.lies = {"aud": [CLIENT_ID, "another client"], "azp": CLIENT_ID}
    assert (await sign_in(browser)).status_code == 303


@pytest.mark.requirement("identities-tied")
async def test_only_the_providers_own_key_signs(
    browser: Browser, join: Join, provider: Provider
) -> None:
    await join("ada")
    provider.signing = RSAKey.generate_key(2048, {"kid": "one"}, private=True)
    assert (await sign_in(browser)).status_code == 403
    provider.signing = OctKey.import_key(CLIENT_SECRET)  # type: ignore[assignment]
    provider.lies = {"alg": "HS256"}
    assert (await sign_in(browser)).status_code == 403
    assert not await is_in(browser)


@pytest.mark.requirement("identities-tied")
async def test_an_answer_counts_once_in_the_browser_that_asked_and_for_ten_minutes(
    browser: Browser, open_browser: OpenBrowser, join: Join, clock: FixedClock
) -> None:
    await join("ada")
    victim = await open_browser()
    taken = await callback(browser)

    assert (await victim.http.get(taken)).status_code == 403
    await callback(victim)  # one that asked something else
    assert (await victim.http.get(taken)).status_code == 403
    assert (await browser.http.get(taken)).status_code == 303
    assert (await browser.http.get(taken)).status_code == 403
    late = await callback(victim)
    clock.move(601)
    assert (await victim.http.get(late)).status_code == 403
    assert (await victim.http.get("/console/oidc/callback")).status_code == 403


async def test_somebody_invited_comes_in_by_the_invitation_without_a_password(
    browser: Browser, open_browser: OpenBrowser, house: House, join: Join, provider: Provider
) -> None:
    await join("olive")
    agency = await house.registry.organisation("Agency")
    token = await house.reception.invitations.invite(agency, "nora@example.com", Role.VIEWER)
    link = f"/console/invitation/{token}"
    eve = await open_browser()
    assert (await sign_in(eve, f"next={quote(link)}")).status_code == 403  # that is ada
    provider.person = {"sub": "nora", "email": "Nora@example.com", "email_verified": True}
    assert (await sign_in(browser)).status_code == 403  # known to nobody without the link

    page = await browser.get(link)
    assert f"/console/oidc?next={link}" in page.text
    await sign_in(browser, f"next={quote(link)}")

    assert "harbor" in (await browser.get("/console/")).text
    assert "New password" not in (await browser.get("/console/me")).text
    assert (await eve.sign_in("nora@example.com", "")).status_code == 401


async def test_a_second_factor_is_asked_for_here_too(
    browser: Browser, house: House, join: Join, clock: FixedClock
) -> None:
    person = await join("ada")
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    await house.reception.second_factor.begin(person, secret, pyotp.TOTP(secret).at(clock.now()))
    asked = await sign_in(browser)

    assert asked.status_code == 200
    assert not await is_in(browser)
    clock.move(30)
    code = pyotp.TOTP(secret).at(clock.now())
    assert (await browser.send(asked, "/console/sign-in/code", code=code)).status_code == 303


@pytest.mark.requirement("proven-anew")
async def test_a_provider_that_let_in_at_an_unknown_time_has_proved_nothing_just_now(
    browser: Browser, join: Join, provider: Provider, clock: FixedClock
) -> None:
    await join("ada")
    await sign_in(browser)
    factor = "/console/me/second-factor"
    assert (await browser.http.get(factor)).status_code == 303

    provider.person |= {"auth_time": int(clock.now().timestamp()) - 1000}
    await sign_in(browser)
    assert (await browser.http.get(factor)).status_code == 303
    page = await browser.get(factor)
    assert "anew=1" in page.text
    provider.person |= {"auth_time": int(clock.now().timestamp())}
    await sign_in(browser, f"anew=1&next={factor}")
    assert provider.asked[-1]["prompt"] == "login"
    assert (await browser.http.get(factor)).status_code == 200


@pytest.mark.requirement("identities-tied")
async def test_where_anybody_signs_up_an_address_with_a_password_is_not_taken_over(
    browser: Browser, open_browser: OpenBrowser, join: Join, house: House
) -> None:
    await join("ada")
    open_house = house.settings.model_copy(update={"open_sign_up": True})
    object.__setattr__(house, "settings", open_house)

    assert (await sign_in(browser)).status_code == 403
    own = await open_browser()
    await own.sign_in("ada@example.com", PASSWORD)
    assert (await sign_in(own)).status_code == 303
    assert (await sign_in(browser)).status_code == 303


async def test_a_provider_that_is_away_is_said_to_be(browser: Browser, provider: Provider) -> None:
    provider.url = "https://somebody.else.example"  # what it calls itself now

    answer = await browser.http.get("/console/oidc")

    assert answer.status_code == 503
    assert "identity provider" in answer.text


async def test_a_refusal_of_the_provider_is_told(browser: Browser) -> None:
    taken = await callback(browser)
    state = taken.partition("state=")[2]

    answer = await browser.http.get(f"/console/oidc/callback?error=access_denied&state={state}")

    assert answer.status_code == 403
