"""Members: who is what in an organisation."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from stockroom.core.clock import Clock
from stockroom.core.errors import InvalidInputError
from stockroom.core.ids import uuid7
from stockroom.db.engine import Database
from stockroom.tenancy.people import Member
from stockroom.tenancy.roles import Role


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
        """Make a person a member.

        Args:
            organisation_id: Of what.
            person_id: Who.
            role: As what.
            account_ids: The accounts granted to them; None: all, also those to come.

        Raises:
            InvalidInputError: They are one already.
        """
        now = self._clock.now()
        row = Member(
            id=uuid7(now),
            organisation_id=organisation_id,
            person_id=person_id,
            role=role,
            account_ids=None if account_ids is None else list(account_ids),
            created_at=now,
        )
        try:
            async with self._database.organisation_session(organisation_id) as session:
                session.add(row)
        except IntegrityError:
            raise InvalidInputError(
                "That person is a member already.",
                field="email",
                next_step="Change their role in the list of members.",
            ) from None
