"""Credentials and presigned links reach neither an error nor a log."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from starlette.responses import HTMLResponse, JSONResponse, Response

from stockroom.amazon.spapi import SpApi
from stockroom.core.errors import AmazonError
from stockroom.core.log import configure
from stockroom.core.marketplaces import marketplace

if TYPE_CHECKING:
    from tests.amazon.conftest import Hostile

ASK = "/reports/2021-06-30/documents/D1"
LISTING = "/listings/2021-08-01/items/A1SELLER/SKU-1"
SECRETS = ("grant-of-a-seller", "amzn1.oa2-cs", "token-1", "token-2", "s3cret-link")
ECHO = "Atzr|grant-of-a-seller Atza|token-1 amzn1.oa2-cs.v1.simulator"


@pytest.fixture
def logs_on() -> Iterator[None]:
    """The house's logging at its most talkative."""
    root = logging.getLogger()
    before, level = root.handlers, root.level
    configure("DEBUG")
    yield
    root.handlers, root.level = before, level


@pytest.mark.requirement("secrets-never-in-errors")
@pytest.mark.usefixtures("logs_on")
@pytest.mark.parametrize(
    "answer",
    [
        JSONResponse({"errors": [{"code": ECHO, "message": ECHO, "details": ECHO}]}, 400),
        JSONResponse({"errors": [{"code": ECHO, "message": ECHO, "details": ECHO}]}, 403),
        JSONResponse({"message": ECHO}, 400, {"x-amzn-RequestId": ECHO}),
        HTMLResponse(ECHO, 503),
        HTMLResponse(ECHO, 200),
    ],
)
async def test_an_answer_that_repeats_our_secrets_is_not_repeated(
    hostile: Hostile, api: SpApi, capfd: pytest.CaptureFixture[str], answer: Response
) -> None:
    hostile.answers(LISTING, answer)

    with pytest.raises(AmazonError) as caught:
        await api.listing("SKU-1", marketplace("US"))

    _nothing_told(caught.value, capfd)


@pytest.mark.usefixtures("logs_on")
async def test_a_sign_in_that_repeats_the_grant_is_not_repeated(
    hostile: Hostile, api: SpApi, capfd: pytest.CaptureFixture[str]
) -> None:
    echo = JSONResponse({"error": "invalid_grant", "error_description": ECHO}, 400)
    hostile.answers("/auth/o2/token", echo)

    with pytest.raises(AmazonError) as caught:
        await api.listing("SKU-1", marketplace("US"))

    _nothing_told(caught.value, capfd)


@pytest.mark.usefixtures("logs_on")
async def test_a_documents_link_is_told_to_nobody(
    hostile: Hostile, api: SpApi, capfd: pytest.CaptureFixture[str]
) -> None:
    url = f"{hostile.url}/store?X-Amz-Signature=s3cret-link"
    hostile.answers(ASK, JSONResponse({"reportDocumentId": "D1", "url": url}))
    hostile.answers("/store", Response(ECHO, 500))

    with pytest.raises(AmazonError) as caught:
        async with api.document("D1"):
            pytest.fail("it was opened")

    _nothing_told(caught.value, capfd)


@pytest.mark.usefixtures("logs_on")
async def test_a_connection_that_breaks_tells_nothing_of_the_request(
    hostile: Hostile, api: SpApi, capfd: pytest.CaptureFixture[str]
) -> None:
    url = "http://127.0.0.1:9/store?X-Amz-Signature=s3cret-link"
    hostile.answers(ASK, JSONResponse({"reportDocumentId": "D1", "url": url}))

    with pytest.raises(AmazonError) as caught:
        async with api.document("D1"):
            pytest.fail("it was opened")

    _nothing_told(caught.value, capfd)


def test_objects_that_hold_secrets_do_not_show_them(api: SpApi) -> None:
    tokens = api._transport._tokens
    shown = f"{tokens!r} {tokens._application!r} {tokens._refresh_token!r} {api!r}"

    assert not [secret for secret in SECRETS if secret in shown]


def _nothing_told(error: AmazonError, capfd: pytest.CaptureFixture[str]) -> None:
    logged = capfd.readouterr()
    told = "".join(
        [*traceback.format_exception(error), repr(error), error.code, logged.out, logged.err]
    )
    assert not [secret for secret in SECRETS if secret in told]
