"""Deciding about a change: a member approves what a page showed them, or rejects it and says why."""

from __future__ import annotations

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from stockroom.entrypoints.web.content.changes import change_path, told_of_change
from stockroom.entrypoints.web.content.places import account_of
from stockroom.entrypoints.web.page import go, posted
from stockroom.entrypoints.web.proof import is_proven, to_prove
from stockroom.entrypoints.web.surroundings import address_of, house_of, present
from stockroom.tenancy.principal import Account
from stockroom.tenancy.roles import Right
from stockroom.tenancy.visitors import Membership
from stockroom.writes.approver import Approver


async def approve_change(request: Request) -> Response:
    """Agree to a change, by what its page showed; then its page tells what becomes of it."""
    membership, account = account_of(request, Right.APPROVE)
    form, house, change_id = await posted(request), house_of(request), _id(request)
    page = change_path(membership, account, change_id)
    told = await told_of_change(house, account, change_id)
    if (told["costs"] or told["irreversible"]) and not is_proven(request):
        return to_prove(request, page)
    approver = _approver(request, membership, account)
    given = form.get("fingerprint", ""), form.get("amount", "")
    await house.gate.approve(approver, change_id, *given)
    return go(request, page, "change-approved")


async def reject_change(request: Request) -> Response:
    """Turn a proposal down, for a reason that whoever proposed it will read."""
    membership, account = account_of(request, Right.APPROVE)
    form, change_id = await posted(request), _id(request)
    approver = _approver(request, membership, account)
    await house_of(request).gate.reject(approver, change_id, form.get("reason", ""))
    return go(request, change_path(membership, account, change_id), "change-rejected")


def _approver(request: Request, membership: Membership, account: Account) -> Approver:
    return Approver.of(present(request), membership, account, address_of(request))


def _id(request: Request) -> UUID:
    change_id: UUID = request.path_params["change_id"]
    return change_id
