"""Whatever Amazon answers becomes one of our errors, of the kind that says what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from starlette.responses import HTMLResponse, JSONResponse, Response
from tests.plenty import Plenty

from stockroom.amazon.spapi import SpApi
from stockroom.core.clock import FixedClock
from stockroom.core.errors import (
    AmazonError,
    AmazonRefusedError,
    AmazonUnavailableError,
    AuthorizationLostError,
    RoleMissingError,
    ThrottledError,
)
from stockroom.core.marketplaces import marketplace

if TYPE_CHECKING:
    from tests.amazon.conftest import Hostile

LISTING = "/listings/2021-08-01/items/A1SELLER/SKU-1"
PAGE = "<html><body>Atza|token-1 is not welcome</body></html>"


def _errors(status: int, code: str, details: str = "") -> Response:
    error = {"code": code, "message": "Said by Amazon.", "details": details}
    return JSONResponse({"errors": [error]}, status, {"x-amzn-RequestId": "req-1"})


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (_errors(400, "InvalidInput"), AmazonRefusedError),
        (_errors(404, "NotFound"), AmazonRefusedError),
        (_errors(409, "Conflict"), AmazonRefusedError),
        (_errors(403, "Unauthorized"), RoleMissingError),
        (_errors(403, "Unauthorized", "The access token is revoked."), AuthorizationLostError),
        (_errors(403, "Unauthorized", "The access token has expired."), AmazonUnavailableError),
        (_errors(401, "Unauthorized", "No valid token."), AuthorizationLostError),
        (_errors(429, "QuotaExceeded"), ThrottledError),
        (_errors(500, "InternalFailure"), AmazonUnavailableError),
        (JSONResponse({"message": "Forbidden"}, 403), RoleMissingError),
        (JSONResponse({"message": "Bad"}, 400), AmazonRefusedError),
        (JSONResponse({"errors": {"code": "X", "message": "m"}}, 400), AmazonRefusedError),
        (JSONResponse({"errors": ["text", 7, None]}, 400), AmazonRefusedError),
        (JSONResponse({"errors": []}, 400), AmazonRefusedError),
        (JSONResponse({"errors": [{"code": 7, "message": {}}]}, 400), AmazonRefusedError),
        (HTMLResponse(PAGE, 503), AmazonUnavailableError),
        (HTMLResponse(PAGE, 403), AmazonUnavailableError),
        (HTMLResponse(PAGE, 400), AmazonUnavailableError),
        (Response(b"", 503), AmazonUnavailableError),
        (Response(b"", 429), ThrottledError),
        (Response(b"", 404), AmazonUnavailableError),
        (Response(b"", 302, {"location": "https://example.com/"}), AmazonUnavailableError),
        (HTMLResponse(PAGE, 200), AmazonUnavailableError),
        (Response(b"", 200), AmazonUnavailableError),
        (Response(b"[" * 100_000, 200), AmazonUnavailableError),
        (Response(b'{"sku": NaN}', 200), AmazonUnavailableError),
        (Response(b'{"sku": "\xff"}', 200), AmazonUnavailableError),
        (JSONResponse([{"sku": "SKU-1"}], 200), AmazonUnavailableError),
        (JSONResponse({"errors": [{"code": "InternalFailure"}]}, 200), AmazonUnavailableError),
    ],
)
async def test_every_answer_but_success_is_one_of_our_errors(
    hostile: Hostile, api: SpApi, answer: Response, kind: type[AmazonError]
) -> None:
    hostile.answers(LISTING, answer)

    with pytest.raises(AmazonError) as caught:
        await api.listing("SKU-1", marketplace("US"))

    assert type(caught.value) is kind
    assert caught.value.status == answer.status_code
    assert "Atza" not in f"{caught.value}"


async def test_the_request_id_and_amazons_words_are_kept(hostile: Hostile, api: SpApi) -> None:
    hostile.answers(LISTING, _errors(404, "NotFound"))

    with pytest.raises(AmazonRefusedError, match="getListingsItem") as e:
        await api.listing("SKU-1", marketplace("US"))

    assert e.value.amazon_says == ("NotFound: Said by Amazon.",)
    assert "Said by Amazon" not in str(e.value)
    assert (e.value.request_id, e.value.code) == ("req-1", "NotFound")


async def test_amazons_words_are_cleaned_and_capped(hostile: Hostile, api: SpApi) -> None:
    message = "a\r\nb\x00\x1b[31m" + "x" * 5000 + " Atza|token-1"
    hostile.answers(LISTING, JSONResponse({"message": message}, 400, {"x-amzn-RequestId": "<b>"}))

    with pytest.raises(AmazonRefusedError) as caught:
        await api.listing("SKU-1", marketplace("US"))

    (words,) = caught.value.amazon_says
    assert words.startswith("a b [31mxx")
    assert words.isprintable()
    assert len(words) <= 300
    assert caught.value.request_id == ""


async def test_an_endless_answer_is_cut_off(hostile: Hostile, api: SpApi) -> None:
    hostile.answers(LISTING, Response(b" " * (33 * 2**20), 200))

    with pytest.raises(AmazonUnavailableError, match="too large"):
        await api.patch_listing("SKU-1", marketplace("US"), {"patches": []}, preview=False)


@pytest.mark.parametrize("retry_after", ["nan", "-5", "1e99", "tomorrow", "inf", ""])
async def test_a_senseless_retry_after_is_ignored(
    hostile: Hostile, api: SpApi, clock: FixedClock, retry_after: str
) -> None:
    limited = Response(b"", 429, {"retry-after": retry_after})
    hostile.answers(LISTING, limited, JSONResponse({"sku": "SKU-1"}))

    await api.listing("SKU-1", marketplace("US"))

    assert 0 < clock.monotonic() < 2


@pytest.mark.parametrize("rate", ["nan", "-5", "1e99", "fast", "0", ""])
async def test_a_senseless_rate_is_ignored(
    hostile: Hostile, api: SpApi, plenty: Plenty, rate: str
) -> None:
    said = {"x-amzn-RateLimit-Limit": rate}
    hostile.answers(LISTING, JSONResponse({"sku": "SKU-1"}, 200, said))

    await api.listing("SKU-1", marketplace("US"))

    assert plenty.learned == []


async def test_the_rate_that_amazon_names_is_learned(
    hostile: Hostile, api: SpApi, plenty: Plenty
) -> None:
    said = {"x-amzn-RateLimit-Limit": "2.5"}
    hostile.answers(LISTING, JSONResponse({"sku": "SKU-1"}, 200, said))

    await api.listing("SKU-1", marketplace("US"))

    assert plenty.learned == [2.5]


async def test_no_cookie_is_kept(hostile: Hostile, api: SpApi) -> None:
    with_cookie = JSONResponse({"sku": "SKU-1"}, headers={"set-cookie": "session=1; Path=/"})
    hostile.answers(LISTING, with_cookie)

    for _ in range(2):
        await api.listing("SKU-1", marketplace("US"))

    assert "cookie" not in hostile.calls(LISTING)[-1].headers
