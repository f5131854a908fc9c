"""Members: who is what in an organisation, and who may change that.

Nobody gives what they do not have: only an owner makes, changes or removes owners, and
whoever sees some accounts grants no others. An organisation always has an owner.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from stockroom.core.clock import Clock
from stockroom.core.errors import InvalidInputError, NotAllowedError, NotFoundError
from stockroom.core.ids import uuid7
from stockroom.db.base import PERSON
from stockroom.db.engine import Database, enter
from stockroom.tenancy.connect_links import ConnectLink
from stockroom.tenancy.models import Organisation
from stockroom.tenancy.people import Invitation, Member, Person
from stockroom.tenancy.roles import Right, Role
from stockroom.tenancy.visitors import Membership


@dataclass(frozen=True, slots=True)
class Colleague:
    """A member, as another one sees them.

    Args:
        id: The membership's.
        person_id: Who.
        name: What people call them.
        email: Their address.
        role: What they are.
        account_ids: The accounts granted to them; None: all, also those to come.
        second_factor: They sign in with one.
        since: When they became a member.
    """

    id: UUID
    person_id: UUID
    name: str
    email: str
    role: Role
    account_ids: frozenset[UUID] | None
    second_factor: bool
    since: datetime


def new_member(
    organisation_id: UUID,
    person_id: UUID,
    role: Role,
    account_ids: Collection[UUID] | None,
    now: datetime,
) -> Member:
    """The row that makes a person a member."""
    return Member(
        id=uuid7(now),
        organisation_id=organisation_id,
        person_id=person_id,
        role=role,
        account_ids=None if account_ids is None else list(account_ids),
        created_at=now,
    )


def check_grant(actor: Membership, role: Role, account_ids: Collection[UUID] | None) -> None:
    """Make sure that a member may give that role for these accounts.

    Raises:
        NotAllowedError: They would give more than they have.
        NotFoundError: An account is none of those they see.
    """
    if role is Role.OWNER and not actor.may(Right.OWN):
        raise NotAllowedError(
            "Only an owner makes owners.", field="role", next_step="Ask an owner to do it."
        )
    if account_ids is None:
        if not actor.all_accounts:
            raise NotAllowedError(
                "Only who sees all accounts can grant all accounts.",
                field="accounts",
                next_step="Choose among those you see.",
            )
        return
    if not set(account_ids) <= {account.id for account in actor.accounts}:
        raise NotFoundError(
            "There is no such account among yours.",
            field="accounts",
            next_step="Choose among those you see.",
        )


class Members:
    """The members of organisations.

    Args:
        database: Where they are.
        clock: The installation's.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def admit(
        self,
        organisation_id: UUID,
        person_id: UUID,
        role: Role,
        account_ids: Sequence[UUID] | None = None,
    ) -> None:
        """Make a person a member, on the word of whoever runs the installation.

        Args:
            organisation_id: Of what.
            person_id: Who.
            role: As what.
            account_ids: The accounts granted to them; None: all, also those to come.

        Raises:
            InvalidInputError: They are one already.
        """
        row = new_member(organisation_id, person_id, role, account_ids, self._clock.now())
        try:
            async with self._database.organisation_session(organisation_id) as session:
                session.add(row)
        except IntegrityError:
            raise InvalidInputError(
                "That person is a member already.",
                field="email",
                next_step="Change their role in the list of members.",
            ) from None

    async def make_owner(self, organisation_id: UUID, member_id: UUID) -> None:
        """Make a member an owner, on the word of whoever runs the installation."""
        async with self._database.organisation_session(organisation_id) as session:
            row = (await session.scalars(select(Member).where(Member.id == member_id))).one()
            row.role, row.account_ids = Role.OWNER, None

    async def of(self, organisation_id: UUID) -> list[Colleague]:
        """Every member, by name."""
        async with self._database.organisation_session(organisation_id) as session:
            rows = (await session.scalars(select(Member))).all()
            found = [await _colleague(session, row) for row in rows]
        return sorted(found, key=lambda one: (one.name.lower(), one.email))

    async def one(self, organisation_id: UUID, member_id: UUID) -> Colleague:
        """One member.

        Raises:
            NotFoundError: The organisation has no such member.
        """
        async with self._database.organisation_session(organisation_id) as session:
            row = await session.get(Member, member_id)
            if row is None:
                raise _nobody()
            return await _colleague(session, row)

    async def change(
        self,
        actor: Membership,
        member_id: UUID,
        role: Role,
        account_ids: Collection[UUID] | None,
    ) -> None:
        """Give a member another role, or other accounts; what they had before ends within a second.

        Args:
            actor: Who changes it.
            member_id: Whose.
            role: Their new role. An owner has all accounts, whatever is granted.
            account_ids: Their accounts; None: all, also those to come.

        Raises:
            NotFoundError: There is no such member or account.
            NotAllowedError: The actor may not.
            InvalidInputError: Nobody would be an owner any more.
        """
        granted = None if role is Role.OWNER else account_ids
        check_grant(actor, role, granted)
        async with self._database.organisation_session(actor.organisation_id) as session:
            row = await self._theirs(session, actor, member_id)
            if role is not Role.OWNER:
                await _keep_an_owner(session, row)
            accounts = None if granted is None else sorted(granted)
            if (role, accounts) != (row.role, row.account_ids):
                await self._withdraw(session, row.person_id)
            row.role, row.account_ids = role, accounts

    async def remove(self, actor: Membership, member_id: UUID) -> None:
        """Send a member away; what they could reach ends within a second.

        Raises:
            NotFoundError: There is no such member.
            NotAllowedError: The actor may not.
            InvalidInputError: Nobody would be an owner any more.
        """
        async with self._database.organisation_session(actor.organisation_id) as session:
            row = await self._theirs(session, actor, member_id)
            await _keep_an_owner(session, row)
            await self._withdraw(session, row.person_id)
            await session.delete(row)

    async def _theirs(self, session: AsyncSession, actor: Membership, member_id: UUID) -> Member:
        """A member's row, in an organisation in which nobody else changes members meanwhile."""
        await session.execute(select(Organisation.id).with_for_update())
        row = await session.get(Member, member_id)
        if row is None:
            raise _nobody()
        if not actor.may(Right.MEMBERS):
            raise NotAllowedError(
                "Your role does not allow this.",
                field="role",
                next_step="Ask an admin or an owner.",
            )
        if row.role == Role.OWNER and not actor.may(Right.OWN):
            raise NotAllowedError(
                "Only an owner changes owners.", field="role", next_step="Ask an owner to do it."
            )
        if not may_change(actor, row.account_ids):
            raise NotAllowedError(
                "They see accounts that you do not.",
                field="accounts",
                next_step="Ask somebody who sees all accounts.",
            )
        return row

    async def _withdraw(self, session: AsyncSession, person_id: UUID) -> None:
        """Invitations and links by somebody whose role or reach ends would outlive it."""
        await enter(session, PERSON, person_id)
        email = await session.scalar(select(Person.email))
        invited = update(Invitation).where(
            Invitation.invited_by == email, Invitation.ended_at.is_(None)
        )
        sent = update(ConnectLink).where(
            ConnectLink.created_by == email,
            ConnectLink.used_at.is_(None),
            ConnectLink.withdrawn_at.is_(None),
        )
        now = self._clock.now()
        await session.execute(invited.values(ended_at=now))
        await session.execute(sent.values(withdrawn_at=now))


def may_change(actor: Membership, account_ids: Collection[UUID] | None) -> bool:
    """Whether a member sees every account that another one sees."""
    if actor.all_accounts:
        return True
    return account_ids is not None and {*account_ids} <= {one.id for one in actor.accounts}


async def _keep_an_owner(session: AsyncSession, leaving: Member) -> None:
    others = select(Member.id).where(Member.role == Role.OWNER, Member.id != leaving.id)
    if leaving.role == Role.OWNER and await session.scalar(others.limit(1)) is None:
        raise InvalidInputError(
            "They are the only owner, and an organisation needs one.",
            field="role",
            next_step="Make somebody else an owner first.",
        )


async def _colleague(session: AsyncSession, row: Member) -> Colleague:
    await enter(session, PERSON, row.person_id)
    person = (await session.scalars(select(Person).where(Person.id == row.person_id))).one()
    return Colleague(
        id=row.id,
        person_id=row.person_id,
        name=person.name,
        email=person.email,
        role=Role(row.role),
        account_ids=None if row.account_ids is None else frozenset(row.account_ids),
        second_factor=person.totp_secret is not None,
        since=row.created_at,
    )


def _nobody() -> NotFoundError:
    return NotFoundError("There is no such member here.", next_step="See the list of members.")
