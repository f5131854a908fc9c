"""Forms: read whole and small, and only from a page that we gave to this very browser.

Two guards, either of which would do: the browser's own word on where the form stood,
and a mark in the form that is tied to the session (before sign-in: to the visit).
"""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from starlette.datastructures import ImmutableMultiDict
from starlette.requests import Request

from stockroom.core.errors import InvalidInputError, NotAllowedError
from stockroom.entrypoints.web.cookies import session_token, visit
from stockroom.entrypoints.web.surroundings import house_of, visitor_of

Form = ImmutableMultiDict[str, str]

_LARGEST = 64 * 1024
_MOST_FIELDS = 500
_PURPOSE = "form"


def form_mark(request: Request) -> str:
    """What a form of this page carries in its hidden field ``csrf``."""
    return house_of(request).reception.marks.mark(_PURPOSE, _bound(request))


async def posted(request: Request) -> Form:
    """The fields of a form that this browser was given by us.

    Raises:
        NotAllowedError: It stood on somebody else's page, or its page is too old.
        InvalidInputError: It is no form, or too large.
    """
    _from_here(request)
    form = await _read(request)
    marks = house_of(request).reception.marks
    if not marks.fits(form.get("csrf", ""), _PURPOSE, _bound(request)):
        raise NotAllowedError(
            "This form is no longer valid.", next_step="Go back, load the page again and resend."
        )
    return form


def _bound(request: Request) -> str:
    """A session's forms end with it: those of another session, or of none, do not fit."""
    if visitor_of(request) is None:
        return f"visit {visit(request)}"
    return f"session {session_token(request)}"


def _from_here(request: Request) -> None:
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    public = urlsplit(house_of(request).base_url).netloc
    ours = {request.headers.get("host", ""), public}
    if site not in {None, "same-origin"} or (
        origin is not None and urlsplit(origin).netloc not in ours
    ):
        raise NotAllowedError(
            "This form was sent from another site.", next_step="Open the page here and resend."
        )


async def _read(request: Request) -> Form:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise InvalidInputError("That is no form.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST:
            raise InvalidInputError("The form is too large.")
    try:
        fields = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError:
        raise InvalidInputError("The form cannot be read.") from None
    if any("\0" in text for field in fields for text in field):
        raise InvalidInputError("The form cannot be read.")  # no database could hold it
    return ImmutableMultiDict(fields)
