"""Signing up, where that is open to everybody."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from stockroom.core.errors import InvalidInputError
from stockroom.entrypoints.web.page import posted, render
from stockroom.entrypoints.web.sign_in import enter
from stockroom.entrypoints.web.surroundings import address_of, house_of
from stockroom.tenancy.passwords import SHORTEST

_KEPT = ("organisation", "name", "email")


async def sign_up_page(request: Request) -> Response:
    """The form."""
    return _form(request, dict.fromkeys(_KEPT, ""))


async def sign_up(request: Request) -> Response:
    """Its answer: in, as the owner of a new organisation."""
    form = await posted(request)
    given = {name: form.get(name, "") for name in _KEPT}
    founding = house_of(request).reception.founding
    password, address = form.get("password", ""), address_of(request)
    try:
        person_id = await founding.found(**given, password=password, address=address)
    except InvalidInputError as error:
        return _form(request, given, wrong=str(error))
    return await enter(request, person_id, "/console/")


def _form(request: Request, given: dict[str, str], wrong: str | None = None) -> Response:
    status = 400 if wrong else 200
    return render(
        request, "sign_up.html", status=status, given=given, wrong=wrong, shortest=SHORTEST
    )
