"""A person's own page: their password, and where they are signed in."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from stockroom.core.errors import InvalidInputError
from stockroom.entrypoints.web.page import go, posted, render
from stockroom.entrypoints.web.surroundings import address_of, house_of, present

PATH = "/console/me"


async def my_page(request: Request) -> Response:
    """Everything of theirs."""
    return await _page(request)


async def change_password(request: Request) -> Response:
    """A new password; whoever else is signed in as them is so no longer."""
    form = await posted(request)
    visitor, reception = present(request), house_of(request).reception
    before = form.get("password", "")
    if await reception.signing_in.by_password(visitor.email, before, address_of(request)) is None:
        return await _page(request, wrong="That is not your present password.")
    fresh = form.get("new_password", "")
    if fresh != form.get("repeated", ""):
        return await _page(request, wrong="The new password and its repetition differ.")
    try:
        await reception.persons.set_password(visitor.person_id, fresh)
    except InvalidInputError as error:
        return await _page(request, wrong=str(error))
    await reception.sessions.end_others(visitor.person_id, visitor.session_id)
    return go(request, PATH, "password-changed")


async def end_session(request: Request) -> Response:
    """Sign one browser out."""
    await posted(request)
    visitor = present(request)
    session_id = request.path_params["session_id"]
    await house_of(request).reception.sessions.end(visitor.person_id, session_id)
    return go(request, PATH, "session-ended")


async def end_other_sessions(request: Request) -> Response:
    """Sign every other browser out."""
    await posted(request)
    visitor = present(request)
    await house_of(request).reception.sessions.end_others(visitor.person_id, visitor.session_id)
    return go(request, PATH, "sessions-ended")


async def _page(request: Request, wrong: str | None = None) -> Response:
    reception, visitor = house_of(request).reception, present(request)
    person = await reception.persons.person(visitor.person_id)
    left = await reception.second_factor.recovery_codes_left(visitor.person_id)
    return render(
        request,
        "me.html",
        status=400 if wrong else 200,
        wrong=wrong,
        has_password=person.password_hash is not None,
        second_factor=person.totp_secret is not None,
        recovery_codes_left=left,
        sessions=await reception.sessions.live(visitor.person_id),
    )
