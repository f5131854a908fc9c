"""Following an invitation's link: as somebody new, or as the member of other organisations one is."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from stockroom.core.errors import InvalidInputError
from stockroom.entrypoints.web.page import go, posted, render
from stockroom.entrypoints.web.sign_in import enter
from stockroom.entrypoints.web.surroundings import house_of, visitor_of
from stockroom.tenancy.passwords import SHORTEST
from stockroom.tenancy.roles import MEANINGS


async def invitation_page(request: Request) -> Response:
    """Who invites whom to what, and what is needed to accept."""
    return await _page(request)


async def accept_invitation(request: Request) -> Response:
    """Become a member."""
    form = await posted(request)
    token: str = request.path_params["token"]
    visitor, reception = visitor_of(request), house_of(request).reception
    if visitor is not None:
        organisation_id = await reception.invitations.accept(
            token, visitor.person_id, visitor.email
        )
        return go(request, f"/console/o/{organisation_id}/", "joined")
    offer = await reception.invitations.offer(token)
    name, password = form.get("name", ""), form.get("password", "")
    try:
        person_id = await reception.invitations.accept_as_new(token, name, password)
    except InvalidInputError as error:
        return await _page(request, name=name, wrong=str(error))
    return await enter(request, person_id, f"/console/o/{offer.organisation_id}/?said=joined")


async def _page(request: Request, name: str = "", wrong: str | None = None) -> Response:
    house = house_of(request)
    offer = await house.reception.invitations.offer(request.path_params["token"])
    known = await house.reception.persons.find(offer.email) is not None
    return render(
        request,
        "invitation.html",
        status=400 if wrong else 200,
        offer=offer,
        meaning=MEANINGS[offer.role],
        known=known,
        name=name,
        wrong=wrong,
        shortest=SHORTEST,
        provider=bool(house.settings.oidc_issuer),
    )
