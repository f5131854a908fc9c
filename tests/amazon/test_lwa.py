"""Signing in: one request however many ask, renewed ahead of the hour, honest about why not."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from starlette.responses import HTMLResponse, JSONResponse, Response

from stockroom.amazon.connection import AmazonConnections
from stockroom.amazon.spapi import SpApi
from stockroom.amazon.throttle import Buckets
from stockroom.core.clock import FixedClock
from stockroom.core.config import load_settings
from stockroom.core.errors import (
    AmazonError,
    AmazonRefusedError,
    AmazonUnavailableError,
    AuthorizationLostError,
    ConfigurationError,
)
from stockroom.core.marketplaces import Region

if TYPE_CHECKING:
    from tests.amazon.conftest import Hostile

SIGN_IN = "/auth/o2/token"
PLACES = "/sellers/v1/marketplaceParticipations"
NONE = JSONResponse({"payload": []})


def _error(status: int, error: str) -> Response:
    return JSONResponse({"error": error, "error_description": "Atzr|grant-of-a-seller"}, status)


def _signed_in(token: object, expires_in: object = 3600) -> Response:
    return JSONResponse({"access_token": token, "token_type": "bearer", "expires_in": expires_in})


async def test_a_hundred_calls_cause_one_sign_in(hostile: Hostile, api: SpApi) -> None:
    hostile.answers(PLACES, NONE)
    tokens = api._transport._tokens

    await asyncio.gather(*(tokens.token() for _ in range(100)))

    assert len(hostile.calls(SIGN_IN)) == 1


async def test_a_hundred_calls_share_one_failure(hostile: Hostile, api: SpApi) -> None:
    hostile.answers(SIGN_IN, _error(400, "invalid_grant"))
    tokens = api._transport._tokens

    outcomes = await asyncio.gather(*(tokens.token() for _ in range(100)), return_exceptions=True)

    assert {type(one) for one in outcomes} == {AuthorizationLostError}
    assert len(hostile.calls(SIGN_IN)) == 1


async def test_a_caller_that_gives_up_does_not_take_the_token_from_others(
    hostile: Hostile, api: SpApi
) -> None:
    tokens = api._transport._tokens
    first, second = asyncio.create_task(tokens.token()), asyncio.create_task(tokens.token())
    await asyncio.sleep(0)
    first.cancel()

    assert await second == "Atza|token-1"
    assert len(hostile.calls(SIGN_IN)) == 1


async def test_the_form_is_what_login_with_amazon_expects(hostile: Hostile, api: SpApi) -> None:
    hostile.answers(PLACES, NONE)

    await api.participations()

    (asked,) = hostile.calls(SIGN_IN)
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    assert b"grant_type=refresh_token&refresh_token=Atzr%7Cgrant-of-a-seller" in asked.body


async def test_the_token_is_renewed_ahead_of_its_hour(
    hostile: Hostile, api: SpApi, clock: FixedClock
) -> None:
    hostile.answers(PLACES, NONE)
    await api.participations()
    clock.move(54 * 60)
    await api.participations()
    clock.move(2 * 60)
    await api.participations()

    used = [one.headers["x-amz-access-token"] for one in hostile.calls(PLACES)]
    assert used == ["Atza|token-1", "Atza|token-1", "Atza|token-2"]


async def test_an_outage_of_the_sign_in_is_bridged_by_the_living_token(
    hostile: Hostile, api: SpApi, clock: FixedClock
) -> None:
    hostile.answers(PLACES, NONE)
    await api.participations()
    clock.move(56 * 60)
    hostile.answers(SIGN_IN, HTMLResponse("<html>busy</html>", 503))

    await api.participations()

    assert hostile.calls(PLACES)[-1].headers["x-amz-access-token"] == "Atza|token-1"


async def test_a_dead_token_is_not_used_in_an_outage(
    hostile: Hostile, api: SpApi, clock: FixedClock
) -> None:
    hostile.answers(PLACES, NONE)
    await api.participations()
    clock.move(61 * 60)
    hostile.answers(SIGN_IN, HTMLResponse("<html>busy</html>", 503))

    with pytest.raises(AmazonUnavailableError):
        await api.participations()


async def test_a_short_outage_of_the_sign_in_is_not_noticed(hostile: Hostile, api: SpApi) -> None:
    hostile.answers(SIGN_IN, HTMLResponse("<html>busy</html>", 503), _signed_in("Atza|at-last"))
    hostile.answers(PLACES, NONE)

    assert await api.participations() == []


async def test_a_revoked_grant_asks_for_a_new_authorisation(hostile: Hostile, api: SpApi) -> None:
    hostile.answers(SIGN_IN, _error(400, "invalid_grant"))

    with pytest.raises(AuthorizationLostError, match="authorise the application again"):
        await api.participations()
    assert len(hostile.calls(SIGN_IN)) == 1


async def test_a_rotated_secret_names_our_settings(hostile: Hostile, api: SpApi) -> None:
    hostile.answers(SIGN_IN, _error(401, "invalid_client"))

    with pytest.raises(AuthorizationLostError, match="STOCKROOM_LWA_CLIENT_SECRET"):
        await api.participations()


async def test_an_unknown_refusal_is_a_refusal(hostile: Hostile, api: SpApi) -> None:
    hostile.answers(SIGN_IN, _error(400, "unsupported_grant_type"))

    with pytest.raises(AmazonRefusedError) as refused:
        await api.participations()

    assert refused.value.amazon_says == ("unsupported_grant_type",)
    assert "unsupported_grant_type" not in str(refused.value)


@pytest.mark.parametrize(
    "answer",
    [
        HTMLResponse("<html>maintenance</html>"),
        Response(b""),
        JSONResponse(["access_token"]),
        _signed_in(None),
        _signed_in("Atza|secret\r\nX-Injected: 1"),
        _signed_in("Atza|café"),
        _signed_in("Atza|secret", "3600"),
        _signed_in("Atza|secret", -1),
        _signed_in("Atza|secret", 10**12),
        JSONResponse({"error": "invalid_grant"}, 503),
    ],
)
async def test_an_unusable_sign_in_is_an_error_without_secrets(
    hostile: Hostile, api: SpApi, answer: Response
) -> None:
    hostile.answers(SIGN_IN, answer)

    with pytest.raises(AmazonError) as caught:
        await api.participations()

    assert "secret" not in f"{caught.value!r} {caught.value} {caught.value.code}"
    assert hostile.calls(PLACES) == []


async def test_missing_credentials_are_named_before_anything_is_sent(
    hostile: Hostile, clock: FixedClock, plenty: Buckets, tmp_path: Path
) -> None:
    settings = load_settings(home=tmp_path, lwa_url=hostile.url + SIGN_IN, spapi_na_url=hostile.url)
    async with AmazonConnections(settings, plenty, clock) as without:
        with pytest.raises(ConfigurationError, match="STOCKROOM_LWA_CLIENT_ID"):
            await without.for_seller("A1", Region.NA, "Atzr|x").participations()
    assert hostile.asked == []


async def test_a_new_grant_of_a_seller_replaces_the_tokens(
    hostile: Hostile, connections: AmazonConnections
) -> None:
    hostile.answers(PLACES, NONE)
    for grant in ("Atzr|old", "Atzr|old", "Atzr|new"):
        await connections.for_seller("A1", Region.NA, grant).participations()

    assert [b"new" in one.body for one in hostile.calls(SIGN_IN)] == [False, True]


async def test_two_sellers_never_share_a_token(
    hostile: Hostile, connections: AmazonConnections
) -> None:
    hostile.answers(PLACES, NONE)
    sellers = [connections.for_seller(f"A{n}", Region.NA, f"Atzr|{n}") for n in range(20)]

    await asyncio.gather(*(one.participations() for one in sellers))

    used = {one.headers["x-amz-access-token"] for one in hostile.calls(PLACES)}
    assert len(used) == len(hostile.calls(SIGN_IN)) == 20
