"""Founding: where sign-up is open, anybody makes an organisation of their own and owns it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.exc import IntegrityError

from stockroom.core.clock import Clock
from stockroom.core.errors import InvalidInputError
from stockroom.core.ids import uuid7
from stockroom.core.text import plain
from stockroom.db.base import PERSON
from stockroom.db.engine import Database, enter
from stockroom.tenancy.members import new_member
from stockroom.tenancy.models import Organisation
from stockroom.tenancy.passwords import Passwords
from stockroom.tenancy.persons import new_person
from stockroom.tenancy.roles import Role
from stockroom.tenancy.throttling import Throttle, from_address

_LONGEST_NAME = 100


class Founding:
    """Takes in strangers, each into an organisation of their own.

    Args:
        database: Where they are kept.
        passwords: Hashes theirs.
        throttle: How many of them come from one address.
        clock: The installation's.
    """

    def __init__(
        self, database: Database, passwords: Passwords, throttle: Throttle, clock: Clock
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._throttle = throttle
        self._clock = clock

    async def found(
        self, organisation: str, email: str, name: str, password: str, address: str | None
    ) -> UUID:
        """Make an organisation and its owner; returns the owner.

        Args:
            organisation: What people will call it.
            email: The owner's address.
            name: What people call the owner.
            password: What they will sign in with.
            address: Where they are: every organisation counts as one trial from there.

        Raises:
            InvalidInputError: Something given cannot be used, or is taken.
            BusyError: Too many were made from there.
        """
        called = plain(organisation, _LONGEST_NAME)
        if not called:
            raise InvalidInputError(
                "The organisation needs a name.",
                field="organisation",
                next_step="Write what people call it.",
            )
        await self._throttle.take(from_address(address))
        hashed = await self._passwords.hashed(password)
        now = self._clock.now()
        own, person = uuid7(now), new_person(email, name, hashed, now)
        try:
            async with self._database.organisation_session(own) as session:
                await enter(session, PERSON, person.id)
                session.add_all([Organisation(id=own, name=called, created_at=now), person])
                await session.flush()
                session.add(new_member(own, person.id, Role.OWNER, None, now))
        except IntegrityError:
            raise InvalidInputError(
                "That organisation or e-mail address is already here.",
                next_step="Choose another name, or sign in if you are known.",
            ) from None
        return person.id
