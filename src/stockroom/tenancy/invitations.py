"""Invitations: a link that makes one person a member, once, within a week.

No mail is sent: who invites hands the link over. Only a keyed hash of it is kept, and
it is worth nothing to anybody whose address it does not name.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from stockroom.core.clock import Clock
from stockroom.core.errors import InvalidInputError, NotFoundError
from stockroom.core.ids import uuid7
from stockroom.db.base import PERSON
from stockroom.db.engine import Database, enter
from stockroom.tenancy.directory import hashed_name, holder_of
from stockroom.tenancy.keys import key_hash
from stockroom.tenancy.members import new_member
from stockroom.tenancy.models import Organisation
from stockroom.tenancy.passwords import Passwords
from stockroom.tenancy.people import Invitation
from stockroom.tenancy.persons import email_of, new_person
from stockroom.tenancy.roles import Role

_LASTS = timedelta(days=7)
_TOKEN_BYTES = 32
_LONGEST_TOKEN = 64


@dataclass(frozen=True, slots=True)
class Offer:
    """What an invitation offers to whoever holds its link.

    Args:
        organisation_id: The organisation.
        organisation: Its name.
        email: Whom it is for.
        role: What they become.
        invited_by: Who asks them in.
        expires_at: Until when.
    """

    organisation_id: UUID
    organisation: str
    email: str
    role: Role
    invited_by: str
    expires_at: datetime


class Invitations:
    """The invitations of organisations.

    Args:
        database: Where they are.
        passwords: Hashes those of people who are new.
        pepper: The key of the links' hashes.
        clock: Decides when they have expired.
    """

    def __init__(
        self, database: Database, passwords: Passwords, pepper: bytes, clock: Clock
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._pepper = pepper
        self._clock = clock

    async def invite(
        self,
        organisation_id: UUID,
        email: str,
        role: Role,
        account_ids: Collection[UUID] | None = None,
        *,
        invited_by: str = "operator",
    ) -> str:
        """Make an invitation; one that is open for the same address ends.

        Args:
            organisation_id: Into what.
            email: Whom.
            role: As what.
            account_ids: The accounts granted to them; None: all, also those to come.
            invited_by: The inviter's address, or ``operator``.

        Returns:
            What the link ends with; it is kept nowhere.

        Raises:
            InvalidInputError: That is no e-mail address.
        """
        token, now, known = secrets.token_urlsafe(_TOKEN_BYTES), self._clock.now(), email_of(email)
        row = Invitation(
            id=uuid7(now),
            organisation_id=organisation_id,
            hash=self._hash(token),
            email=known,
            role=role,
            account_ids=None if account_ids is None else list(account_ids),
            invited_by=invited_by,
            created_at=now,
            expires_at=now + _LASTS,
        )
        earlier = update(Invitation).where(Invitation.email == known, Invitation.ended_at.is_(None))
        async with self._database.organisation_session(organisation_id) as session:
            await session.execute(earlier.values(ended_at=now))
            session.add(row)
        return token

    async def open_in(self, organisation_id: UUID) -> list[Invitation]:
        """Those that can still be accepted, newest first."""
        async with self._database.organisation_session(organisation_id) as session:
            return list(await session.scalars(self._live().order_by(Invitation.id.desc())))

    async def withdraw(self, organisation_id: UUID, invitation_id: UUID) -> None:
        """End an invitation; one that is over already changes nothing."""
        open_one = update(Invitation).where(
            Invitation.id == invitation_id, Invitation.ended_at.is_(None)
        )
        async with self._database.organisation_session(organisation_id) as session:
            await session.execute(open_one.values(ended_at=self._clock.now()))

    async def offer(self, token: str) -> Offer:
        """What a link offers.

        Raises:
            NotFoundError: It was never made, or is over: the same answer.
        """
        organisation_id = await self._organisation(token)
        async with self._database.organisation_session(organisation_id) as session:
            row = await self._row(session, token)
            name = (await session.scalars(select(Organisation.name))).one()
        return Offer(
            organisation_id=organisation_id,
            organisation=name,
            email=row.email,
            role=Role(row.role),
            invited_by=row.invited_by,
            expires_at=row.expires_at,
        )

    async def accept(self, token: str, person_id: UUID, email: str) -> UUID:
        """Make a person the member that the invitation offers; returns the organisation.

        Args:
            token: What the link ends with.
            person_id: Who accepts.
            email: Their address.

        Raises:
            NotFoundError: It is over, or for somebody else: the same answer.
            InvalidInputError: They are a member already.
        """
        organisation_id = await self._organisation(token)
        try:
            async with self._database.organisation_session(organisation_id) as session:
                row = await self._row(session, token, email=email)
                self._admit(session, row, person_id)
        except IntegrityError:
            raise InvalidInputError(
                "You are a member of this organisation already.",
                next_step="Open the console: it is in the list of your organisations.",
            ) from None
        return organisation_id

    async def accept_as_new(self, token: str, name: str, password: str | None) -> UUID:
        """Take in the person whom the invitation names, and make them a member.

        Args:
            token: What the link ends with.
            name: What people call them.
            password: What they will sign in with; None: an identity provider.

        Returns:
            The person.

        Raises:
            NotFoundError: It is over.
            InvalidInputError: The name or password cannot be used, or they are known already.
        """
        organisation_id = await self._organisation(token)
        hashed = None if password is None else await self._passwords.hashed(password)
        try:
            async with self._database.organisation_session(organisation_id) as session:
                row = await self._row(session, token)
                person = new_person(row.email, name, hashed, self._clock.now())
                await enter(session, PERSON, person.id)
                session.add(person)
                await session.flush()
                self._admit(session, row, person.id)
        except IntegrityError:
            raise InvalidInputError(
                "Somebody with that e-mail address is already here.",
                field="email",
                next_step="Sign in first, then open the link again.",
            ) from None
        return person.id

    def _admit(self, session: AsyncSession, row: Invitation, person_id: UUID) -> None:
        now = self._clock.now()
        row.ended_at = now
        session.add(
            new_member(row.organisation_id, person_id, Role(row.role), row.account_ids, now)
        )

    async def _organisation(self, token: str) -> UUID:
        found = None
        if len(token) <= _LONGEST_TOKEN:
            name = hashed_name(self._hash(token))
            found = await holder_of(self._database, "invitations", name)
        if found is None:
            raise _over()
        return found

    async def _row(
        self, session: AsyncSession, token: str, *, email: str | None = None
    ) -> Invitation:
        named = self._live().where(Invitation.hash == self._hash(token)).with_for_update()
        row = (await session.scalars(named)).one_or_none()
        if row is None or email not in {None, row.email}:
            raise _over()
        return row

    def _live(self) -> Select[Invitation]:
        now = self._clock.now()
        return select(Invitation).where(Invitation.ended_at.is_(None), Invitation.expires_at > now)

    def _hash(self, token: str) -> bytes:
        return key_hash(f"invitation {token}", self._pepper)


def _over() -> NotFoundError:
    return NotFoundError(
        "This invitation is not valid (any more).",
        next_step="Ask whoever invited you for a new link.",
    )
