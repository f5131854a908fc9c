"""``supply_orders``: what was ordered of suppliers, and when it should come, or came."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.records.register import Register
from stockroom.records.said import Said


class SupplyOrder(Said, Base):
    """One SKU of one order. Open until ``arrived_on`` is said; lead times are learned from those."""

    __tablename__ = "supply_orders"
    __table_args__ = ({"schema": "app"},)

    marketplace: Mapped[str] = mapped_column(primary_key=True)
    """For which marketplace it was ordered."""
    sku: Mapped[str] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(primary_key=True)
    """The seller's number of the order."""
    units: Mapped[int | None]
    units_arrived: Mapped[int | None]
    ordered_on: Mapped[date | None]
    expected_on: Mapped[date | None]
    arrived_on: Mapped[date | None]
    """The day of the last units; null: more are expected."""
    destination: Mapped[str | None]
    """``AMAZON``, or the location of reserve stock."""


REGISTER = Register(SupplyOrder)
