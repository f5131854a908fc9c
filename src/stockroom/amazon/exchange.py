"""One request and its whole answer, bounded in time and size.

The only place where Amazon's JSON services are talked to. An answer is an
answer whatever its status; anything less is ``AmazonUnavailableError``. Errors
of the HTTP library are not chained: they hold the request, and so its token.
"""

from __future__ import annotations

import asyncio
import json
import platform
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import version
from typing import Any

import httpx

from stockroom.core.errors import AmazonUnavailableError

NOT_SENT = "NotSent"
"""Error code of a request that surely never reached Amazon."""
NO_ANSWER = "NoAnswer"
"""Error code of a request of which nobody knows whether Amazon acted on it."""

_TOTAL_S = 60.0
_MAX_BYTES = 32 * 2**20
_TIMEOUT = httpx.Timeout(connect=10, read=30, write=30, pool=30)
# Amazon and uvicorn close idle connections; let go first, so that a write never meets a dead one.
_LIMITS = httpx.Limits(max_connections=200, max_keepalive_connections=50, keepalive_expiry=3)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,80}")


@cache
def _trusted() -> ssl.SSLContext:
    """The certificates we trust; reading them blocks for tens of milliseconds, so once."""
    return httpx.create_ssl_context(trust_env=False)


def open_client() -> httpx.AsyncClient:
    """The HTTP client that every seller shares.

    It ignores the environment (proxies, netrc), follows no redirect and keeps no cookie, so
    nothing passes from one seller's call to another's.
    """
    agent = (
        f"Stockroom/{version('stockroom')} "
        f"(Language=Python/{platform.python_version()}; Platform={platform.system()})"
    )
    return httpx.AsyncClient(
        verify=_trusted(),
        trust_env=False,
        follow_redirects=False,
        timeout=_TIMEOUT,
        limits=_LIMITS,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        headers={"user-agent": agent, "accept": "application/json"},
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whole."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def request_id(self) -> str:
        """``x-amzn-RequestId``, or nothing when it is not one."""
        given = self.headers.get("x-amzn-requestid", "")
        return given if _REQUEST_ID.fullmatch(given) else ""

    def json_object(self) -> dict[str, Any] | None:
        """The body as a JSON object; None when it is anything else."""
        try:
            value = json.loads(self.content, parse_constant=_no_number)
        except (ValueError, RecursionError):
            return None
        return value if isinstance(value, dict) else None


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


async def exchange(
    http: httpx.AsyncClient, what: str, method: str, url: str, **request: Any
) -> Answer:
    """Send one request, once.

    Args:
        http: From :func:`open_client`.
        what: The operation's name, for errors.
        method: HTTP method.
        url: Where to; never shown in errors.
        request: ``params``, ``content``, ``data``, ``headers`` as httpx takes them.

    Raises:
        AmazonUnavailableError: No whole answer; its code is ``NOT_SENT`` or ``NO_ANSWER``.
    """
    try:
        async with (
            asyncio.timeout(_TOTAL_S),
            http.stream(method, url, **request) as response,
        ):
            content = await _content(what, response)
            return Answer(response.status_code, response.headers, content)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise _unavailable(what, NOT_SENT, type(error).__name__) from None
    except (httpx.RequestError, TimeoutError) as error:
        raise _unavailable(what, NO_ANSWER, type(error).__name__) from None


async def _content(what: str, response: httpx.Response) -> bytes:
    parts = bytearray()
    async for part in response.aiter_bytes():
        parts += part
        if len(parts) > _MAX_BYTES:
            raise _unavailable(what, NO_ANSWER, "the answer is too large")
    return bytes(parts)


def _unavailable(what: str, code: str, why: str) -> AmazonUnavailableError:
    did = "could not be reached" if code == NOT_SENT else "gave no usable answer"
    return AmazonUnavailableError(
        f"Amazon {did} for {what} ({why}).", code=code, next_step="Try again later."
    )
