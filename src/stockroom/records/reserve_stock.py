"""``reserve_stock``: units that lie with the seller or a third party, waiting to go to Amazon."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.records.register import Register
from stockroom.records.said import Said


class ReserveStock(Said, Base):
    """Units of one SKU at one place, as somebody counted them. A layer beside the pools."""

    __tablename__ = "reserve_stock"
    __table_args__ = ({"schema": "app"},)

    marketplace: Mapped[str] = mapped_column(primary_key=True)
    """For which marketplace they are kept."""
    sku: Mapped[str] = mapped_column(primary_key=True)
    location: Mapped[str] = mapped_column(primary_key=True)
    """The seller's name of the place."""
    units: Mapped[int | None]
    counted_on: Mapped[date | None]
    days_to_amazon: Mapped[int | None]
    """From leaving there to sellable at Amazon's; null: not known."""


REGISTER = Register(ReserveStock)
