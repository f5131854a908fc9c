"""The members of an organisation: who is what, for which accounts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from stockroom.core.errors import InvalidInputError, NotAllowedError
from stockroom.entrypoints.web.forms import Form
from stockroom.entrypoints.web.page import go, posted, render
from stockroom.entrypoints.web.start import organisation_of
from stockroom.entrypoints.web.surroundings import house_of, present
from stockroom.tenancy.members import Colleague, check_grant, may_change
from stockroom.tenancy.people import Invitation
from stockroom.tenancy.roles import MEANINGS, Right, Role
from stockroom.tenancy.visitors import Membership


async def members_page(request: Request) -> Response:
    """Everybody, and the invitations that are open."""
    membership, reception = _mine(request), house_of(request).reception
    members = await reception.members.of(membership.organisation_id)
    invitations = await reception.invitations.open_in(membership.organisation_id)
    return render(
        request,
        "members.html",
        membership=membership,
        members=members,
        changeable=_those_changeable(membership, [*members, *invitations]),
        invitations=invitations,
        names={account.id: account.slug for account in membership.accounts},
    )


async def member_page(request: Request) -> Response:
    """One member, to change or to send away."""
    membership = _mine(request)
    member_id: UUID = request.path_params["member_id"]
    members = house_of(request).reception.members
    return render(
        request,
        "member.html",
        membership=membership,
        member=await members.one(membership.organisation_id, member_id),
        roles=_roles(membership),
        meanings=MEANINGS,
    )


async def change_member(request: Request) -> Response:
    """Another role, or other accounts."""
    membership, form = _mine(request), await posted(request)
    role, account_ids = _granted(form)
    member_id: UUID = request.path_params["member_id"]
    await house_of(request).reception.members.change(membership, member_id, role, account_ids)
    return go(request, _list(membership), "member-changed")


async def remove_member(request: Request) -> Response:
    """Send somebody away."""
    membership = _mine(request)
    await posted(request)
    member_id: UUID = request.path_params["member_id"]
    await house_of(request).reception.members.remove(membership, member_id)
    return go(request, _list(membership), "member-removed")


async def invite_page(request: Request) -> Response:
    """The form of an invitation."""
    membership = _mine(request)
    return render(
        request,
        "invite.html",
        membership=membership,
        link=None,
        roles=_roles(membership),
        meanings=MEANINGS,
    )


async def invite(request: Request) -> Response:
    """Make an invitation, and show its link: the only time that it can be seen."""
    membership, form = _mine(request), await posted(request)
    house, email = house_of(request), form.get("email", "").strip().lower()
    role, account_ids = _granted(form)
    account_ids = None if role is Role.OWNER else account_ids
    check_grant(membership, role, account_ids)
    here = await house.reception.members.of(membership.organisation_id)
    if email in {one.email for one in here}:
        raise InvalidInputError(f"{email} is a member already.", field="email")
    for earlier in await house.reception.invitations.open_in(membership.organisation_id):
        if earlier.email == email:
            _check_changeable(membership, earlier)  # a new one ends it
    token = await house.reception.invitations.invite(
        membership.organisation_id, email, role, account_ids, invited_by=present(request).email
    )
    link = f"{house.base_url}/console/invitation/{token}"
    return render(request, "invite.html", membership=membership, link=link, email=email)


async def withdraw_invitation(request: Request) -> Response:
    """End an invitation."""
    membership = _mine(request)
    await posted(request)
    invitation_id: UUID = request.path_params["invitation_id"]
    invitations = house_of(request).reception.invitations
    for one in await invitations.open_in(membership.organisation_id):
        if one.id == invitation_id:
            _check_changeable(membership, one)
    await invitations.withdraw(membership.organisation_id, invitation_id)
    return go(request, _list(membership), "invitation-withdrawn")


def _granted(form: Form) -> tuple[Role, Collection[UUID] | None]:
    """The role and the accounts that a form gives; None: all accounts.

    Raises:
        InvalidInputError: There is no such role, or no account is named.
    """
    try:
        role = Role(form.get("role", ""))
        account_ids = {UUID(text) for text in form.getlist("account")}
    except ValueError:
        raise InvalidInputError(
            "There is no such role or account.", next_step="Choose one of those shown."
        ) from None
    if form.get("reach") == "all":
        return role, None
    if not account_ids and role is not Role.OWNER:
        raise InvalidInputError(
            "No account was chosen.",
            field="accounts",
            next_step="Choose all accounts, or at least one of them.",
        )
    return role, account_ids


def _changeable(membership: Membership, one: Colleague | Invitation) -> bool:
    if one.role == Role.OWNER and not membership.may(Right.OWN):
        return False
    return may_change(membership, one.account_ids)


def _those_changeable(membership: Membership, those: Sequence[Colleague | Invitation]) -> set[UUID]:
    return {one.id for one in those if _changeable(membership, one)}


def _check_changeable(membership: Membership, one: Invitation) -> None:
    if not _changeable(membership, one):
        raise NotAllowedError(
            "That invitation offers more than you could give.",
            next_step="Ask an owner, or whoever made it.",
        )


def _roles(membership: Membership) -> list[Role]:
    """The roles that a member may give."""
    return [role for role in Role if role is not Role.OWNER or membership.may(Right.OWN)]


def _mine(request: Request) -> Membership:
    return organisation_of(request, Right.MEMBERS)


def _list(membership: Membership) -> str:
    return f"/console/o/{membership.organisation_id}/members"
