"""The people: who may sign in, what they are in which organisation, and where they are signed in.

A person is one e-mail address, in any number of organisations. What they may do in
one is their role there (see ``roles``), for the accounts granted to them.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base, Holder, OrganisationTable, PersonTable

TOTP = "totp"
"""What the vault seals the secrets of second factors for."""


class Person(Base):
    """Somebody who may sign in: with a password, or by an identity provider."""

    __tablename__ = "people"
    __table_args__ = (
        {
            "schema": "app",
            "info": {
                "holder": Holder("id", "app.person"),
                "found_by": ["email"],
                "sealed": {"totp_secret": TOTP},
            },
        },
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    """In lower case."""
    name: Mapped[str]
    password_hash: Mapped[str | None]
    """Argon2id; None: signs in by an identity provider only."""
    totp_secret: Mapped[bytes | None]
    """Sealed by the vault for this person; None: no second factor."""
    totp_counter: Mapped[int | None] = mapped_column(BigInteger)
    """The time step of the code used last: a code counts once."""
    created_at: Mapped[datetime]


class RecoveryCode(PersonTable, Base):
    """What lets a person in, once, who has lost their second factor: a keyed hash."""

    __tablename__ = "recovery_codes"
    __table_args__ = ({"schema": "app"},)

    hash: Mapped[bytes] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]


class Identity(PersonTable, Base):
    """A person as an identity provider knows them."""

    __tablename__ = "identities"
    __table_args__ = ({"schema": "app", "info": {"found_by": ["issuer", "subject"]}},)

    issuer: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]


class Member(OrganisationTable, Base):
    """A person in an organisation."""

    __tablename__ = "members"
    __table_args__ = (
        # Found by their person: which organisations somebody is in is asked before entering any.
        UniqueConstraint("organisation_id", "person_id"),
        {"schema": "app", "info": {"found_by": ["person_id", "organisation_id"]}},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("app.people.id"))
    role: Mapped[str]
    account_ids: Mapped[list[UUID] | None]
    """The accounts granted to them; None: all of the organisation, also those to come."""
    created_at: Mapped[datetime]


class Invitation(OrganisationTable, Base):
    """A link that makes whoever opens it a member, once."""

    __tablename__ = "invitations"
    __table_args__ = ({"schema": "app", "info": {"found_by": ["hash"]}},)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    hash: Mapped[bytes] = mapped_column(unique=True)
    email: Mapped[str]
    role: Mapped[str]
    account_ids: Mapped[list[UUID] | None]
    invited_by: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    """When it was accepted or withdrawn."""


class Session(PersonTable, Base):
    """One browser in which a person is signed in: a keyed hash of its cookie."""

    __tablename__ = "sessions"
    __table_args__ = ({"schema": "app", "info": {"found_by": ["hash"]}},)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    hash: Mapped[bytes] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    proved_at: Mapped[datetime]
    """When the person last proved who they are: what costs money asks for it anew."""
    ended_at: Mapped[datetime | None]
    agent: Mapped[str]
    """The browser as it names itself: shown, never trusted."""
    address: Mapped[str | None]
