"""Where sellers are sent to consent, and what becomes of the code they come back with."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from pydantic import SecretStr
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse
from tests.amazon.conftest import SIGN_IN, Hostile, settings_for

from stockroom.amazon.connection import AmazonConnections
from stockroom.amazon.consent import ads_consent, seller_central, seller_consent
from stockroom.amazon.throttle import Buckets
from stockroom.core.clock import FixedClock
from stockroom.core.config import Settings, load_settings
from stockroom.core.errors import (
    AmazonError,
    AmazonRefusedError,
    AmazonUnavailableError,
    ConfigurationError,
    SecretRefusedError,
)
from stockroom.core.marketplaces import MARKETPLACES, Region, marketplace

BACK = "https://ours.example/connect/amazon/callback"
CODE = "s3cret-code"
AGENT = re.compile(r"Stockroom/\d[\w.]* \(Language=Python/3\.\d+\.\d+[\w.+]*; Platform=\w+\)")


def installed(tmp_path: Path, **more: object) -> Settings:
    given = {"home": tmp_path, "spapi_application_id": "amzn1.sp.solution.x", "lwa_client_id": "c1"}
    return load_settings(**given | more)


@pytest.mark.parametrize(
    ("country", "host"),
    [
        ("US", "sellercentral.amazon.com"),
        ("CA", "sellercentral.amazon.ca"),
        ("MX", "sellercentral.amazon.com.mx"),
        ("BR", "sellercentral.amazon.com.br"),
        ("UK", "sellercentral-europe.amazon.com"),
        ("DE", "sellercentral-europe.amazon.com"),
        ("TR", "sellercentral.amazon.com.tr"),
        ("AE", "sellercentral.amazon.ae"),
        ("SA", "sellercentral.amazon.sa"),
        ("EG", "sellercentral.amazon.eg"),
        ("IN", "sellercentral.amazon.in"),
        ("ZA", "sellercentral.amazon.co.za"),
        ("JP", "sellercentral-japan.amazon.com"),
        ("AU", "sellercentral.amazon.com.au"),
        ("SG", "sellercentral.amazon.sg"),
    ],
)
def test_sellers_authorise_at_the_seller_central_of_their_store(
    tmp_path: Path, country: str, host: str
) -> None:
    assert seller_central(installed(tmp_path), marketplace(country)) == f"https://{host}"


def test_the_consent_page_is_asked_as_amazon_documents_it(tmp_path: Path) -> None:
    address = seller_consent(
        installed(tmp_path), MARKETPLACES["US"], state="a b&c", redirect_uri=BACK
    )
    parts = urlsplit(address)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == (
        "https://sellercentral.amazon.com/apps/authorize/consent"
    )
    assert dict(parse_qsl(parts.query)) == {
        "application_id": "amzn1.sp.solution.x",
        "state": "a b&c",
        "redirect_uri": BACK,
    }


def test_a_draft_is_asked_for_as_one_and_a_configured_host_wins(tmp_path: Path) -> None:
    settings = installed(
        tmp_path, spapi_application_draft=True, seller_central_eu_url="http://127.0.0.1:1/eu/"
    )
    address = seller_consent(settings, MARKETPLACES["DE"], state="s", redirect_uri=BACK)
    assert address.startswith("http://127.0.0.1:1/eu/apps/authorize/consent?")
    assert dict(parse_qsl(urlsplit(address).query))["version"] == "beta"


def test_advertising_is_asked_for_at_login_with_amazon(tmp_path: Path) -> None:
    address = ads_consent(installed(tmp_path), Region.EU, state="s", redirect_uri=BACK)
    assert address.startswith("https://eu.account.amazon.com/ap/oa?")
    assert dict(parse_qsl(urlsplit(address).query)) == {
        "client_id": "c1",
        "scope": "advertising::campaign_management",
        "response_type": "code",
        "redirect_uri": BACK,
        "state": "s",
    }


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"spapi_application_id": ""}, "STOCKROOM_SPAPI_APPLICATION_ID"),
        ({"seller_central_na_url": "http://evil.example"}, "STOCKROOM_SELLER_CENTRAL_NA_URL"),
    ],
)
def test_what_is_missing_or_unsafe_is_named(
    tmp_path: Path, more: dict[str, str], field: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        seller_consent(
            installed(tmp_path, **more), MARKETPLACES["US"], state="s", redirect_uri=BACK
        )
    assert caught.value.field == field


async def test_a_code_is_exchanged_by_one_form(
    hostile: Hostile, connections: AmazonConnections
) -> None:
    hostile.answers(
        SIGN_IN, JSONResponse({"access_token": "Atza|x", "refresh_token": "Atzr|fresh"})
    )
    token = await connections.redeem(CODE, BACK)

    assert token.get_secret_value() == "Atzr|fresh"
    (asked,) = hostile.calls(SIGN_IN)
    form = dict(parse_qsl(asked.body.decode()))
    assert form["grant_type"] == "authorization_code"
    assert (form["code"], form["redirect_uri"]) == (CODE, BACK)
    assert set(form) == {"grant_type", "code", "redirect_uri", "client_id", "client_secret"}
    assert asked.query == {}


@pytest.mark.requirement("secrets-never-in-errors")
@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (
            JSONResponse({"error": "invalid_grant", "error_description": CODE}, 400),
            AmazonRefusedError,
        ),
        (JSONResponse({"error": "invalid_client"}, 401), SecretRefusedError),
        (JSONResponse({"error": "other", "error_description": CODE}, 400), AmazonRefusedError),
        (JSONResponse({"access_token": "Atza|x"}), AmazonUnavailableError),
        (JSONResponse({"refresh_token": "two\nlines"}), AmazonUnavailableError),
        (JSONResponse({"refresh_token": 7}), AmazonUnavailableError),
        (HTMLResponse(CODE, 503), AmazonUnavailableError),
        (PlainTextResponse(CODE), AmazonUnavailableError),
    ],
)
async def test_a_code_that_is_not_taken_is_sent_once_and_told_without_it(
    hostile: Hostile,
    connections: AmazonConnections,
    answer: JSONResponse,
    kind: type[AmazonError],
) -> None:
    hostile.answers(SIGN_IN, answer)
    with pytest.raises(kind) as caught:
        await connections.redeem(CODE, BACK)
    assert CODE not in repr(caught.value) + str(caught.value) + str(caught.value.amazon_says)
    assert len(hostile.calls(SIGN_IN)) == 1


async def test_every_call_says_truthfully_who_calls(
    hostile: Hostile, clock: FixedClock, plenty: Buckets, tmp_path: Path
) -> None:
    settings = settings_for(
        hostile.url,
        tmp_path,
        ads_na_url=hostile.url,
        ads_lwa_na_url=f"{hostile.url}{SIGN_IN}",
    )
    document = {"reportDocumentId": "d", "url": f"{hostile.url}/stored"}
    hostile.answers("/sellers/v1/marketplaceParticipations", JSONResponse({"payload": []}))
    hostile.answers("/reports/2021-06-30/documents/d", JSONResponse(document))
    hostile.answers("/stored", PlainTextResponse("rows"))
    hostile.answers("/v2/profiles", JSONResponse([]))
    async with AmazonConnections(settings, plenty, clock) as amazon:
        seller = amazon.for_seller("A1SELLER", Region.NA, "Atzr|x")
        await seller.participations()
        async with seller.document("d") as download:
            assert b"".join([part async for part in download.blocks]) == b"rows"
        await amazon.advertiser("A1SELLER", Region.NA, SecretStr("Atzr|y")).profiles()
        with pytest.raises(AmazonUnavailableError):  # there is no refresh token in that answer
            await amazon.redeem(CODE, BACK)

    paths = {one.path for one in hostile.asked}
    assert paths >= {SIGN_IN, "/v2/profiles", "/stored", "/reports/2021-06-30/documents/d"}
    assert len(hostile.calls(SIGN_IN)) == 3
    for one in hostile.asked:
        agent = one.headers["user-agent"]
        # Facts 3: "App/Version (Language=Python/3.11; ...)", at most 500 characters.
        assert AGENT.fullmatch(agent), (one.path, agent)
        assert len(agent) <= 500
