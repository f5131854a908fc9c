"""Report documents: fetched by our own client from the address Amazon just gave.

The address is a presigned link that lives five minutes. It is data from
outside: it may lead to https only (or to loopback, when the API itself is
there), gets no token, and no redirect is followed. A link that has run out
answers with an XML page and status 403, which the library would hand on as the
document; here it is asked for once more.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus

import httpx

from stockroom.amazon.gunzip import Gunzip
from stockroom.amazon.origin import may_download
from stockroom.amazon.ports import Download
from stockroom.amazon.repeat import pause_s
from stockroom.core.clock import Clock
from stockroom.core.errors import AmazonUnavailableError, BadDocumentError

_TIMEOUT = httpx.Timeout(connect=10, read=60, write=30, pool=30)
_TOTAL_S = 1800.0
_MAX_ATTEMPTS = 4
_MEGABYTE = 2**20
_GZIP = "gzip"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a document lies.

    Args:
        url: The presigned link; whoever knows it may read the document.
        compression: Amazon's word for it, lower case; empty for none.
    """

    url: str
    compression: str


class Documents:
    """Opens documents.

    Args:
        http: The shared client.
        endpoint: The API's address; decides whether loopback links are allowed.
        max_mb: Largest document accepted, in MiB, before and after decompression.
        clock: What waiting between tries is measured by.
    """

    def __init__(
        self, *, http: httpx.AsyncClient, endpoint: str, max_mb: int, clock: Clock
    ) -> None:
        self._http = http
        self._endpoint = endpoint
        self._max_mb = max_mb
        self._clock = clock

    @asynccontextmanager
    async def open(self, ask: Callable[[], Awaitable[Address]]) -> AsyncIterator[Download]:
        """Open a document.

        Args:
            ask: Gets a fresh address from Amazon.

        Raises:
            BadDocumentError: What lies there cannot be a document.
            AmazonUnavailableError: It cannot be fetched now.
        """
        async with AsyncExitStack() as stack:
            response, compression = await self._found(ask)
            stack.push_async_callback(response.aclose)
            kind = response.headers.get("content-type", "")
            self._check_size(int(response.headers.get("content-length", 0)))
            encoding = compression or response.headers.get("content-encoding", "").lower()
            if encoding not in {"", "identity", _GZIP}:
                raise BadDocumentError("The document is compressed in a way we do not know.")
            pieces = self._pieces(response)
            plain = self._inflated(pieces) if encoding == _GZIP else pieces
            yield Download(kind, _checked(plain))

    async def _found(self, ask: Callable[[], Awaitable[Address]]) -> tuple[httpx.Response, str]:
        address = await ask()
        renewed = False
        attempt = 0
        while True:
            attempt += 1
            response = await self._get(address)
            if response is not None and response.status_code == HTTPStatus.OK:
                return response, address.compression
            status = response.status_code if response is not None else 0
            if response is not None:
                await response.aclose()
            if status == HTTPStatus.FORBIDDEN and not renewed:
                address, renewed = await ask(), True
            elif _passing(status) and attempt < _MAX_ATTEMPTS:
                await self._clock.sleep(pause_s(attempt))
            else:
                raise _unavailable(status)

    async def _get(self, address: Address) -> httpx.Response | None:
        if not may_download(address.url, self._endpoint):
            raise BadDocumentError("Amazon named a document address that we do not fetch from.")
        headers = {"accept": "*/*", "accept-encoding": "identity"}
        try:
            request = self._http.build_request(
                "GET", address.url, headers=headers, timeout=_TIMEOUT
            )
            return await self._http.send(request, stream=True)
        except httpx.InvalidURL:
            raise BadDocumentError("Amazon named a document address that is none.") from None
        except httpx.RequestError:
            return None

    async def _pieces(self, response: httpx.Response) -> AsyncIterator[bytes]:
        """The bytes as they lie there; the link is in the errors of httpx, so none is chained."""
        now = asyncio.get_running_loop().time
        deadline = now() + _TOTAL_S
        total = 0
        try:
            async for piece in response.aiter_raw():
                total += len(piece)
                self._check_size(total)
                if now() > deadline:
                    raise _unavailable(HTTPStatus.OK)
                yield piece
        except httpx.RemoteProtocolError:
            raise BadDocumentError("The document ends before its end: it was cut short.") from None
        except httpx.RequestError:
            raise _unavailable(HTTPStatus.OK) from None

    async def _inflated(self, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        gunzip = Gunzip()
        total = 0
        async for piece in pieces:
            for block in gunzip.feed(piece):
                total += len(block)
                self._check_size(total)
                yield block
        for block in gunzip.finish():
            yield block

    def _check_size(self, size: int) -> None:
        if size > self._max_mb * _MEGABYTE:
            raise BadDocumentError(
                f"The document is larger than STOCKROOM_MAX_DOCUMENT_MB ({self._max_mb}).",
                next_step="Raise it, or ask for a shorter window.",
            )


async def _checked(blocks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The blocks, unless they begin like a page: no report of ours is HTML or XML."""
    head = b""
    seen = False
    async for block in blocks:
        if not seen:
            head += block
            start = head.removeprefix(_BYTE_ORDER_MARK).lstrip()
            if start.startswith(b"<"):
                raise BadDocumentError("Amazon sent a page instead of the document.")
            seen = bool(start) or len(head) > _MEGABYTE
        yield block


def _passing(status: int) -> bool:
    limited = status == HTTPStatus.TOO_MANY_REQUESTS
    return status == 0 or limited or status >= HTTPStatus.INTERNAL_SERVER_ERROR


def _unavailable(status: int) -> AmazonUnavailableError:
    return AmazonUnavailableError(
        f"The document could not be fetched from Amazon (HTTP {status or 'none'}).",
        status=status,
        next_step="Try again later.",
    )
