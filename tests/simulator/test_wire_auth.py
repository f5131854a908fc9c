"""Tokens, regions, agents and quotas of the pretend Amazon."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from tests.simulator.conftest import Application

from stockroom.core.clock import FixedClock
from stockroom.simulator.credentials import CLIENT_ID, CLIENT_SECRET

PARTICIPATIONS = "/sellers/v1/marketplaceParticipations"
DENIED = "Access to requested resource is denied."


def error(answer: httpx.Response) -> dict[str, Any]:
    (found,) = answer.json()["errors"]
    assert isinstance(found, dict)
    return found


async def test_a_seller_logs_in_and_reads_where_it_sells(application: Application) -> None:
    answer = await application.get(PARTICIPATIONS)
    assert answer.status_code == 200
    codes = [one["marketplace"]["countryCode"] for one in answer.json()["payload"]]
    assert codes == list(application.seller.marketplaces)
    assert answer.headers["x-amzn-ratelimit-limit"] == "0.016"
    assert answer.headers["x-amzn-requestid"]


async def test_a_token_expires_on_the_simulators_clock(
    application: Application, clock: FixedClock
) -> None:
    clock.move(3599)
    assert (await application.get(PARTICIPATIONS)).status_code == 200
    clock.move(1)
    answer = await application.get(PARTICIPATIONS)
    assert answer.status_code == 403
    details = "The access token you provided has expired."
    assert error(answer) == {"code": "Unauthorized", "message": DENIED, "details": details}
    assert "x-amzn-ratelimit-limit" not in answer.headers
    await application.login()
    assert (await application.get(PARTICIPATIONS)).status_code == 200


async def test_an_invented_token_is_told_from_a_missing_one(application: Application) -> None:
    application.headers["x-amz-access-token"] = "Atza|made-up"
    invented = await application.get(PARTICIPATIONS)
    del application.headers["x-amz-access-token"]
    missing = await application.get(PARTICIPATIONS)
    assert [invented.status_code, missing.status_code] == [403, 403]
    assert "malformed or invalid" in error(invented)["details"]
    assert error(missing)["details"] == ""


@pytest.mark.parametrize("region", ["na", "fe"])
async def test_a_seller_of_another_region_is_denied_without_details(
    european: Application, region: str
) -> None:
    address = f"{european.url}/{region}{PARTICIPATIONS}"
    answer = await european.http.get(address, headers=european.headers)
    assert answer.status_code == 403
    assert error(answer) == {"code": "Unauthorized", "message": DENIED, "details": ""}


async def test_a_call_without_a_user_agent_is_refused(application: Application) -> None:
    application.headers["user-agent"] = ""
    answer = await application.get(PARTICIPATIONS)
    assert answer.status_code == 400
    assert "User-Agent" in error(answer)["details"]


async def test_a_burst_is_served_then_429_until_the_bucket_refills(
    application: Application, clock: FixedClock
) -> None:
    path = "/reports/2021-06-30/reports/unknown"
    answers = [await application.get(path) for _ in range(16)]
    assert [answer.status_code for answer in answers] == [404] * 15 + [429]
    assert answers[0].headers["x-amzn-ratelimit-limit"] == "2.0"
    refused = answers[-1]
    assert error(refused)["code"] == "QuotaExceeded"
    assert refused.headers["x-amzn-errortype"] == "TooManyRequestsException"
    assert "x-amzn-ratelimit-limit" not in refused.headers
    clock.move(0.5)
    assert (await application.get(path)).status_code == 404
    assert (await application.get(path)).status_code == 429


async def test_one_sellers_calls_cost_another_nothing(
    application: Application, european: Application
) -> None:
    for _ in range(16):
        last = await application.get(PARTICIPATIONS)
    assert last.status_code == 429
    assert (await european.get(PARTICIPATIONS)).status_code == 200


async def test_a_path_amazon_does_not_have_is_404_in_its_shape(application: Application) -> None:
    for answer in (
        await application.get("/orders/v9/orders"),
        await application.call("PUT", PARTICIPATIONS),
    ):
        assert answer.status_code == 404
        assert error(answer)["code"] == "NotFound"


@pytest.mark.parametrize(
    ("change", "status", "name"),
    [
        ({"refresh_token": "Atzr|revoked"}, 400, "invalid_grant"),
        ({"client_secret": "rotated"}, 401, "invalid_client"),
        ({"client_id": "other"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "client_credentials", "scope": "profile"}, 400, "invalid_scope"),
    ],
)
async def test_login_refuses_in_its_own_shape(
    application: Application, change: dict[str, str], status: int, name: str
) -> None:
    form = {
        "grant_type": "refresh_token",
        "refresh_token": application.seller.refresh_token,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
    }
    answer = await application.http.post(f"{application.url}/auth/o2/token", data=form | change)
    assert answer.status_code == status
    assert answer.json()["error"] == name
    assert answer.json()["error_description"]


async def test_a_grantless_token_opens_no_sellers_data(application: Application) -> None:
    form = {
        "grant_type": "client_credentials",
        "scope": "sellingpartnerapi::notifications",
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
    }
    answer = await application.http.post(f"{application.url}/auth/o2/token", data=form)
    assert answer.json()["expires_in"] == 3600
    application.headers["x-amz-access-token"] = answer.json()["access_token"]
    assert (await application.get(PARTICIPATIONS)).status_code == 403
