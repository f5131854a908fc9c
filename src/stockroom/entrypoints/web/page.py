"""Pages: a template, who looks at it, and the headers that keep it safe.

``shown`` and ``signed_in`` are what every handler is wrapped in: they find the visitor,
and turn whatever goes wrong into a page that says what to do.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import wraps
from math import ceil
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from stockroom.core.errors import (
    BusyError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    StaleError,
    StockroomError,
)
from stockroom.entrypoints.answers import unexpected
from stockroom.entrypoints.web.cookies import is_https, keep_visit, session_token
from stockroom.entrypoints.web.figures import FIGURES
from stockroom.entrypoints.web.forms import form_mark
from stockroom.entrypoints.web.forms import posted as posted
from stockroom.entrypoints.web.headers import page_headers
from stockroom.entrypoints.web.notices import NOTICES
from stockroom.entrypoints.web.spelling import FILTERS
from stockroom.entrypoints.web.static_files import static_address
from stockroom.entrypoints.web.surroundings import house_of, visitor_of

Handler = Callable[[Request], Awaitable[Response]]

_STATUS: tuple[tuple[type[StockroomError], int], ...] = (
    (InvalidInputError, 400),
    (NotAllowedError, 403),
    (NotFoundError, 404),
    (StaleError, 409),
    (BusyError, 429),
)
_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters.update(FIGURES)
_TEMPLATES.filters.update(FILTERS)


def render(
    request: Request,
    template: str,
    /,
    *,
    status: int = 200,
    form_action: Sequence[str] = (),
    **context: Any,
) -> Response:
    """A page.

    Args:
        request: What is answered; its state holds the visitor.
        template: A file in ``templates``. It knows ``visitor`` (or none), ``csrf``, ``static`` and
            ``notice``.
        status: HTTP status.
        form_action: Where else its forms may lead (origins), redirects included.
        context: What the template shows; ``membership`` makes the organisation's navigation.
    """
    given = {
        "visitor": visitor_of(request),
        "membership": None,
        "path": request.url.path,
        "csrf": form_mark(request),
        "static": static_address,
        "notice": NOTICES.get(request.query_params.get("said", "")),
    }
    text = _TEMPLATES.get_template(template).render({**given, **context})
    headers = page_headers(https=is_https(request), form_action=form_action)
    response = HTMLResponse(text, status_code=status, headers=headers)
    keep_visit(request, response)
    return response


def go(request: Request, path: str, said: str | None = None) -> Response:
    """On to another page of ours, which is then asked for by GET.

    Args:
        request: What is answered.
        path: Where to.
        said: The name of the notice that it shows.
    """
    address = f"{path}{'&' if '?' in path else '?'}said={said}" if said else path
    return RedirectResponse(address, 303, headers=page_headers(https=is_https(request)))


def shown(handler: Handler) -> Handler:
    """A page for anybody; ``request.state.visitor`` is the visitor, or None."""

    @wraps(handler)
    async def answer(request: Request) -> Response:
        request.state.visitor = None
        try:
            _check_address(request)
            sessions = house_of(request).reception.sessions
            request.state.visitor = await sessions.visitor(session_token(request))
            return await handler(request)
        except StockroomError as error:
            return failure(request, error)
        except Exception as fault:  # noqa: BLE001 - a person gets a page, whatever happened
            # Not the address: that of a link is a secret.
            return failure(request, unexpected(fault, f"page {handler.__name__}"))

    return answer


def _check_address(request: Request) -> None:
    if "\0" in request.scope["path"]:  # nothing that is stored is called so: no need to ask
        raise NotFoundError("There is no such page.", next_step="Follow a link of ours.")


def signed_in(handler: Handler) -> Handler:
    """A page for members: everybody else is sent to sign in, and comes back."""

    @wraps(handler)
    async def answer(request: Request) -> Response:
        if visitor_of(request) is not None:
            return await handler(request)
        back = "/console/"
        if request.method in {"GET", "HEAD"}:
            query = f"?{request.url.query}" if request.url.query else ""
            back = request.url.path + query
        return go(request, f"/console/sign-in?next={quote(back, safe='')}")

    return shown(answer)


def status_of(error: StockroomError) -> int:
    """The HTTP status of a page that tells of an error."""
    if error.kind == "internal":
        return 500
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 503)


def failure(request: Request, error: StockroomError) -> Response:
    """A page that says what is wrong and what to do about it."""
    response = render(request, "failure.html", status=status_of(error), error=error)
    if error.retry_after_s is not None:
        response.headers["Retry-After"] = str(max(1, ceil(error.retry_after_s)))
    return response
