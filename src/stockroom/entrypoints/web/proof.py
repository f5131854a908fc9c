"""Proving again who one is, before what costs money or gives access: at most fifteen minutes old.

A session can be hours old and its browser unwatched; whoever sits in front of it
still needs the password, and the code where there is a second factor.
"""

from __future__ import annotations

from functools import wraps
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from stockroom.entrypoints.web.page import Handler, go, posted, render, signed_in
from stockroom.entrypoints.web.surroundings import address_of, house_of, own_path, present
from stockroom.tenancy.people import Person

_WRONG = "That is not right. Try again."


def is_proven(request: Request) -> bool:
    """Whether the visitor has proved who they are a short while ago."""
    return present(request).proven(house_of(request).clock.now())


def proven(handler: Handler) -> Handler:
    """A page for members who have just proved who they are; others do so first, and come back."""

    @wraps(handler)
    async def answer(request: Request) -> Response:
        if is_proven(request):
            return await handler(request)
        return to_prove(request, _back(request))

    return signed_in(answer)


def to_prove(request: Request, back: str) -> Response:
    """To the form that asks who one is, and on to ``back`` afterwards."""
    return go(request, f"/console/prove?next={quote(back, safe='')}")


async def prove_page(request: Request) -> Response:
    """The form."""
    return await _form(request, own_path(request.query_params.get("next", "")))


async def prove(request: Request) -> Response:
    """Its answer: on, or the form again."""
    form = await posted(request)
    target = own_path(form.get("next", ""))
    visitor, address = present(request), address_of(request)
    reception = house_of(request).reception
    person = await reception.signing_in.by_password(
        visitor.email, form.get("password", ""), address
    )
    if person is None:
        return await _form(request, target, wrong=_WRONG)
    if person.totp_secret is not None and not await reception.signing_in.by_code(
        person.id, form.get("code", ""), address
    ):
        return await _form(request, target, wrong=_WRONG)
    await reception.sessions.prove(visitor)
    return go(request, target)


async def _form(request: Request, target: str, wrong: str | None = None) -> Response:
    house = house_of(request)
    person: Person = await house.reception.persons.person(present(request).person_id)
    return render(
        request,
        "prove.html",
        status=401 if wrong else 200,
        target=target,
        wrong=wrong,
        has_password=person.password_hash is not None,
        has_code=person.totp_secret is not None,
        provider=bool(house.settings.oidc_issuer),
    )


def _back(request: Request) -> str:
    """Where to go on afterwards: what was asked for, or the page whose form was sent."""
    if request.method in {"GET", "HEAD"}:
        query = f"?{request.url.query}" if request.url.query else ""
        return request.url.path + query
    page = urlsplit(request.headers.get("referer", ""))
    return page.path if page.netloc == request.headers.get("host") else "/console/"
