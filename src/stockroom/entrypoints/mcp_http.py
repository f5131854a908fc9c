"""MCP over HTTP: the door in front of the SDK.

The door knows keys, not protocols: it finds the principal of a request, narrows
it by the address the client was given, and answers without a challenge for
OAuth, because a key cannot be gained by signing in.
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs

from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from stockroom.core.errors import BusyError, NotAllowedError, StockroomError
from stockroom.core.scope import READ_SCOPES
from stockroom.entrypoints.answers import error_object
from stockroom.entrypoints.mcp_server import Context
from stockroom.tenancy.authenticate import Authenticator
from stockroom.tenancy.limits import RateLimit
from stockroom.tenancy.principal import Principal

_PRINCIPAL = "stockroom.principal"
_LONGEST_CLIENT = 100
_CHALLENGE = 'Bearer realm="stockroom"'


async def principal_of_request(ctx: Context) -> Principal:
    """The principal the door found for this request."""
    assert ctx.request is not None
    found: Principal = ctx.request.scope[_PRINCIPAL]
    return found


class Door:
    """Lets requests with a good key through to the SDK, and nobody else.

    Args:
        inner: The SDK's application.
        authenticator: Knows keys.
        rates: Counts requests of keys that have a rate.
    """

    def __init__(self, inner: ASGIApp, authenticator: Authenticator, rates: RateLimit) -> None:
        self._inner = inner
        self._authenticator = authenticator
        self._rates = rates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["method"] != "POST":
            # Stateless: there is no stream to open and no session to delete.
            await Response(status_code=405, headers={"Allow": "POST"})(scope, receive, send)
            return
        # Some clients pad header values, which the SDK's header checks refuse.
        headers = [(name, value.strip(b" \t")) for name, value in scope["headers"]]
        try:
            principal = await self._admit(dict(headers), scope)
        except StockroomError as error:
            await _refusal(error)(scope, receive, send)
            return
        await self._inner({**scope, "headers": headers, _PRINCIPAL: principal}, receive, send)

    async def _admit(self, headers: dict[bytes, bytes], scope: Scope) -> Principal:
        scheme, _, text = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
        if not text:
            raise NotAllowedError(
                "There is no API key in this request.",
                next_step="Send the header 'Authorization: Bearer sk_stockroom_…'.",
            )
        known = scheme.lower() == "bearer"
        principal = await self._authenticator.principal(text.strip()) if known else None
        if principal is None:
            raise NotAllowedError(
                "This API key is unknown, revoked or expired.",
                next_step="Ask whoever runs this server for a new key.",
            )
        wait = self._rates.wait_for(principal)
        if wait:
            raise BusyError(
                "This key asks more often than its limit allows.",
                next_step="Wait, then repeat the call.",
                retry_after_s=wait,
            )
        agent = headers.get(b"user-agent", b"").decode("latin-1")[:_LONGEST_CLIENT]
        address = scope["client"][0] if scope.get("client") else None
        met = replace(principal, client=agent, address=address)
        return narrowed(met, scope.get("query_string", b""))


def narrowed(principal: Principal, query: bytes) -> Principal:
    """The principal as the address narrows it; nothing in an address can widen it.

    ``?toolsets=stock,sales`` keeps those domains, ``read_only=1`` drops every
    write, ``account=harbor`` keeps that account.
    """
    if not query:
        return principal
    wanted = parse_qs(query.decode("latin-1"))
    scopes = principal.scopes
    if "toolsets" in wanted:
        domains = {name.strip() for text in wanted["toolsets"] for name in text.split(",")}
        scopes = frozenset(scope for scope in scopes if scope.partition(":")[0] in domains)
    if any(text not in {"0", "false"} for text in wanted.get("read_only", [])):
        scopes &= READ_SCOPES
    accounts = principal.accounts
    if "account" in wanted:
        accounts = tuple(account for account in accounts if account.slug in wanted["account"])
    return replace(principal, scopes=scopes, accounts=accounts)


def _refusal(error: StockroomError) -> Response:
    headers: dict[str, str] = {}
    status = 503
    if isinstance(error, NotAllowedError):
        status, headers["WWW-Authenticate"] = 401, _CHALLENGE
    elif isinstance(error, BusyError):
        status, headers["Retry-After"] = 429, str(round(error.retry_after_s or 1) or 1)
    return JSONResponse(error_object(error), status_code=status, headers=headers)
