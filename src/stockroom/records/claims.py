"""``claims``: what was asked of Amazon for one discrepancy, outside this house."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.records.register import Register
from stockroom.records.said import Said


class Claim(Said, Base):
    """The seller's word on one discrepancy: claimed, or resolved without a payment."""

    __tablename__ = "claims"
    __table_args__ = ({"schema": "app"},)

    marketplace: Mapped[str] = mapped_column(primary_key=True)
    country: Mapped[str] = mapped_column(primary_key=True)
    """Where the units were; within Europe not always the marketplace's."""
    fnsku: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    """``inbound_shortage``, ``warehouse_lost``, ``warehouse_damaged``, …"""
    reference: Mapped[str] = mapped_column(primary_key=True)
    """Shipment, order or ledger reference that the discrepancy is about."""
    state: Mapped[str | None]
    """``claimed`` or ``resolved``."""
    units: Mapped[int | None]
    case_id: Mapped[str | None]
    """Amazon's number of the case."""
    claimed_on: Mapped[date | None]


REGISTER = Register(Claim)
