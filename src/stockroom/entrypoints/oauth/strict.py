"""What the SDK's endpoints let pass, held in front of them.

Parameters that stand twice, a challenge that is not S256, a token asked for another
server, answers that do not say who gives them (RFC 9207), and addresses that come too
often.
"""

from __future__ import annotations

import base64
import binascii
from collections import Counter
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote, urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stockroom.core.errors import BusyError, StockroomError
from stockroom.core.log import logger
from stockroom.entrypoints.oauth.addresses import Addresses
from stockroom.entrypoints.web.surroundings import address_of
from stockroom.tenancy.oauth.authority import Authority

_LARGEST = 16 * 1024
_HEADERS = {"Cache-Control": "no-store", "Access-Control-Allow-Origin": "*"}

_log = logger("oauth")


class Refused(NamedTuple):
    """An answer in the words of OAuth."""

    error: str
    description: str
    status: int = 400
    retry_after_s: float | None = None

    def response(self) -> Response:
        """It, over HTTP."""
        headers = dict(_HEADERS)
        if self.retry_after_s is not None:
            headers["Retry-After"] = str(round(self.retry_after_s))
        content = {"error": self.error, "error_description": self.description}
        return JSONResponse(content, self.status, headers)


_TOO_LARGE = Refused(
    "invalid_request", "the body is too large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE
)


class Asking:
    """In front of ``/authorize``: finds the program, and signs answers with the issuer."""

    def __init__(self, inner: ASGIApp, authority: Authority, addresses: Addresses) -> None:
        self._inner = inner
        self._authority = authority
        self._addresses = addresses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request = Request(scope)
        query = scope["query_string"]
        fields = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
        refused = _twice(fields) or await self._program(request)
        if refused is not None:
            await refused.response()(scope, receive, send)
            return
        if "code_challenge_method" not in dict(fields):
            # RFC 7636: a challenge without a method is a plain one, which the SDK then refuses.
            query += b"&code_challenge_method=plain"
        await self._inner({**scope, "query_string": query}, receive, self._signing(send))

    async def _program(self, request: Request) -> Refused | None:
        address = address_of(request)
        try:
            self._authority.questions.admit(address)
            client = await self._authority.clients.asking(request.query_params.get("client_id", ""))
        except StockroomError as error:
            _log.info("program refused", reason=error.summary, address=address)
            return refusal(error)
        return None if client else Refused("invalid_client", "client_id is not known here")

    def _signing(self, send: Send) -> Send:
        own = self._addresses.consent("").encode()

        async def signed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    (name, value)
                    if name != b"location" or value.startswith(own)
                    else (name, self._addresses.back(value.decode("latin-1")).encode("latin-1"))
                    for name, value in message["headers"]
                ]
            await send(message)

        return signed


class Registering:
    """In front of ``/register``: so many an hour from one address."""

    def __init__(self, inner: ASGIApp, authority: Authority) -> None:
        self._inner = inner
        self._authority = authority

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request = Request(scope, receive)
        try:
            if request.method == "POST":
                self._authority.registrations.admit(address_of(request))
                body = await body_of(request)
                if body is None:
                    await _TOO_LARGE.response()(scope, receive, send)
                    return
                receive = replaying(body)
            await self._inner(scope, receive, send)
        except StockroomError as error:
            await refusal(error).response()(scope, receive, send)


class Exchanging:
    """In front of ``/token`` and ``/revoke``: one value per field, one server, a named program."""

    def __init__(self, inner: ASGIApp, addresses: Addresses) -> None:
        self._inner = inner
        self._addresses = addresses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request = Request(scope, receive)
        if request.method != "POST":
            await self._inner(scope, receive, send)
            return
        body = await body_of(request)
        fields = parse_qsl((body or b"").decode("latin-1"), keep_blank_values=True)
        refused = _twice(fields) or _no_form(request) or self._elsewhere(dict(fields))
        if body is None or refused is not None:
            await (refused or _TOO_LARGE).response()(scope, receive, send)
            return
        if "client_id" not in dict(fields) and (named := _basic_user(request)):
            # The SDK reads it from the form alone; a program that proves itself need not repeat it.
            body += b"&" + urlencode({"client_id": named}).encode()
        await self._inner(scope, replaying(body), send)

    def _elsewhere(self, fields: dict[str, str]) -> Refused | None:
        if self._addresses.is_resource(fields.get("resource") or self._addresses.resource):
            return None
        return Refused("invalid_target", "resource is not this server")


async def body_of(request: Request) -> bytes | None:
    """The body; None: it is larger than anybody needs."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST:
            return None
    return bytes(body)


def replaying(body: bytes) -> Receive:
    """A body that was read, to be read once more."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def refusal(error: StockroomError) -> Refused:
    """An error of ours in the words of OAuth."""
    if isinstance(error, BusyError):
        status = HTTPStatus.TOO_MANY_REQUESTS
        return Refused("temporarily_unavailable", str(error), status, error.retry_after_s or 1)
    return Refused("invalid_client", str(error))


def _twice(fields: list[tuple[str, str]]) -> Refused | None:
    often = [name for name, count in Counter(name for name, _ in fields).items() if count > 1]
    return Refused("invalid_request", "a parameter stands twice") if often else None


def _no_form(request: Request) -> Refused | None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        return None
    return Refused("invalid_request", "send application/x-www-form-urlencoded")


def _basic_user(request: Request) -> str:
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return unquote(base64.b64decode(text, validate=True).decode().partition(":")[0])
    except (binascii.Error, UnicodeDecodeError):
        return ""
