"""Signing in and out: the password, the code where there is a second factor, a new session."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from stockroom.core.errors import NotAllowedError
from stockroom.entrypoints.web.cookies import forget_session, keep_session, visit
from stockroom.entrypoints.web.page import go, posted, render
from stockroom.entrypoints.web.surroundings import address_of, house_of, own_path, visitor_of

_WRONG = "The e-mail address and the password do not belong together."
_WRONG_CODE = "That code is not valid. Each one counts once; enter the newest."


async def sign_in_page(request: Request) -> Response:
    """The form."""
    target = own_path(request.query_params.get("next", ""))
    if visitor_of(request) is not None:
        return go(request, target)
    return _form(request, target)


async def sign_in(request: Request) -> Response:
    """Its answer: in, or on to the code, or the form again."""
    form = await posted(request)
    target = own_path(form.get("next", ""))
    email = form.get("email", "")
    signing_in = house_of(request).reception.signing_in
    password = form.get("password", "")
    person = await signing_in.by_password(email, password, address_of(request))
    if person is None:
        return _form(request, target, email=email, wrong=_WRONG)
    return await admit(request, person.id, target)


async def admit(
    request: Request, person_id: UUID, target: str, *, proved_at: datetime | None = None
) -> Response:
    """In, or on to the code of somebody who asked for a second factor.

    Args:
        request: What is answered.
        person_id: Who has shown a password, or comes from the identity provider.
        target: Where they want to go.
        proved_at: When they proved who they are; None: they do so with this.
    """
    reception = house_of(request).reception
    person = await reception.persons.person(person_id)
    if person.totp_secret is not None:
        ticket = reception.signing_in.halfway(person_id, visit(request))
        return _code_form(request, target, ticket)
    return await enter(request, person_id, target, proved_at)


async def sign_in_by_code(request: Request) -> Response:
    """The second step."""
    form = await posted(request)
    target = own_path(form.get("next", ""))
    ticket = form.get("ticket", "")
    signing_in = house_of(request).reception.signing_in
    person_id = signing_in.halfway_in(ticket, visit(request))
    if person_id is None:
        raise NotAllowedError("That took too long.", next_step="Sign in again from the start.")
    if not await signing_in.by_code(person_id, form.get("code", ""), address_of(request)):
        return _code_form(request, target, ticket, wrong=_WRONG_CODE)
    return await enter(request, person_id, target)


async def enter(
    request: Request, person_id: UUID, target: str, proved_at: datetime | None = None
) -> Response:
    """Begin a new session, whatever the browser was in before, and go on."""
    sessions = house_of(request).reception.sessions
    before = visitor_of(request)
    if before is not None:
        await sessions.end(before.person_id, before.session_id)
    agent = request.headers.get("user-agent", "")
    token = await sessions.begin(
        person_id, agent=agent, address=address_of(request), proved_at=proved_at
    )
    response = go(request, target)
    keep_session(request, response, token)
    return response


async def sign_out(request: Request) -> Response:
    """End the session that this browser is in."""
    await posted(request)
    visitor = visitor_of(request)
    if visitor is not None:
        await house_of(request).reception.sessions.end(visitor.person_id, visitor.session_id)
    response = go(request, "/console/sign-in", "signed-out")
    forget_session(request, response)
    return response


def _form(request: Request, target: str, *, email: str = "", wrong: str | None = None) -> Response:
    settings = house_of(request).settings
    return render(
        request,
        "sign_in.html",
        status=401 if wrong else 200,
        target=target,
        email=email,
        wrong=wrong,
        provider=bool(settings.oidc_issuer),
        open_sign_up=settings.open_sign_up,
    )


def _code_form(request: Request, target: str, ticket: str, wrong: str | None = None) -> Response:
    status = 401 if wrong else 200
    return render(
        request, "sign_in_code.html", status=status, target=target, ticket=ticket, wrong=wrong
    )
