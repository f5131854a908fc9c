"""Fetching a small document from an address that a stranger wrote, without becoming their errand boy.

The name is resolved once and the connection goes to the address that was judged, so
that a second answer of the resolver changes nothing. Only https, only public
addresses, no redirects, no proxies of the environment, no compressed bodies, a cap on
size and on the whole time.
"""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import ip_address
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httpx

from stockroom.core.errors import NotAllowedError, StockroomError, UnreachableError
from stockroom.net.public import Address, is_public

Resolve = Callable[[str, int], Awaitable[list[Address]]]
"""The addresses of a host name, best first."""

_WITHIN_S = 5.0
_TRIED = 2
_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON document as it was served.

    Args:
        value: What it says.
        cache_control: How long it may be kept, in the words of its header.
    """

    value: Any
    cache_control: str


async def resolve(host: str, port: int) -> list[Address]:
    """The addresses of a host, as this machine's resolver knows them."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ip_address(address[0]) for *_, address in found))


class Outbound:
    """The guarded client.

    Args:
        resolve: Finds the addresses of a name.
        also: Addresses that may be called although they are not public, over plain http too: for a
            network that is trusted as a whole. None by default.
        trust: Whose certificates are believed; None: the usual authorities.
        within_s: The longest one fetch may take, in seconds, from the first question on.
    """

    def __init__(
        self,
        resolve: Resolve = resolve,
        also: Collection[Address] = (),
        trust: ssl.SSLContext | None = None,
        within_s: float = _WITHIN_S,
    ) -> None:
        self._resolve = resolve
        self._also = frozenset(also)
        self._trust = trust
        self._within_s = within_s

    async def json(self, url: str, *, largest: int) -> Document:
        """The JSON document at ``url``.

        Args:
            url: An absolute https address.
            largest: Most bytes accepted.

        Raises:
            NotAllowedError: The address is not one that may be called.
            UnreachableError: It did not answer in time, or not with such a document.
        """
        parts = self._parts(url)
        try:
            async with asyncio.timeout(self._within_s):
                return await self._fetch(parts, await self._addresses(parts), largest)
        except (TimeoutError, OSError, httpx.HTTPError, UnicodeError) as error:
            raise _unreachable(parts, type(error).__name__) from None

    def _parts(self, url: str) -> SplitResult:
        try:
            parts = urlsplit(url)
            usable = bool(parts.hostname) and parts.port != 0 and parts.username is None
        except ValueError:
            raise _forbidden() from None
        if not usable or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
            raise _forbidden()
        if parts.scheme == "https" or (parts.scheme == "http" and self._excepted(parts.hostname)):
            return parts
        raise _forbidden()

    def _excepted(self, host: str | None) -> bool:
        try:
            return ip_address(host or "") in self._also
        except ValueError:
            return False

    async def _addresses(self, parts: SplitResult) -> list[Address]:
        found = await self._resolve(parts.hostname or "", _port(parts))
        # One bad address is enough: who controls the name chose to mix it in.
        if not found or not all(one in self._also or is_public(one) for one in found):
            raise _forbidden()
        return found[:_TRIED]

    async def _fetch(self, parts: SplitResult, addresses: list[Address], largest: int) -> Document:
        async with httpx.AsyncClient(
            trust_env=False,
            follow_redirects=False,
            verify=self._trust or ssl.create_default_context(),
            timeout=None,  # noqa: S113 - the whole fetch has one
        ) as http:
            for address in addresses[:-1]:
                try:
                    return await _get(http, parts, address, largest)
                except httpx.ConnectError:
                    continue
            return await _get(http, parts, addresses[-1], largest)


async def _get(
    http: httpx.AsyncClient, parts: SplitResult, address: Address, largest: int
) -> Document:
    host = f"[{address}]" if address.version == 6 else str(address)  # noqa: PLR2004 - IP versions
    pinned = parts._replace(netloc=f"{host}:{_port(parts)}", fragment="").geturl()
    headers = {
        "Host": parts.netloc,
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": "Stockroom",
    }
    # The certificate is checked for the name, though the connection goes to the address.
    extensions = {"sni_hostname": parts.hostname} if parts.scheme == "https" else {}
    async with http.stream("GET", pinned, headers=headers, extensions=extensions) as answer:
        encoded = answer.headers.get("content-encoding", "identity") != "identity"
        if answer.status_code != HTTPStatus.OK or encoded or not _is_json(answer):
            raise _unreachable(parts, f"status {answer.status_code}")
        body = bytearray()
        async for chunk in answer.aiter_raw():
            body += chunk
            if len(body) > largest:
                raise _unreachable(parts, f"more than {largest} bytes")
    try:
        return Document(json.loads(body), answer.headers.get("cache-control", ""))
    except (ValueError, RecursionError):
        raise _unreachable(parts, "no JSON") from None


def _is_json(answer: httpx.Response) -> bool:
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    return bool(kind == "application/json" or kind.endswith("+json"))


def _port(parts: SplitResult) -> int:
    return parts.port or _PORTS[parts.scheme]


def _forbidden() -> StockroomError:
    return NotAllowedError(
        "That address may not be called from here.",
        next_step="Use an https address of a public host.",
    )


def _unreachable(parts: SplitResult, why: str) -> StockroomError:
    return UnreachableError(
        f"{parts.hostname} did not serve a usable document ({why}).",
        next_step="Serve it there as JSON, without a redirect, then try again.",
    )
