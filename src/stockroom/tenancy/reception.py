"""The reception: everything by which people are let in, joined."""

from __future__ import annotations

from dataclasses import dataclass

from stockroom.core.clock import Clock
from stockroom.db.engine import Database
from stockroom.tenancy.marks import Marks
from stockroom.tenancy.members import Members
from stockroom.tenancy.passwords import Passwords
from stockroom.tenancy.persons import Persons
from stockroom.tenancy.sessions import Sessions


@dataclass(frozen=True, slots=True)
class Reception:
    """Lets people in.

    Args:
        persons: Who there is.
        members: What they are in which organisation.
        sessions: Where they are signed in.
        marks: What ties a form to the browser it was given to.
    """

    persons: Persons
    members: Members
    sessions: Sessions
    marks: Marks

    @classmethod
    def staffed(
        cls, database: Database, pepper: bytes, clock: Clock, passwords: Passwords | None = None
    ) -> Reception:
        """The reception of one process.

        Args:
            database: Where people are kept.
            pepper: The key of what is hashed for them.
            clock: The installation's.
            passwords: Other than those of the library's default cost.
        """
        return cls(
            persons=Persons(database, passwords or Passwords(), clock),
            members=Members(database, clock),
            sessions=Sessions(database, pepper, clock),
            marks=Marks(pepper),
        )
