"""Identities: people as an identity provider knows them.

An identity is tied to a person once and for all by the provider's own name for them,
never by an address that may change hands. The first time, a verified address of
somebody who is here already makes that tie; nobody is taken in by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from stockroom.core.clock import Clock
from stockroom.core.errors import NotAllowedError
from stockroom.db.engine import Database
from stockroom.tenancy.directory import holder_of
from stockroom.tenancy.people import Identity
from stockroom.tenancy.persons import Persons


@dataclass(frozen=True, slots=True)
class Claim:
    """What an identity provider says of whoever has just signed in there.

    Args:
        issuer: The provider.
        subject: Its name for them, which never changes.
        email: Their address; empty when it told none.
        email_verified: The provider made sure that it is theirs.
        name: What they are called; empty when it told none.
        proved_at: When they last proved to the provider who they are; None: it did not say.
    """

    issuer: str
    subject: str
    email: str
    email_verified: bool
    name: str
    proved_at: datetime | None


class Identities:
    """The identities of people.

    Args:
        database: Where they are.
        persons: Who there is.
        clock: The installation's.
    """

    def __init__(self, database: Database, persons: Persons, clock: Clock) -> None:
        self._database = database
        self._persons = persons
        self._clock = clock

    async def known(self, claim: Claim) -> UUID | None:
        """Whose identity it is; None: nobody's yet."""
        return await holder_of(self._database, "identities", claim.issuer, claim.subject)

    async def recognise(self, claim: Claim, *, own_addresses: bool) -> UUID | None:
        """Who it is: by the identity, else by the verified address, which is tied to it then.

        Args:
            claim: What the provider says.
            own_addresses: Anybody may have signed up here with an address that is not theirs, so
                whoever has a password must use it first.

        Returns:
            The person; None: nobody who is here.
        """
        known = await self.known(claim)
        if known is not None or not claim.email_verified:
            return known
        person_id = await self._persons.find(claim.email)
        if person_id is None:
            return None
        person = await self._persons.person(person_id)
        if own_addresses and person.password_hash is not None:
            raise NotAllowedError(
                "Somebody signed up here with that e-mail address and a password.",
                next_step="Sign in with the password first, then with single sign-on.",
            )
        await self.tie(claim, person_id)
        return person_id

    async def tie(self, claim: Claim, person_id: UUID) -> None:
        """Tie an identity to a person.

        Raises:
            NotAllowedError: It is tied to somebody else.
        """
        row = Identity(
            person_id=person_id,
            issuer=claim.issuer,
            subject=claim.subject,
            created_at=self._clock.now(),
        )
        try:
            async with self._database.person_session(person_id) as session:
                session.add(row)
        except IntegrityError:
            if await self.known(claim) != person_id:
                raise NotAllowedError(
                    "That identity belongs to somebody else.",
                    next_step="Sign in with another account of the provider.",
                ) from None
