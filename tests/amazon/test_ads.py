"""The advertising API's client: duplicates, refusals, addresses that ran out, and what cannot be a document."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
from pydantic import SecretStr
from starlette.responses import HTMLResponse, JSONResponse, Response
from tests.amazon.conftest import SIGN_IN, Hostile, settings_for
from tests.serving import serving

from stockroom.amazon.ads import AdsApi
from stockroom.amazon.connection import AmazonConnections
from stockroom.amazon.ports import AdsReportSpec, AdsReportState
from stockroom.amazon.throttle import Buckets
from stockroom.core.clock import FixedClock
from stockroom.core.errors import (
    AmazonRefusedError,
    AmazonUnavailableError,
    AuthorizationLostError,
    BadDocumentError,
    RoleMissingError,
    ThrottledError,
)
from stockroom.core.marketplaces import MARKETPLACES, Region
from stockroom.entrypoints.shared_buckets import SharedBuckets
from stockroom.simulator.app import create_app
from stockroom.simulator.credentials import CLIENT_ID, CLIENT_SECRET
from stockroom.simulator.world import Seller, World

US, CA = MARKETPLACES["US"], MARKETPLACES["CA"]
PROFILES, REPORTS = "/v2/profiles", "/reporting/reports"
SPEC = AdsReportSpec(
    "spCampaigns",
    "SPONSORED_PRODUCTS",
    "campaign",
    ("date", "campaignId", "cost"),
    date(2026, 11, 1),
    date(2026, 11, 18),
)


def profile(number: int, seller: str = "A1SELLER", place: str = US.id) -> dict[str, object]:
    return {"profileId": number, "accountInfo": {"marketplaceStringId": place, "id": seller}}


def told(status: str, **more: object) -> JSONResponse:
    return JSONResponse(
        {"reportId": "r-1", "status": status, "createdAt": "2026-11-21T08:44:00.000Z", **more}
    )


def refused(status: int, detail: str, **headers: str) -> JSONResponse:
    return JSONResponse({"code": str(status), "detail": detail}, status, headers=headers)


@pytest.fixture
async def ads(
    hostile: Hostile, clock: FixedClock, buckets: SharedBuckets, tmp_path: Path
) -> AsyncIterator[AdsApi]:
    """A seller's advertising at the Amazon that misbehaves."""
    urls = {"ads_na_url": hostile.url, "ads_lwa_na_url": f"{hostile.url}{SIGN_IN}"}
    settings = settings_for(hostile.url, tmp_path, max_document_mb=1, **urls)
    hostile.answers(PROFILES, JSONResponse([profile(7)]))
    async with AmazonConnections(settings, buckets, clock) as connections:
        yield connections.advertiser("A1SELLER", Region.NA, SecretStr("Atzr|ads"))


# --- asking ---------------------------------------------------------------------------------------


async def test_a_report_is_asked_of_the_sellers_profile_in_amazons_own_type(
    ads: AdsApi, hostile: Hostile
) -> None:
    others = [
        profile(1, "A2OTHER"),
        profile(2, place="unknown"),
        profile(7),
        profile(8, place=CA.id),
    ]
    hostile.answers(PROFILES, JSONResponse([*others, "no object"]))
    hostile.answers(REPORTS, told("PENDING"))
    assert await ads.profiles() == (US, CA)
    assert await ads.create_report(CA, SPEC) == "r-1"
    (asked,) = hostile.calls(REPORTS)
    assert asked.headers["amazon-advertising-api-scope"] == "8"
    assert asked.headers["amazon-advertising-api-clientid"] == CLIENT_ID
    assert asked.headers["authorization"] == "Bearer Atza|token-1"
    assert asked.headers["content-type"] == "application/vnd.createasyncreportrequest.v3+json"


async def test_profiles_are_asked_for_once_in_hours(
    ads: AdsApi, hostile: Hostile, clock: FixedClock
) -> None:
    hostile.answers(REPORTS, told("PENDING"))
    await ads.create_report(US, SPEC)
    await ads.create_report(US, SPEC)
    assert len(hostile.calls(PROFILES)) == 1
    clock.move(7 * 3600)
    await ads.create_report(US, SPEC)
    assert len(hostile.calls(PROFILES)) == 2


async def test_a_marketplace_without_a_profile_names_the_remedy(ads: AdsApi) -> None:
    with pytest.raises(RoleMissingError, match="stockroom account ads"):
        await ads.create_report(CA, SPEC)


async def test_a_duplicate_is_the_report_that_is_there(ads: AdsApi, hostile: Hostile) -> None:
    first = "0d6e9b7c-1111-4222-8333-444455556666"
    hostile.answers(REPORTS, refused(425, f"The Request is a duplicate of : {first}"))
    assert await ads.create_report(US, SPEC) == first
    assert len(hostile.calls(REPORTS)) == 1


async def test_a_duplicate_that_names_nothing_is_a_refusal(ads: AdsApi, hostile: Hostile) -> None:
    hostile.answers(REPORTS, refused(425, "Too early"))
    with pytest.raises(AmazonRefusedError):
        await ads.create_report(US, SPEC)


async def test_refusals_in_a_row_are_waited_for_longer_each_time(
    ads: AdsApi, hostile: Hostile, clock: FixedClock
) -> None:
    page = HTMLResponse("<h1>429</h1>", 429)
    hostile.answers(REPORTS, page, refused(429, "Too Many Requests"), told("PENDING"))
    before = clock.monotonic()
    assert await ads.create_report(US, SPEC) == "r-1"
    assert clock.monotonic() - before >= 5 + 10


async def test_amazons_own_wish_is_respected(
    ads: AdsApi, hostile: Hostile, clock: FixedClock
) -> None:
    hostile.answers(REPORTS, refused(429, "Too Many", **{"retry-after": "17"}), told("PENDING"))
    before = clock.monotonic()
    await ads.create_report(US, SPEC)
    assert clock.monotonic() - before >= 17


async def test_a_wait_beyond_patience_is_left_to_the_caller(ads: AdsApi, hostile: Hostile) -> None:
    hostile.answers(REPORTS, refused(429, "Too Many", **{"retry-after": "900"}))
    with pytest.raises(ThrottledError) as error:
        await ads.create_report(US, SPEC)
    assert (error.value.retry_after_s or 0) > 800
    assert len(hostile.calls(REPORTS)) == 1


async def test_a_refusal_carries_amazons_words_as_data(ads: AdsApi, hostile: Hostile) -> None:
    hostile.answers(REPORTS, refused(400, "must not exceed maximum range (31 days)"))
    with pytest.raises(AmazonRefusedError) as error:
        await ads.create_report(US, SPEC)
    assert error.value.amazon_says == ("must not exceed maximum range (31 days)",)
    assert "31" not in error.value.summary


async def test_a_withdrawn_grant_names_the_remedy(ads: AdsApi, hostile: Hostile) -> None:
    hostile.answers(SIGN_IN, JSONResponse({"error": "invalid_grant"}, 400))
    with pytest.raises(AuthorizationLostError, match="stockroom account ads"):
        await ads.profiles()


async def test_a_refused_token_is_renewed_once(ads: AdsApi, hostile: Hostile) -> None:
    hostile.answers(REPORTS, refused(401, "Not authorized"), told("PENDING"))
    assert await ads.create_report(US, SPEC) == "r-1"
    assert len(hostile.calls(SIGN_IN)) == 2
    hostile.answers(REPORTS, refused(401, "Not authorized"))
    with pytest.raises(AuthorizationLostError):
        await ads.create_report(US, SPEC)


# --- waiting and fetching -------------------------------------------------------------------------


async def test_every_state_is_understood_and_a_strange_one_is_no_answer(
    ads: AdsApi, hostile: Hostile
) -> None:
    path = f"{REPORTS}/r-1"
    for state in AdsReportState:
        hostile.answers(path, told(state, failureReason="no luck" if state == "FAILED" else None))
        status = await ads.report(US, "r-1")
        assert (status.state, status.failure) == (state, "no luck" if state == "FAILED" else "")
    hostile.answers(path, told("PONDERING"))
    with pytest.raises(AmazonUnavailableError):
        await ads.report(US, "r-1")


async def fetched(ads: AdsApi) -> bytes:
    async with ads.document(US, "r-1") as download:
        return b"".join([block async for block in download.blocks])


async def test_an_address_that_ran_out_is_had_anew(ads: AdsApi, hostile: Hostile) -> None:
    expired = Response("<Error><Code>AccessDenied</Code></Error>", 403)
    hostile.answers(f"{REPORTS}/r-1", told("COMPLETED", url=f"{hostile.url}/stored"))
    hostile.answers("/stored", expired, Response(gzip.compress(b"[]")))
    assert await fetched(ads) == b"[]"
    assert len(hostile.calls(f"{REPORTS}/r-1")) == 2
    assert "authorization" not in hostile.calls("/stored")[0].headers


@pytest.mark.parametrize(
    "body", [b"[]", gzip.compress(b"[]", mtime=0)[:-9], b""], ids=["plain", "cut", "nothing"]
)
async def test_what_is_not_whole_gzip_is_no_document(
    ads: AdsApi, hostile: Hostile, body: bytes
) -> None:
    hostile.answers(f"{REPORTS}/r-1", told("COMPLETED", url=f"{hostile.url}/stored"))
    hostile.answers("/stored", Response(body))
    with pytest.raises(BadDocumentError):
        await fetched(ads)


async def test_a_finished_report_without_an_address_is_no_answer(
    ads: AdsApi, hostile: Hostile
) -> None:
    hostile.answers(f"{REPORTS}/r-1", told("COMPLETED", url=None))
    with pytest.raises(AmazonUnavailableError):
        await fetched(ads)


# --- against the pretend Amazon ---------------------------------------------------------------------


async def test_a_report_of_the_pretend_amazon_from_question_to_rows(
    world: World, seller: Seller, clock: FixedClock, plenty: Buckets, tmp_path: Path
) -> None:
    async with serving(create_app(world, clock, tmp_path)) as url:
        urls = {"ads_na_url": f"{url}/ads/na", "ads_lwa_na_url": f"{url}{SIGN_IN}"}
        settings = settings_for(url, tmp_path, spapi_na_url=f"{url}/na", **urls)
        async with AmazonConnections(settings, plenty, clock) as connections:
            grant = SecretStr(seller.ads_refresh_token)
            ads = connections.advertiser(seller.seller_id, Region.NA, grant)
            assert {place.code for place in await ads.profiles()} == set(seller.marketplaces)
            first = await ads.create_report(US, SPEC)
            assert await ads.create_report(US, SPEC) == first
            clock.move(120)
            assert (await ads.report(US, first)).state is AdsReportState.COMPLETED
            async with ads.document(US, first) as download:
                text = b"".join([block async for block in download.blocks])
            assert text.startswith(b'[{"date":"2026-11-01","campaignId":')
            with pytest.raises(AmazonRefusedError):  # the profile of another marketplace
                await ads.report(CA, first)
            selling = connections.for_seller(seller.seller_id, Region.NA, grant)
            with pytest.raises(AuthorizationLostError):  # the grant opens nothing else
                await selling.participations()


async def test_the_applications_own_credentials_win(
    hostile: Hostile, plenty: Buckets, tmp_path: Path
) -> None:
    hostile.answers(SIGN_IN, JSONResponse({"error": "invalid_client"}, 401))
    urls = {"ads_na_url": hostile.url, "ads_lwa_na_url": f"{hostile.url}{SIGN_IN}"}
    own = {"ads_client_id": "amzn1.ads", "ads_client_secret": CLIENT_SECRET}
    settings = settings_for(hostile.url, tmp_path, **urls, **own)
    async with AmazonConnections(settings, plenty) as connections:
        with pytest.raises(AuthorizationLostError):
            await connections.advertiser("A1", Region.NA, SecretStr("Atzr|x")).profiles()
    assert b"client_id=amzn1.ads" in hostile.calls(SIGN_IN)[0].body
