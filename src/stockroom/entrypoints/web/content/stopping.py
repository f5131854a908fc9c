"""The stop switches, turned by a member: of one account, or of all agents of the organisation."""

from __future__ import annotations

from typing import get_args

from starlette.requests import Request
from starlette.responses import Response

from stockroom.core.errors import InvalidInputError, NotAllowedError
from stockroom.entrypoints.links import own_account
from stockroom.entrypoints.stop_switch import Stop, turn, turn_organisation
from stockroom.entrypoints.web.content.places import account_of, home_of
from stockroom.entrypoints.web.forms import Form
from stockroom.entrypoints.web.page import go, posted
from stockroom.entrypoints.web.start import organisation_of
from stockroom.entrypoints.web.surroundings import house_of, present
from stockroom.tenancy.roles import Right

_STOPS: tuple[Stop, ...] = get_args(Stop)


async def turn_account(request: Request) -> Response:
    """Stop the changes of an account, or all its agents, or let both go on."""
    membership, account = account_of(request, Right.STOP)
    form, house = await posted(request), house_of(request)
    stop = _stop(form)
    known = await own_account(house, membership.organisation_id, account.slug)
    reason = _reason(form, needed=stop != "nothing")
    await turn(house, known, stop=stop, reason=reason, by=_who(request))
    return go(request, f"{home_of(membership, account)}/", _SAID[stop])


async def turn_all(request: Request) -> Response:
    """Stop all agents of the organisation, or let them go on."""
    membership = organisation_of(request, Right.STOP)
    if not membership.all_accounts:
        raise NotAllowedError(
            "This stops accounts that are not granted to you.",
            next_step="Stop each of yours, or ask somebody to whom all accounts are granted.",
        )
    form, house = await posted(request), house_of(request)
    stopped = _stop(form) != "nothing"
    reason = _reason(form, needed=stopped)
    await turn_organisation(
        house, membership.organisation, stopped=stopped, reason=reason, by=_who(request)
    )
    return go(request, f"{home_of(membership)}/accounts", _SAID["agents" if stopped else "nothing"])


_SAID = {"nothing": "stop-lifted", "changes": "changes-stopped", "agents": "agents-stopped"}


def _stop(form: Form) -> Stop:
    for stop in _STOPS:
        if form.get("stop") == stop:
            return stop
    raise InvalidInputError("There is no such switch.", field="stop")


def _reason(form: Form, *, needed: bool) -> str | None:
    reason = form.get("reason", "").strip()
    if needed and not reason:
        raise InvalidInputError(
            "A stop needs a reason: others will ask.", next_step="Go back and say why."
        )
    return reason or None


def _who(request: Request) -> str:
    """How the audit names the member."""
    return f"member {present(request).email}"
