"""The console's cookies: who is signed in, which browser a form was given to, and what for it left.

Behind https they carry the ``__Host-`` prefix: no other host, no subdomain and no plain
connection can set them. On a loopback without TLS browsers refuse that prefix, so
the names are plain there.
"""

from __future__ import annotations

import secrets

from starlette.requests import Request
from starlette.responses import Response

from stockroom.entrypoints.web.surroundings import house_of

_SESSION = "stockroom_session"
_VISIT = "stockroom_visit"
_ERRAND = "stockroom_errand"
_VISIT_BYTES = 32


def session_token(request: Request) -> str:
    """The value of the session cookie; empty when there is none."""
    return request.cookies.get(_name(request, _SESSION), "")


def keep_session(request: Request, response: Response, token: str) -> None:
    """Give the browser a session's cookie."""
    _set(request, response, _SESSION, token)


def forget_session(request: Request, response: Response) -> None:
    """Take it away."""
    _forget(request, response, _SESSION)


def errand(request: Request) -> str:
    """What a browser that was sent to another site took along; empty when nothing."""
    return request.cookies.get(_name(request, _ERRAND), "")


def keep_errand(request: Request, response: Response, text: str) -> None:
    """Give it to the browser."""
    _set(request, response, _ERRAND, text)


def forget_errand(request: Request, response: Response) -> None:
    """Take it away: it was for one way."""
    _forget(request, response, _ERRAND)


def visit(request: Request) -> str:
    """What stands for this browser before anybody is signed in; made at the first question."""
    known: str | None = getattr(request.state, "visit", None)
    if known is None:
        known = request.cookies.get(_name(request, _VISIT), "")
        if len(known) < _VISIT_BYTES:
            known = request.state.fresh_visit = secrets.token_urlsafe(_VISIT_BYTES)
        request.state.visit = known
    return known


def keep_visit(request: Request, response: Response) -> None:
    """Give the browser the visit that was made for it while the page was."""
    fresh: str | None = getattr(request.state, "fresh_visit", None)
    if fresh is not None:
        _set(request, response, _VISIT, fresh)


def is_https(request: Request) -> bool:
    """Whether people reach this installation over TLS."""
    return house_of(request).base_url.startswith("https://")


def _set(request: Request, response: Response, name: str, value: str) -> None:
    """Without an age: the browser forgets it when it is closed, the server much earlier."""
    response.set_cookie(
        _name(request, name), value, secure=is_https(request), httponly=True, samesite="lax"
    )


def _forget(request: Request, response: Response, name: str) -> None:
    response.delete_cookie(
        _name(request, name), secure=is_https(request), httponly=True, samesite="lax"
    )


def _name(request: Request, name: str) -> str:
    return f"__Host-{name}" if is_https(request) else name
