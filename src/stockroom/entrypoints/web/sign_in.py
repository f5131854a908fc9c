"""Signing in and out."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from stockroom.entrypoints.web.cookies import forget_session, keep_session
from stockroom.entrypoints.web.page import go, posted, render
from stockroom.entrypoints.web.surroundings import address_of, house_of, own_path, visitor_of
from stockroom.tenancy.people import Person

_WRONG = "The e-mail address and the password do not belong together."


async def sign_in_page(request: Request) -> Response:
    """The form."""
    target = own_path(request.query_params.get("next", ""))
    if visitor_of(request) is not None:
        return go(request, target)
    return _form(request, target)


async def sign_in(request: Request) -> Response:
    """Its answer: in, or the form again."""
    form = await posted(request)
    target = own_path(form.get("next", ""))
    email = form.get("email", "")
    person = await house_of(request).reception.persons.known(email, form.get("password", ""))
    if person is None:
        return _form(request, target, email=email, wrong=_WRONG, status=401)
    return await enter(request, person, target)


async def enter(request: Request, person: Person, target: str) -> Response:
    """Begin a new session, whatever the browser was in before, and go on."""
    sessions = house_of(request).reception.sessions
    before = visitor_of(request)
    if before is not None:
        await sessions.end(before.person_id, before.session_id)
    agent = request.headers.get("user-agent", "")
    token = await sessions.begin(person.id, agent=agent, address=address_of(request))
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


def _form(
    request: Request, target: str, *, email: str = "", wrong: str | None = None, status: int = 200
) -> Response:
    return render(request, "sign_in.html", status=status, target=target, email=email, wrong=wrong)
