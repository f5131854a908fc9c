"""What is sent again, and what never is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse

from stockroom.amazon.connection import AmazonConnections
from stockroom.amazon.exchange import NO_ANSWER, NOT_SENT
from stockroom.amazon.ports import ReportSpec
from stockroom.amazon.repeat import MAX_ATTEMPTS
from stockroom.amazon.spapi import SpApi
from stockroom.amazon.throttle import Buckets
from stockroom.core.clock import FixedClock
from stockroom.core.config import load_settings
from stockroom.core.errors import (
    AmazonError,
    AmazonUnavailableError,
    AuthorizationLostError,
    ThrottledError,
)
from stockroom.core.marketplaces import Region, marketplace

if TYPE_CHECKING:
    from tests.amazon.conftest import Hostile, Reply

US = marketplace("US")
SIGN_IN = "/auth/o2/token"
REPORTS = "/reports/2021-06-30/reports"
LISTING = "/listings/2021-08-01/items/A1SELLER/SKU-1"
SPEC = ReportSpec("GET_LEDGER_SUMMARY_VIEW_DATA", (US,), start=datetime(2026, 11, 1, tzinfo=UTC))
PATCH = {"productType": "PRODUCT", "patches": []}


def _denied(details: str) -> Response:
    return JSONResponse({"errors": [{"code": "Unauthorized", "details": details}]}, 403)


def _broken_off(_: Request) -> Response:
    async def parts() -> AsyncIterator[bytes]:
        yield b"{"

    return StreamingResponse(parts(), headers={"content-length": "100"})


BUSY = HTMLResponse("<html>busy</html>", 503)
LIMITED = Response(b"", 429)
EXPIRED = _denied("The access token you provided has expired.")
REVOKED = _denied("The access token you provided is revoked, malformed or invalid.")


@pytest.mark.parametrize("trouble", [BUSY, LIMITED, EXPIRED, REVOKED, _broken_off])
async def test_a_read_is_sent_again_until_it_succeeds(
    hostile: Hostile, api: SpApi, trouble: Reply
) -> None:
    hostile.answers(LISTING, trouble, JSONResponse({"sku": "SKU-1"}))

    assert (await api.listing("SKU-1", US)).body == {"sku": "SKU-1"}
    assert len(hostile.calls(LISTING)) == 2


@pytest.mark.parametrize("trouble", [BUSY, LIMITED, _broken_off])
async def test_a_read_is_given_up_after_a_few_tries(
    hostile: Hostile, api: SpApi, trouble: Reply
) -> None:
    hostile.answers(LISTING, trouble)

    with pytest.raises(AmazonError):
        await api.listing("SKU-1", US)
    assert len(hostile.calls(LISTING)) == MAX_ATTEMPTS


async def test_a_refusal_is_not_argued_with(hostile: Hostile, api: SpApi) -> None:
    hostile.answers(LISTING, JSONResponse({"errors": [{"code": "NotFound"}]}, 404))

    with pytest.raises(AmazonError):
        await api.listing("SKU-1", US)
    assert len(hostile.calls(LISTING)) == 1


@pytest.mark.parametrize("refused", [EXPIRED, REVOKED])
async def test_a_refused_token_is_renewed_once(
    hostile: Hostile, api: SpApi, refused: Response
) -> None:
    hostile.answers(LISTING, refused)

    with pytest.raises((AuthorizationLostError, AmazonUnavailableError)):
        await api.listing("SKU-1", US)

    used = [one.headers["x-amz-access-token"] for one in hostile.calls(LISTING)]
    assert used == ["Atza|token-1", "Atza|token-2"]


async def test_waiting_between_tries_is_jittered_and_bounded(
    hostile: Hostile, api: SpApi, clock: FixedClock
) -> None:
    hostile.answers(LISTING, BUSY)
    waits = set()
    for _ in range(3):
        began = clock.monotonic()
        with pytest.raises(AmazonUnavailableError):
            await api.listing("SKU-1", US)
        waits.add(clock.monotonic() - began)

    assert len(waits) == 3
    assert max(waits) < 60


@pytest.mark.parametrize("trouble", [LIMITED, EXPIRED])
async def test_a_report_that_was_refused_is_asked_for_again(
    hostile: Hostile, api: SpApi, trouble: Response
) -> None:
    later = Response(b"", 429, {"retry-after": "5"}) if trouble is LIMITED else trouble
    hostile.answers(REPORTS, later, JSONResponse({"reportId": "R1"}, 202))

    if trouble is LIMITED:  # a bucket this slow closes for longer than anybody waits
        with pytest.raises(ThrottledError) as caught:
            await api.create_report(SPEC)
        assert caught.value.retry_after_s is not None
        assert caught.value.retry_after_s >= 60
    else:
        assert await api.create_report(SPEC) == "R1"


@pytest.mark.parametrize("trouble", [BUSY, _broken_off, Response(b"", 202), Response(b"", 502)])
async def test_a_report_that_may_exist_is_not_asked_for_twice(
    hostile: Hostile, api: SpApi, trouble: Reply
) -> None:
    hostile.answers(REPORTS, trouble)

    with pytest.raises(AmazonUnavailableError):
        await api.create_report(SPEC)
    assert len(hostile.calls(REPORTS)) == 1


@pytest.mark.parametrize("trouble", [BUSY, LIMITED, EXPIRED, REVOKED, _broken_off, Response(b"")])
async def test_a_submitted_patch_is_sent_once_whatever_comes_back(
    hostile: Hostile, api: SpApi, trouble: Reply
) -> None:
    hostile.answers(LISTING, trouble)

    with pytest.raises(AmazonError):
        await api.patch_listing("SKU-1", US, PATCH, preview=False)
    assert len(hostile.calls(LISTING, "PATCH")) == 1


async def test_a_token_refused_on_a_write_is_not_used_for_the_next(
    hostile: Hostile, api: SpApi
) -> None:
    hostile.answers(LISTING, EXPIRED, JSONResponse({"sku": "SKU-1", "status": "ACCEPTED"}))
    with pytest.raises(AmazonUnavailableError, match="nothing was done"):
        await api.patch_listing("SKU-1", US, PATCH, preview=False)

    await api.patch_listing("SKU-1", US, PATCH, preview=False)

    assert hostile.calls(LISTING)[-1].headers["x-amz-access-token"] == "Atza|token-2"


async def test_a_validated_patch_changes_nothing_and_may_be_repeated(
    hostile: Hostile, api: SpApi
) -> None:
    hostile.answers(LISTING, BUSY, JSONResponse({"sku": "SKU-1", "status": "VALID"}))

    await api.patch_listing("SKU-1", US, PATCH, preview=True)

    assert [one.query["mode"] for one in hostile.calls(LISTING)] == ["VALIDATION_PREVIEW"] * 2


async def test_an_answer_that_breaks_off_is_told_from_one_never_asked(
    hostile: Hostile, api: SpApi, clock: FixedClock, plenty: Buckets, tmp_path: Path
) -> None:
    hostile.answers(LISTING, _broken_off)
    with pytest.raises(AmazonUnavailableError) as broken:
        await api.patch_listing("SKU-1", US, PATCH, preview=False)

    settings = load_settings(
        home=tmp_path,
        lwa_url=hostile.url + SIGN_IN,
        lwa_client_id="id",
        lwa_client_secret="secret",
        spapi_na_url="http://127.0.0.1:9",  # the discard port: nobody listens
    )
    async with AmazonConnections(settings, plenty, clock) as elsewhere:
        nowhere = elsewhere.for_seller("A1SELLER", Region.NA, "Atzr|x")
        with pytest.raises(AmazonUnavailableError) as unsent:
            await nowhere.patch_listing("SKU-1", US, PATCH, preview=False)

    assert (broken.value.code, unsent.value.code) == (NO_ANSWER, NOT_SENT)


async def test_a_report_is_asked_for_again_when_amazon_was_never_reached(
    hostile: Hostile, clock: FixedClock, plenty: Buckets, tmp_path: Path
) -> None:
    settings = load_settings(
        home=tmp_path,
        lwa_url=hostile.url + SIGN_IN,
        lwa_client_id="id",
        lwa_client_secret="secret",
        spapi_na_url="http://127.0.0.1:9",
    )
    async with AmazonConnections(settings, plenty, clock) as elsewhere:
        with pytest.raises(AmazonUnavailableError):
            await elsewhere.for_seller("A1", Region.NA, "Atzr|x").create_report(SPEC)

    assert clock.monotonic() > 0


async def test_a_limited_bucket_is_left_alone_until_it_reopens(
    hostile: Hostile, api: SpApi, clock: FixedClock
) -> None:
    limited = Response(b"", 429, {"retry-after": "12"})
    hostile.answers(LISTING, limited, JSONResponse({"sku": "SKU-1"}))

    await api.listing("SKU-1", US)

    assert 12 <= clock.monotonic() <= 15.1


CALLS: list[Callable[[SpApi], Awaitable[object]]] = [
    lambda api: api.participations(),
    lambda api: api.create_report(SPEC),
    lambda api: api.report("R1"),
    lambda api: api.reports(["T"], datetime(2026, 11, 1, tzinfo=UTC)),
    lambda api: anext(api.inventory_summaries(US)),
    lambda api: anext(api.search_listings(US)),
]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    "body",
    [{}, {"payload": None}, {"payload": [7]}, {"reports": {}}, {"items": 3}, {"reportId": 5},
     {"headers": 1}, {"reportId": "R1", "reportType": "T", "processingStatus": "LOST"}],
)  # fmt: skip
async def test_a_success_without_what_was_asked_for_is_an_error(
    hostile: Hostile, api: SpApi, call: Callable[[SpApi], Awaitable[object]], body: object
) -> None:
    for path in (
        "/sellers/v1/marketplaceParticipations",
        "/reports/2021-06-30/reports",
        "/reports/2021-06-30/reports/R1",
        "/fba/inventory/v1/summaries",
        "/listings/2021-08-01/items/A1SELLER",
    ):
        hostile.answers(path, JSONResponse(body))
    if isinstance(body, dict) and isinstance(body.get("reportId"), str):
        hostile.answers(REPORTS, JSONResponse({"reports": [body], "reportId": ""}))

    with pytest.raises(AmazonUnavailableError):
        await call(api)
