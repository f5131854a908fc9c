"""Four eyes, turned by an owner: nobody confirms what they proposed themselves."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response

from stockroom.core.errors import InvalidInputError
from stockroom.entrypoints.house import House
from stockroom.entrypoints.second_pair import turn_four_eyes
from stockroom.entrypoints.web.content.places import home_of
from stockroom.entrypoints.web.page import go, posted
from stockroom.entrypoints.web.start import organisation_of
from stockroom.entrypoints.web.surroundings import house_of, present
from stockroom.tenancy.models import Organisation
from stockroom.tenancy.roles import Right

_WANTED = {"on": True, "off": False}


async def asks_for_two(house: House, organisation_id: UUID) -> bool:
    """Whether an organisation wants a second person for every change."""
    async with house.database.organisation_session(organisation_id) as session:
        return (await session.scalars(select(Organisation.four_eyes))).one()


async def turn(request: Request) -> Response:
    """Ask for a second person, or do without."""
    membership = organisation_of(request, Right.OWN)
    form = await posted(request)
    wanted = _WANTED.get(form.get("four_eyes", ""))
    if wanted is None:
        raise InvalidInputError("There is no such choice.", field="four_eyes")
    by = f"member {present(request).email}"
    await turn_four_eyes(house_of(request), membership.organisation_id, wanted=wanted, by=by)
    return go(
        request, f"{home_of(membership)}/changes", "four-eyes-on" if wanted else "four-eyes-off"
    )
