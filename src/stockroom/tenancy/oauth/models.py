"""What an authorization leaves behind: programs, their open questions, what people granted, tokens.

A program and its question belong to nobody: both are there before anybody signs in.
A grant is one person's, in one organisation, and ends with their membership.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base, OrganisationTable


class OAuthClient(Base):
    """A program that may ask: registered by itself, or described by a document at its own address.

    Nobody holds it: any person of any organisation may grant it something.
    """

    __tablename__ = "oauth_clients"
    __table_args__ = ({"schema": "app"},)

    id: Mapped[str] = mapped_column(primary_key=True)
    """Made here, or the https address of the document."""
    name: Mapped[str]
    """As it calls itself: shown, never trusted."""
    redirect_uris: Mapped[list[str]]
    authentication: Mapped[str]
    """How it proves itself at the token endpoint: ``none``, or by a secret derived from its id."""
    created_at: Mapped[datetime] = mapped_column(index=True)
    fresh_until: Mapped[datetime | None]
    """Until when what its document said counts; None: it registered itself."""
    granted_at: Mapped[datetime | None]
    """When somebody last granted it something."""


class OAuthRequest(Base):
    """A question a program asks, until somebody who signed in answers it.

    Nobody holds it: who will answer is not known when it is asked.
    """

    __tablename__ = "oauth_requests"
    __table_args__ = ({"schema": "app"},)

    id: Mapped[str] = mapped_column(primary_key=True)
    client_id: Mapped[str] = mapped_column(
        ForeignKey("app.oauth_clients.id", ondelete="CASCADE"), index=True
    )
    redirect_uri: Mapped[str]
    redirect_named: Mapped[bool]
    """The question named it; else it is the only one the program has."""
    state: Mapped[str | None]
    """The program's own; it goes back as it came."""
    scopes: Mapped[list[str]]
    """What was asked for, of what there is."""
    code_challenge: Mapped[str]
    resource: Mapped[str]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class OAuthGrant(OrganisationTable, Base):
    """What a person let a program do in an organisation, as themselves."""

    __tablename__ = "oauth_grants"
    __table_args__ = ({"schema": "app"},)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(
        ForeignKey("app.members.id", ondelete="CASCADE"), index=True
    )
    """Whose: whoever is no member any more has granted nothing."""
    email: Mapped[str]
    """Their address, as lists and audits name them."""
    client_id: Mapped[str]
    client_name: Mapped[str]
    client_host: Mapped[str]
    """Where its answers go: the one thing about a program that is known."""
    redirect_uri: Mapped[str]
    redirect_named: Mapped[bool]
    code_challenge: Mapped[str]
    account_ids: Mapped[list[UUID]]
    marketplaces: Mapped[list[str] | None]
    """When set, only these marketplaces (country codes) of those accounts."""
    scopes: Mapped[list[str]]
    resource: Mapped[str]
    """The address its tokens are good at."""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    """When its newest refresh token ends."""
    last_used_at: Mapped[datetime | None]
    last_used_from: Mapped[str | None]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None]
    """Who revoked it, or what gave it away."""


class OAuthToken(OrganisationTable, Base):
    """A code, access token or refresh token of a grant: a keyed hash."""

    __tablename__ = "oauth_tokens"
    __table_args__ = ({"schema": "app", "info": {"found_by": ["hash"]}},)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    grant_id: Mapped[UUID] = mapped_column(
        ForeignKey("app.oauth_grants.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[str]
    hash: Mapped[bytes] = mapped_column(unique=True)
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    """When a code or refresh token was exchanged: it is good once."""
