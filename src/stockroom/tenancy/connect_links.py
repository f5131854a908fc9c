"""Connect links: what a client is sent so that they can connect their own account."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.core.marketplaces import MARKETPLACES, Region
from stockroom.db.base import Base, OrganisationTable


class ConnectLink(OrganisationTable, Base):
    """A link that connects one account of Amazon's, once; a keyed hash of its secret."""

    __tablename__ = "connect_links"
    __table_args__ = ({"schema": "app", "info": {"found_by": ["hash"]}},)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    hash: Mapped[bytes] = mapped_column(unique=True)
    advertising: Mapped[bool]
    """It connects the advertising of an account that is there, not the account."""
    marketplace: Mapped[str]
    """A store the seller is at home in: they sign in at its Seller Central, for its region."""
    slug: Mapped[str]
    """The account's name in arguments; of a new one, as it will be where that is free."""
    name: Mapped[str]
    """What people call the account."""
    for_account_id: Mapped[UUID | None]
    """The account it is for; None: one that is not there yet."""
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]

    @property
    def region(self) -> Region:
        """The region in which the seller's consent will hold."""
        return MARKETPLACES[self.marketplace].region


class AskedConsent(OrganisationTable, Base):
    """A browser on its way to Amazon's page: a keyed hash of the ``state`` that must come back with it."""

    __tablename__ = "asked_consents"
    __table_args__ = ({"schema": "app", "info": {"found_by": ["hash"]}},)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    hash: Mapped[bytes] = mapped_column(unique=True)
    link_id: Mapped[UUID] = mapped_column(
        ForeignKey("app.connect_links.id", ondelete="CASCADE"), index=True
    )
    browser: Mapped[bytes]
    """A keyed hash of the cookie of the browser that was sent: no other may bring the answer."""
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
