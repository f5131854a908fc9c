"""Persons: added, found by their address, and known by their password."""

from __future__ import annotations

import re
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from stockroom.core.clock import Clock
from stockroom.core.errors import InvalidInputError
from stockroom.core.ids import uuid7
from stockroom.core.text import plain
from stockroom.db.engine import Database
from stockroom.tenancy.directory import holder_of
from stockroom.tenancy.passwords import Passwords
from stockroom.tenancy.people import Person

_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f]{1,64}@[^@\s\x00-\x1f\x7f]{1,189}")
_LONGEST_NAME = 100


def email_of(text: str) -> str:
    """An e-mail address as it is stored and compared: in lower case.

    Raises:
        InvalidInputError: It cannot be one.
    """
    email = text.strip().lower()
    if not _EMAIL.fullmatch(email):
        raise InvalidInputError(
            "That is no e-mail address.", field="email", next_step="Write it as name@example.com."
        )
    return email


def name_of(text: str) -> str:
    """What people call somebody, on one line.

    Raises:
        InvalidInputError: It is empty.
    """
    name = plain(text, _LONGEST_NAME)
    if not name:
        raise InvalidInputError(
            "A name is needed.", field="name", next_step="Write how others should call you."
        )
    return name


def new_person(email: str, name: str, password_hash: str | None, now: datetime) -> Person:
    """The row of somebody who is taken in.

    Raises:
        InvalidInputError: The address or the name cannot be used.
    """
    return Person(
        id=uuid7(now),
        email=email_of(email),
        name=name_of(name),
        password_hash=password_hash,
        created_at=now,
    )


class Persons:
    """The people of the installation, each entered on their own.

    Args:
        database: Where they are.
        passwords: Hashes passwords and compares them.
        clock: The installation's.
    """

    def __init__(self, database: Database, passwords: Passwords, clock: Clock) -> None:
        self._database = database
        self._passwords = passwords
        self._clock = clock

    async def add(self, email: str, name: str, password: str | None = None) -> UUID:
        """Take somebody in.

        Args:
            email: Their address.
            name: What people call them.
            password: What they sign in with; None: an identity provider.

        Raises:
            InvalidInputError: Something given cannot be used, or the address is taken.
        """
        hashed = None if password is None else await self._passwords.hashed(password)
        row = new_person(email, name, hashed, self._clock.now())
        try:
            async with self._database.person_session(row.id) as session:
                session.add(row)
        except IntegrityError:
            raise InvalidInputError(
                "Somebody with that e-mail address is already here.",
                field="email",
                next_step="Sign in with it.",
            ) from None
        return row.id

    async def find(self, email: str) -> UUID | None:
        """Whose address it is; None: nobody's."""
        return await holder_of(self._database, "people", email.strip().lower())

    async def person(self, person_id: UUID) -> Person:
        """What is kept of one person."""
        async with self._database.person_session(person_id) as session:
            return (await session.scalars(select(Person))).one()

    async def known(self, email: str, password: str) -> Person | None:
        """Who signs in with these; None when they do not belong together.

        Nobody's address takes as long as a wrong password.
        """
        person_id = await self.find(email)
        person = None if person_id is None else await self.person(person_id)
        stored = None if person is None else person.password_hash
        return person if await self._passwords.match(password, stored) else None

    async def set_password(self, person_id: UUID, password: str) -> None:
        """Put a new password in the place of the old one.

        Raises:
            InvalidInputError: It is too short or too long.
        """
        hashed = await self._passwords.hashed(password)
        async with self._database.person_session(person_id) as session:
            await session.execute(
                update(Person).where(Person.id == person_id).values(password_hash=hashed)
            )
