"""Who looks at a page: a signed-in person, and what they are in their organisations.

The counterpart of ``principal``: that is a credential of a program, this is a person
in a browser. What they may do is asked of the membership, never of the person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from stockroom.core.errors import NotAllowedError, NotFoundError
from stockroom.core.marketplaces import Region
from stockroom.tenancy.principal import Account
from stockroom.tenancy.roles import RIGHTS, Right, Role


@dataclass(frozen=True, slots=True)
class Membership:
    """What a person is in one organisation.

    Args:
        organisation_id: The organisation.
        organisation: Its name.
        role: What they are there.
        accounts: The accounts granted to them, by slug; all others do not exist for them.
        all_accounts: Accounts that are connected later are granted as well.
        agents_stopped: No agent may do anything in any account of the organisation.
    """

    organisation_id: UUID
    organisation: str
    role: Role
    accounts: tuple[Account, ...]
    all_accounts: bool
    agents_stopped: bool = False

    def may(self, right: Right) -> bool:
        """Whether the role gives that right."""
        return right in RIGHTS[self.role]


_PROOF_LASTS = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Visitor:
    """A signed-in person.

    Args:
        person_id: Who.
        email: Their address, in lower case.
        name: What people call them.
        session_id: The browser session they are in.
        proved_at: When they last proved who they are, by password and second factor.
        memberships: Their organisations, by name.
    """

    person_id: UUID
    email: str
    name: str
    session_id: UUID
    proved_at: datetime
    memberships: tuple[Membership, ...]

    def proven(self, now: datetime) -> bool:
        """Whether they proved who they are a short while ago: at most fifteen minutes."""
        return self.proved_at > now - _PROOF_LASTS

    def membership(self, organisation_id: UUID, right: Right = Right.VIEW) -> Membership:
        """What they are in an organisation in which they must have a right.

        Raises:
            NotFoundError: No such organisation, or they are not in it: the same answer.
            NotAllowedError: They are in it, and their role lacks the right.
        """
        for membership in self.memberships:
            if membership.organisation_id == organisation_id:
                if membership.may(right):
                    return membership
                raise _lacking(membership)
        raise NotFoundError(
            "There is no such organisation among yours.",
            next_step="Choose one of yours, or ask to be invited.",
        )

    def account(self, slug: str, right: Right = Right.VIEW) -> tuple[Membership, Account]:
        """An account granted to them, and the membership that grants it.

        Raises:
            NotFoundError: No such account, or not granted to them: the same answer.
            NotAllowedError: It is granted, and their role lacks the right.
        """
        for membership in self.memberships:
            for account in membership.accounts:
                if account.slug == slug:
                    if membership.may(right):
                        return membership, account
                    raise _lacking(membership)
        raise NotFoundError(
            "There is no such account among yours.",
            next_step="Choose one of yours, or ask an admin to grant it.",
        )


def read_memberships(found: Sequence[Mapping[str, Any]]) -> tuple[Membership, ...]:
    """Memberships as ``app.memberships`` tells them."""
    memberships = (
        Membership(
            organisation_id=UUID(row["organisation_id"]),
            organisation=row["organisation"],
            role=Role(row["role"]),
            accounts=_accounts(row["accounts"], stopped=row["agents_stopped"]),
            all_accounts=row["all_accounts"],
            agents_stopped=row["agents_stopped"],
        )
        for row in found
    )
    return tuple(sorted(memberships, key=lambda one: (one.organisation.lower(), one.organisation)))


def _accounts(rows: Sequence[Mapping[str, Any]], *, stopped: bool) -> tuple[Account, ...]:
    """The accounts of an organisation, by slug; ``stopped`` when all its agents are."""
    accounts = (
        Account(
            id=UUID(row["id"]),
            slug=row["slug"],
            name=row["name"],
            seller_id=row["seller_id"],
            region=Region(row["region"]),
            marketplaces=tuple(row["marketplaces"]),
            settings=row["settings"],
            agents_stopped=stopped or row["agents_stopped"],
        )
        for row in rows
    )
    return tuple(sorted(accounts, key=lambda one: one.slug))


def _lacking(membership: Membership) -> NotAllowedError:
    return NotAllowedError(
        f"Your role in {membership.organisation} ({membership.role}) does not allow this.",
        next_step="Ask an owner or admin of it.",
    )
