"""Who there is: organisations, their client accounts, and the API keys that reach them.

An account is one seller in one of Amazon's regions: the tenant whose id every
other table carries first. Keys belong to an organisation; whoever presents one is
found through ``app.authenticate``. People are in ``people``.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base, Holder, OrganisationTable, TenantTable
from stockroom.db.reach import Told

GRANT = "refresh_token"
"""What the vault seals Amazon's grants for."""
ADS_GRANT = "ads_refresh_token"
"""And those of the advertising API."""
_SEALED = {"refresh_token": GRANT, "ads_refresh_token": ADS_GRANT}


class Organisation(Base):
    """A seller, or an agency that holds many sellers' accounts."""

    __tablename__ = "organisations"
    __table_args__ = (
        {
            "schema": "app",
            "info": {"holder": Holder("id", "app.organisation"), "found_by": ["name"]},
        },
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    agents_stopped_at: Mapped[datetime | None]
    """Since when no agent may do anything in any of its accounts; None: they may."""
    four_eyes: Mapped[bool] = mapped_column(server_default=text("false"))
    """Nobody confirms what they proposed themselves, by key or in person."""
    created_at: Mapped[datetime]


class AccountRow(TenantTable, Base):
    """One seller in one region: what Amazon authorised, and how its numbers are judged."""

    __tablename__ = "accounts"
    __table_args__ = (
        UniqueConstraint("organisation_id", "seller_id", "region"),
        {
            "schema": "app",
            "info": {
                "reader": True,
                "hidden": list(_SEALED),
                "sealed": _SEALED,
                "found_by": ["organisation_id", "account_id"],
                "told": Told.ACCOUNT,
            },
        },
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("app.organisations.id"))
    slug: Mapped[str] = mapped_column(unique=True)
    """The account's name in arguments and answers."""
    name: Mapped[str]
    seller_id: Mapped[str]
    region: Mapped[str]
    marketplaces: Mapped[list[str]]
    """Country codes the seller takes part in."""
    primary_marketplace: Mapped[str]
    """Where a region-level row belongs when nothing in it says more."""
    refresh_token: Mapped[bytes]
    """Amazon's grant, encrypted by the vault for this account alone."""
    ads_refresh_token: Mapped[bytes | None]
    """The grant of the advertising API, encrypted likewise; None: not connected."""
    ads_marketplaces: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    """Country codes in which that grant reaches the seller's advertising."""
    stopped: Mapped[bool] = mapped_column(server_default=text("false"))
    """The stop switch: no write leaves while it is on."""
    agents_stopped_at: Mapped[datetime | None]
    """Since when no agent may do anything here, reading included; None: they may."""
    settings: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    """Bands, ``fc_delay_days`` and other per-account assumptions."""
    created_at: Mapped[datetime]
    participations_at: Mapped[datetime | None]
    """When Amazon was last asked for the marketplaces."""
    authorised_at: Mapped[datetime | None]
    """When the seller gave the grant, which ends a year later; None: when it was connected here."""
    probed_at: Mapped[datetime | None]
    """When the connection was last tried for its own sake."""
    probe_error: Mapped[str | None]
    """What the last probe ended with; None: Amazon answered."""


class ApiKey(OrganisationTable, Base):
    """A bearer key: a keyed hash, and exactly what it opens."""

    __tablename__ = "api_keys"
    __table_args__ = ({"schema": "app", "info": {"found_by": ["hash"]}},)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    hash: Mapped[bytes] = mapped_column(unique=True)
    prefix: Mapped[str]
    """The first characters, so that a person can tell keys apart."""
    account_ids: Mapped[list[UUID]]
    marketplaces: Mapped[list[str] | None]
    """When set, only these marketplaces (country codes) of those accounts."""
    scopes: Mapped[list[str]]
    tools: Mapped[list[str] | None]
    """When set, only these tools, whatever the scopes allow."""
    limits: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    """What guardrails hold this key to."""
    networks: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    """Where it may be used from (CIDR); none: anywhere."""
    requests_per_minute: Mapped[int | None]
    """How often it may ask one server process; None: as often as it likes."""
    requests_per_day: Mapped[int | None]
    """How often it may ask in a UTC day, all server processes together."""
    purpose: Mapped[str | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    last_used_from: Mapped[str | None]
    """The address of that use, when it came over a network."""


class KeyUse(OrganisationTable, Base):
    """How often a key asked on one UTC day, over all server processes."""

    __tablename__ = "key_uses"
    __table_args__ = ({"schema": "app"},)

    key_id: Mapped[UUID] = mapped_column(ForeignKey("app.api_keys.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    requests: Mapped[int] = mapped_column(BigInteger)
