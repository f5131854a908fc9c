"""MCP over HTTP: the door in front of the SDK.

The door knows credentials, not protocols: it finds the principal of a request and
narrows it by the address the client was given. Where OAuth is offered, whoever is
refused is told where to get a token. Where only keys are, they are not: some clients
leave the key they were given unused when they hear of another way in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import parse_qs

from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stockroom.core.errors import BusyError, NotAllowedError, StockroomError
from stockroom.core.log import logger
from stockroom.core.scope import READ_SCOPES
from stockroom.entrypoints.answers import error_object
from stockroom.entrypoints.caller import caller_address
from stockroom.entrypoints.mcp_server import Context
from stockroom.entrypoints.oauth.challenges import Challenges
from stockroom.tenancy.authenticate import Authenticator
from stockroom.tenancy.limits import Allowance, Allowances
from stockroom.tenancy.principal import Network, Principal

PRINCIPAL = "stockroom.principal"
"""Where in a request's scope the door puts it."""
_LONGEST_CLIENT = 100
_CHALLENGE = 'Bearer realm="stockroom"'

_log = logger("server.door")


async def principal_of_request(ctx: Context) -> Principal:
    """The principal the door found for this request."""
    assert ctx.request is not None
    found: Principal = ctx.request.scope[PRINCIPAL]
    return found


class Door:
    """Lets requests with a good key or token through to the SDK, and nobody else.

    Args:
        inner: The SDK's application.
        authenticator: Knows keys and tokens.
        allowances: Holds keys to their limits.
        proxies: Whose word counts on where a request came from.
        challenges: What the others are told where OAuth is offered; None: only keys are good here.
    """

    def __init__(
        self,
        inner: ASGIApp,
        authenticator: Authenticator,
        allowances: Allowances,
        proxies: Sequence[Network] = (),
        challenges: Challenges | None = None,
    ) -> None:
        self._inner = inner
        self._authenticator = authenticator
        self._allowances = allowances
        self._proxies = proxies
        self._challenges = challenges

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
            sent = any(name == b"authorization" for name, _ in headers)
            await _refusal(error, self._challenge(sent=sent))(scope, receive, send)
            return
        allowances = self._allowances.take(principal)
        metered = _metering(send, allowances)
        for refusal in filter(None, (allowance.refusal for allowance in allowances)):
            _log.warning("over its limit", key=principal.name, key_id=str(principal.key_id))
            await _refusal(refusal)(scope, receive, metered)
            return
        await self._inner({**scope, "headers": headers, PRINCIPAL: principal}, receive, metered)

    async def _admit(self, headers: dict[bytes, bytes], scope: Scope) -> Principal:
        scheme, _, text = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
        if not text:
            raise NotAllowedError(
                "There is no API key in this request.",
                next_step="Send the header 'Authorization: Bearer sk_stockroom_…'.",
            )
        peer = scope["client"][0] if scope.get("client") else None
        forwarded = headers.get(b"x-forwarded-for", b"").decode("latin-1")
        address = caller_address(peer, forwarded, self._proxies)
        known = scheme.lower() == "bearer"
        resource = self._challenges.resource if self._challenges else None
        principal = (
            await self._authenticator.principal(text.strip(), address, resource=resource)
            if known
            else None
        )
        if principal is None:
            raise NotAllowedError(
                "This API key or token is unknown, revoked or expired.",
                next_step="Connect again, or ask whoever runs this server for a new key.",
            )
        if not principal.admits(address):
            _log.warning("refused from there", key_id=str(principal.key_id), address=address)
            raise NotAllowedError(
                "This API key may not be used from this address.",
                next_step="Call from an allowed network, or ask who issued the key to allow it.",
            )
        agent = headers.get(b"user-agent", b"").decode("latin-1")[:_LONGEST_CLIENT]
        met = replace(principal, client=agent, address=address)
        return narrowed(met, scope.get("query_string", b""))

    def _challenge(self, *, sent: bool) -> str:
        return self._challenges.unauthorised(sent=sent) if self._challenges else _CHALLENGE


def narrowed(principal: Principal, query: bytes) -> Principal:
    """The principal as the address narrows it; nothing in an address can widen it.

    ``?toolsets=stock,sales`` keeps those domains, ``read_only=1`` drops every
    write, ``account=harbor`` keeps that account.
    """
    if not query:
        return principal
    # A bare "?read_only" is a wish like any other: passed over, the caller would hold more than meant.
    wanted = parse_qs(query.decode("latin-1"), keep_blank_values=True)
    scopes, attainable = principal.scopes, principal.attainable
    if "toolsets" in wanted:
        domains = {name.strip() for text in wanted["toolsets"] for name in text.split(",")}
        scopes, attainable = (
            frozenset(scope for scope in some if scope.partition(":")[0] in domains)
            for some in (scopes, attainable)
        )
    if any(text not in {"0", "false"} for text in wanted.get("read_only", [])):
        scopes, attainable = scopes & READ_SCOPES, attainable & READ_SCOPES
    accounts = principal.accounts
    if "account" in wanted:
        accounts = tuple(account for account in accounts if account.slug in wanted["account"])
    return replace(principal, scopes=scopes, attainable=attainable, accounts=accounts)


def _metering(send: Send, allowances: Sequence[Allowance]) -> Send:
    """Answers that say what is left, in the fields of the HTTP working group's draft."""
    if not allowances:
        return send
    policy = ", ".join(f'"{one.name}";q={one.quota};w={one.window_s}' for one in allowances)
    left = ", ".join(f'"{one.name}";r={max(0, one.left)};t={one.reset_s}' for one in allowances)
    fields = [(b"ratelimit-policy", policy.encode()), (b"ratelimit", left.encode())]

    async def metered(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *fields]}
        await send(message)

    return metered


def _refusal(error: StockroomError, challenge: str = _CHALLENGE) -> Response:
    headers: dict[str, str] = {}
    status = 503
    if isinstance(error, NotAllowedError):
        status, headers["WWW-Authenticate"] = 401, challenge
    elif isinstance(error, BusyError):
        status, headers["Retry-After"] = 429, str(round(error.retry_after_s or 1) or 1)
    return JSONResponse(error_object(error), status_code=status, headers=headers)
