"""Documents: streamed, checked, capped, and only from where one may come."""

from __future__ import annotations

import gzip
import random
import zlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse

from stockroom.amazon.spapi import SpApi
from stockroom.core.errors import AmazonError, AmazonUnavailableError, BadDocumentError

if TYPE_CHECKING:
    from tests.amazon.conftest import Hostile, Reply

ASK = "/reports/2021-06-30/documents/D1"
STORE = "/store/D1"
KIND = "text/plain; charset=Cp1252"
TEXT = b"sku\tquantity\r\nSKU-1\t3\r\n" * 2000
EXPIRED = Response(
    b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>',
    403,
    media_type="application/xml",
)
MEGABYTE = 2**20


def _address(hostile: Hostile, compression: str | None = None, url: str = "") -> Response:
    body = {"reportDocumentId": "D1", "url": url or f"{hostile.url}{STORE}?X-Amz-Signature=s3cret"}
    return JSONResponse(body | ({"compressionAlgorithm": compression} if compression else {}))


def _offer(hostile: Hostile, *stored: Reply, compression: str | None = None) -> None:
    hostile.answers(ASK, _address(hostile, compression))
    hostile.answers(STORE, *stored)


async def _read(api: SpApi) -> bytes:
    async with api.document("D1") as download:
        return b"".join([block async for block in download.blocks])


async def _measure(api: SpApi, sizes: list[int]) -> None:
    async with api.document("D1") as download:
        async for block in download.blocks:
            sizes.append(len(block))  # noqa: PERF401 - kept when it fails


def _broken_off(body: bytes, promised: int) -> Reply:
    async def parts() -> AsyncIterator[bytes]:
        yield body

    def reply(_: Request) -> Response:
        return StreamingResponse(parts(), headers={"content-length": str(promised)})

    return reply


async def test_a_plain_document_comes_with_its_type(hostile: Hostile, api: SpApi) -> None:
    _offer(hostile, Response(TEXT, headers={"content-type": KIND}))

    async with api.document("D1") as download:
        blocks = [block async for block in download.blocks]

    assert (b"".join(blocks), download.content_type) == (TEXT, KIND)


async def test_a_compressed_document_is_unpacked(hostile: Hostile, api: SpApi) -> None:
    _offer(hostile, Response(gzip.compress(TEXT)), compression="GZIP")

    assert await _read(api) == TEXT


async def test_a_document_of_several_gzip_members_is_one(hostile: Hostile, api: SpApi) -> None:
    _offer(hostile, Response(gzip.compress(TEXT) + gzip.compress(TEXT)), compression="GZIP")

    assert await _read(api) == TEXT + TEXT


async def test_storage_may_say_itself_that_it_is_compressed(hostile: Hostile, api: SpApi) -> None:
    _offer(hostile, Response(gzip.compress(TEXT), headers={"content-encoding": "gzip"}))

    assert await _read(api) == TEXT


async def test_an_empty_document_is_empty(hostile: Hostile, api: SpApi) -> None:
    _offer(hostile, Response(b""))

    assert await _read(api) == b""


async def test_blocks_are_small_whatever_they_expand_to(hostile: Hostile, api: SpApi) -> None:
    _offer(hostile, Response(gzip.compress(bytes(MEGABYTE))), compression="GZIP")

    async with api.document("D1") as download:
        sizes = [len(block) async for block in download.blocks]

    assert sum(sizes) == MEGABYTE
    assert max(sizes) <= MEGABYTE


async def test_no_credential_goes_to_storage(hostile: Hostile, api: SpApi) -> None:
    _offer(hostile, Response(TEXT))

    await _read(api)

    (asked,) = hostile.calls(STORE)
    assert "Atza" not in str(asked.headers)
    assert asked.headers["user-agent"].startswith("Stockroom/")
    assert asked.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("stored", "compression"),
    [
        (Response(gzip.compress(TEXT)[:-9]), "GZIP"),
        (Response(gzip.compress(TEXT)[:40]), "GZIP"),
        (Response(b""), "GZIP"),
        (Response(TEXT), "GZIP"),
        (Response(gzip.compress(TEXT)[:-8] + bytes(8)), "GZIP"),
        (_broken_off(TEXT, len(TEXT) + 10), None),
        (_broken_off(gzip.compress(TEXT), 10_000), "GZIP"),
    ],
    ids=["trailer cut", "cut early", "empty gzip", "not gzip", "checksum", "short", "short gzip"],
)
async def test_a_damaged_document_is_found(
    hostile: Hostile, api: SpApi, stored: Reply, compression: str | None
) -> None:
    _offer(hostile, stored, compression=compression)

    with pytest.raises(BadDocumentError):
        await _read(api)


@pytest.mark.parametrize(
    "page",
    [
        HTMLResponse("<html>sign in</html>"),
        Response(b"\xef\xbb\xbf  \r\n<?xml version='1.0'?><Error/>", media_type="text/plain"),
    ],
)
async def test_a_page_is_not_a_document(hostile: Hostile, api: SpApi, page: Response) -> None:
    _offer(hostile, page)

    with pytest.raises(BadDocumentError, match="a page instead"):
        await _read(api)


async def test_an_announced_size_over_the_cap_is_refused_unread(
    hostile: Hostile, api: SpApi
) -> None:
    _offer(hostile, Response(bytes(MEGABYTE + 1)))

    with pytest.raises(BadDocumentError, match="STOCKROOM_MAX_DOCUMENT_MB"):
        async with api.document("D1"):
            pytest.fail("it was opened")


async def test_an_unannounced_size_over_the_cap_is_cut_off(hostile: Hostile, api: SpApi) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * 100_000

    _offer(hostile, lambda _: StreamingResponse(parts()))

    with pytest.raises(BadDocumentError, match="STOCKROOM_MAX_DOCUMENT_MB"):
        await _read(api)


async def test_a_bomb_is_cut_off_while_it_is_unpacked(hostile: Hostile, api: SpApi) -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(bytes(MEGABYTE)) for _ in range(50)) + packer.flush()
    _offer(hostile, Response(bomb), compression="GZIP")
    unpacked: list[int] = []

    with pytest.raises(BadDocumentError, match="STOCKROOM_MAX_DOCUMENT_MB"):
        await _measure(api, unpacked)

    assert len(bomb) < MEGABYTE
    assert 0 < sum(unpacked) <= MEGABYTE


async def test_incompressible_documents_come_through_whole(hostile: Hostile, api: SpApi) -> None:
    noise = random.Random(7).randbytes(MEGABYTE - 2000)
    _offer(hostile, Response(gzip.compress(noise)), compression="GZIP")

    assert await _read(api) == noise


async def test_an_address_that_ran_out_is_asked_for_once_more(hostile: Hostile, api: SpApi) -> None:
    _offer(hostile, EXPIRED, Response(TEXT))

    assert await _read(api) == TEXT
    assert len(hostile.calls(ASK)) == 2


async def test_an_address_that_never_works_is_given_up(hostile: Hostile, api: SpApi) -> None:
    _offer(hostile, EXPIRED)

    with pytest.raises(AmazonUnavailableError) as caught:
        await _read(api)

    assert caught.value.status == 403
    assert len(hostile.calls(ASK)) == 2


async def test_a_busy_storage_is_tried_again_without_a_new_address(
    hostile: Hostile, api: SpApi
) -> None:
    busy = Response(b"<Error/>", 503)
    _offer(hostile, busy, busy, Response(TEXT))

    assert await _read(api) == TEXT
    assert len(hostile.calls(ASK)) == 1


async def test_a_storage_out_of_reach_is_unavailable(hostile: Hostile, api: SpApi) -> None:
    hostile.answers(ASK, _address(hostile, url="http://127.0.0.1:9/nobody"))

    with pytest.raises(AmazonUnavailableError):
        await _read(api)


async def test_a_redirect_is_not_followed(hostile: Hostile, api: SpApi) -> None:
    elsewhere = Response(b"", 302, {"location": f"{hostile.url}/elsewhere"})
    _offer(hostile, elsewhere)

    with pytest.raises(AmazonError):
        await _read(api)
    assert hostile.calls("/elsewhere") == []


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/D1",
        "https://169.254.169.254/latest/meta-data",
        "https://user:password@example.com/D1",
        "https://[::1]/D1",
        "file:///etc/passwd",
        "ftp://127.0.0.1/D1",
        "https://",
        "D1",
        "https://exa\nmple.com/",
        "https://example.com:99999/",
    ],
)
async def test_only_a_fit_address_is_fetched(hostile: Hostile, api: SpApi, url: str) -> None:
    hostile.answers(ASK, _address(hostile, url=url))

    with pytest.raises(BadDocumentError) as caught:
        await _read(api)
    assert "password" not in str(caught.value)


async def test_an_unknown_compression_is_named(hostile: Hostile, api: SpApi) -> None:
    hostile.answers(ASK, _address(hostile, compression="ZSTD"))

    with pytest.raises(BadDocumentError, match="zstd"):
        await _read(api)


async def test_a_reader_that_stops_early_leaves_nothing_open(hostile: Hostile, api: SpApi) -> None:
    _offer(hostile, Response(gzip.compress(TEXT)), compression="GZIP")

    async with api.document("D1") as download:
        await anext(aiter(download.blocks))

    assert await _read(api) == TEXT
