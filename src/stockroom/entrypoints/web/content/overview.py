"""The start page of an organisation: what needs attention, and its accounts at a glance."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from stockroom.entrypoints.web.content.places import show
from stockroom.entrypoints.web.content.standing import AccountStanding, standings
from stockroom.entrypoints.web.start import organisation_of, start_page
from stockroom.entrypoints.web.surroundings import house_of, present
from stockroom.tenancy.roles import Right
from stockroom.tenancy.visitors import Membership

_MOST_CONCERNS = 40


async def first_page(request: Request) -> Response:
    """The one organisation of the visitor; with several or none, the list of them."""
    memberships = present(request).memberships
    if len(memberships) == 1:
        return await _overview(request, memberships[0])
    return await start_page(request)


async def overview_page(request: Request) -> Response:
    """The organisation that the address names."""
    return await _overview(request, organisation_of(request))


async def accounts_page(request: Request) -> Response:
    """Its accounts, each with its connection and its data."""
    membership = organisation_of(request)
    found = await standings(house_of(request), membership.accounts)
    return show(
        request,
        "accounts.html",
        membership,
        standings=found,
        stopped_at=_stopped_at(found),
        may_stop=membership.may(Right.STOP) and membership.all_accounts,
    )


async def _overview(request: Request, membership: Membership) -> Response:
    house = house_of(request)
    found = await standings(house, membership.accounts)
    concerns = sorted(
        (concern for standing in found for concern in standing.concerns()),
        key=lambda one: (one.urgency, one.account.slug),
    )
    return show(
        request,
        "overview.html",
        membership,
        standings=found,
        concerns=concerns[:_MOST_CONCERNS],
        stopped_at=_stopped_at(found),
        more=max(0, len(concerns) - _MOST_CONCERNS),
        figures={
            "accounts": len(found),
            "troubled": len({one.account.id for one in concerns}),
            "withheld": sum(one.loads.states.get("quarantined", 0) for one in found),
            "out": sum(one.bands.get("out_of_stock", 0) for one in found),
            "critical": sum(one.bands.get("critical", 0) for one in found),
        },
    )


def _stopped_at(found: Sequence[AccountStanding]) -> datetime | None:
    """Since when all agents of the organisation are stopped."""
    return next((one.connection.switches.organisation_since for one in found), None)
