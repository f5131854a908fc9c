"""``planning_inputs``: assumptions, each with who said it and since when."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.records.register import Register
from stockroom.records.said import Said


class PlanningInput(Said, Base):
    """One assumption of one SKU, one product group, or a whole marketplace of the account."""

    __tablename__ = "planning_inputs"
    __table_args__ = ({"schema": "app"},)

    marketplace: Mapped[str] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(primary_key=True)
    """Empty: it is not about one SKU."""
    product_group: Mapped[str] = mapped_column(primary_key=True)
    """Empty: it is not about a group."""
    input: Mapped[str] = mapped_column(primary_key=True)
    """A name of ``input_kinds``."""
    value: Mapped[Decimal | None]
    label: Mapped[str | None]
    """Of an input that is no number."""
    unit: Mapped[str | None]
    currency: Mapped[str | None]


Index(
    "ix_planning_inputs_sku",
    PlanningInput.account_id,
    PlanningInput.sku,
    PlanningInput.product_group,
    PlanningInput.input,
    PlanningInput.marketplace,
    PlanningInput.version,
)

REGISTER = Register(PlanningInput)
