"""The reception: everything by which people are let in, joined."""

from __future__ import annotations

from dataclasses import dataclass

from stockroom.core.clock import Clock
from stockroom.db.engine import Database
from stockroom.tenancy.founding import Founding
from stockroom.tenancy.identities import Identities
from stockroom.tenancy.invitations import Invitations
from stockroom.tenancy.marks import Marks
from stockroom.tenancy.members import Members
from stockroom.tenancy.passwords import Passwords
from stockroom.tenancy.persons import Persons
from stockroom.tenancy.second_factor import SecondFactor
from stockroom.tenancy.sessions import Sessions
from stockroom.tenancy.signing_in import SigningIn
from stockroom.tenancy.throttling import Throttle
from stockroom.tenancy.vault import Vault


@dataclass(frozen=True, slots=True)
class Reception:
    """Lets people in.

    Args:
        persons: Who there is.
        members: What they are in which organisation.
        invitations: Who may become one.
        founding: Who makes an organisation of their own.
        signing_in: How they prove who they are.
        second_factor: Their codes.
        identities: Who they are at an identity provider.
        sessions: Where they are signed in.
        marks: What ties a form to the browser it was given to.
    """

    persons: Persons
    members: Members
    invitations: Invitations
    founding: Founding
    signing_in: SigningIn
    second_factor: SecondFactor
    identities: Identities
    sessions: Sessions
    marks: Marks

    @classmethod
    def staffed(
        cls,
        database: Database,
        vault: Vault,
        pepper: bytes,
        clock: Clock,
        passwords: Passwords | None = None,
    ) -> Reception:
        """The reception of one process.

        Args:
            database: Where people are kept.
            vault: Seals their secrets.
            pepper: The key of what is hashed for them.
            clock: The installation's.
            passwords: Other than those of the library's default cost.
        """
        marks = Marks(pepper)
        passwords = passwords or Passwords()
        persons = Persons(database, passwords, clock)
        second_factor = SecondFactor(database, vault, pepper, clock)
        throttle = Throttle(database, marks, clock)
        return cls(
            persons=persons,
            members=Members(database, clock),
            invitations=Invitations(database, passwords, pepper, clock),
            founding=Founding(database, passwords, throttle, clock),
            signing_in=SigningIn(persons, second_factor, throttle, marks, clock),
            second_factor=second_factor,
            identities=Identities(database, persons, clock),
            sessions=Sessions(database, pepper, clock),
            marks=marks,
        )
