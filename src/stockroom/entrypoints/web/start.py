"""The first page of somebody with several organisations, or none; and which one an address names."""

from __future__ import annotations

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from stockroom.entrypoints.web.page import render
from stockroom.entrypoints.web.surroundings import present
from stockroom.tenancy.roles import Right
from stockroom.tenancy.visitors import Membership


async def start_page(request: Request) -> Response:
    """Every account in every organisation of theirs."""
    return render(request, "start.html", memberships=present(request).memberships)


def organisation_of(request: Request, right: Right = Right.VIEW) -> Membership:
    """What the visitor is in the organisation that the address names.

    Raises:
        NotFoundError: It is none of theirs.
        NotAllowedError: Their role there lacks the right.
    """
    organisation_id: UUID = request.path_params["organisation_id"]
    return present(request).membership(organisation_id, right)
