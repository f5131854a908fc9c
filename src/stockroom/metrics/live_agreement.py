"""Whether Amazon's two books agree on each pool: the ledger's closing, and the live stock after it.

The ledger's units on hand of a day D are held against the first snapshot after D
had closed; what the ledger moved between the two is taken out. D is the newest
day of which all three are known: where snapshots are missing it lies further
back, and where none was taken there is no row.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, insert
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base, TenantTable
from stockroom.metrics.derivation.agreeing import agreement_rows
from stockroom.metrics.derivation.closings import store_parameters
from stockroom.metrics.derivation.statement import Statement, planned_for_many
from stockroom.metrics.derivation.velocity_table import last_complete_day
from stockroom.reports.inventory import InventorySnapshot
from stockroom.reports.ledger_detail import LedgerEvent
from stockroom.reports.ledger_summary import LedgerDay
from stockroom.spec.metric import DaySpan, DeriveContext, Metric
from stockroom.spec.window import ONE_DAY


class LiveAgreement(TenantTable, Base):
    """One pool's closing in the ledger beside what was seen of it afterwards. Units on hand."""

    __tablename__ = "live_agreement"
    __table_args__ = ({"schema": "metrics"},)

    pool: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date]
    """The ledger's."""
    seen_at: Mapped[datetime]
    """When the snapshot was asked for."""
    ledger_units: Mapped[int]
    moved_units: Mapped[int]
    """What the ledger's events brought (or, negative, took) from then to the snapshot."""
    seen_units: Mapped[int]
    run_id: Mapped[UUID]


_LOOK_BACK = timedelta(days=7)
_AS_OF_DAY = last_complete_day("ledger_summary")
_CLEAR = Statement(delete(LiveAgreement))
_FILL = Statement(
    insert(LiveAgreement).from_select(
        [c.name for c in LiveAgreement.__table__.columns], agreement_rows()
    )
)


async def derive(context: DeriveContext, days: DaySpan) -> None:  # noqa: ARG001 - the present is derived whole
    """Hold the newest closings against what was seen after them."""
    await _CLEAR.run(context.connection)
    ((as_of,),) = await _AS_OF_DAY.run(context.connection)
    if as_of is None:
        return
    places = store_parameters(context.account)
    async with planned_for_many(context.connection):
        await _FILL.run(
            context.connection,
            oldest=as_of - _LOOK_BACK + ONE_DAY,
            run_id=context.run_id,
            **places,
        )


METRIC = Metric(
    name="live_agreement",
    fills=LiveAgreement,
    reads=(LedgerDay, LedgerEvent, InventorySnapshot),
    derive=derive,
)
