"""How well Amazon's books of each pool add up: what the movements make of a day's start against its end.

Signs are Amazon's, outflows negative. Unknown Events are left out on purpose:
they are what Amazon cannot explain. Dispositions are added up first, for units
move between them; countries are not, for each warehouse must agree by itself.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Date,
    Numeric,
    Select,
    Uuid,
    bindparam,
    case,
    cast,
    delete,
    func,
    insert,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base, TenantTable
from stockroom.metrics.derivation.day_classes import WINDOWS, windows
from stockroom.metrics.derivation.pool_names import pool_of
from stockroom.metrics.derivation.statement import Statement
from stockroom.metrics.derivation.velocity_table import last_complete_day
from stockroom.reports.ledger_summary import LedgerDay
from stockroom.spec.metric import DaySpan, DeriveContext, Metric


class LedgerAccuracy(TenantTable, Base):
    """One pool in one window that ends with the ledger's last complete day."""

    __tablename__ = "ledger_accuracy"
    __table_args__ = ({"schema": "metrics"},)

    window_days: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    pool: Mapped[str] = mapped_column(primary_key=True)
    units_off: Mapped[int]
    """Differences between expected and ending balances, without sign."""
    units_ending: Mapped[int]
    balances: Mapped[int]
    """Days × countries."""
    balances_exact: Mapped[int]
    """Of these, without any difference."""
    accuracy: Mapped[Decimal | None] = mapped_column(Numeric)
    """1 − units_off ÷ units_ending; null when nothing lay there."""
    as_of: Mapped[date]
    run_id: Mapped[UUID]


_AS_OF_DAY = last_complete_day("ledger_summary")
_CLEAR = Statement(delete(LedgerAccuracy))
_AS_OF = bindparam("as_of", type_=Date())
_MOVED = (
    *(LedgerDay.receipts, LedgerDay.customer_shipments, LedgerDay.customer_returns),
    *(LedgerDay.vendor_returns, LedgerDay.transfers, LedgerDay.found, LedgerDay.lost),
    *(LedgerDay.damaged, LedgerDay.disposed, LedgerDay.other_events),
)


def _rows() -> Select[Any]:
    place = (LedgerDay.account_id, LedgerDay.network, LedgerDay.fnsku, LedgerDay.day)
    expected = func.sum(sum(_MOVED, LedgerDay.starting_units))
    booked = (
        select(*place, LedgerDay.country, expected.label("expected"))
        .add_columns(func.sum(LedgerDay.ending_units).label("ending"))
        .where(LedgerDay.day.between(bindparam("oldest", type_=Date()), _AS_OF))
        .group_by(*place, LedgerDay.country)
        .subquery("booked")
    )
    lengths, row = windows(), booked.c
    off = func.sum(func.abs(row.expected - row.ending))
    ending = func.sum(row.ending)
    exact = func.count().filter(row.expected == row.ending)
    accuracy = 1 - cast(off, Numeric()) / cast(func.nullif(ending, 0), Numeric())
    pool = pool_of(row.network, row.fnsku)
    return (
        select(
            *(row.account_id, lengths.c.window_days, pool, off, ending, func.count(), exact),
            case((ending > 0, accuracy)),
            _AS_OF,
            bindparam("run_id", type_=Uuid()),
        )
        .join_from(booked, lengths, _AS_OF - row.day < lengths.c.window_days)
        .group_by(row.account_id, lengths.c.window_days, pool)
    )


_FILL = Statement(
    insert(LedgerAccuracy).from_select([c.name for c in LedgerAccuracy.__table__.columns], _rows())
)


async def derive(context: DeriveContext, days: DaySpan) -> None:  # noqa: ARG001 - windows are derived whole
    """Add the books up again."""
    await _CLEAR.run(context.connection)
    ((as_of,),) = await _AS_OF_DAY.run(context.connection)
    if as_of is not None:
        oldest = as_of - timedelta(days=max(WINDOWS) - 1)
        await _FILL.run(context.connection, as_of=as_of, oldest=oldest, run_id=context.run_id)


METRIC = Metric(name="ledger_accuracy", fills=LedgerAccuracy, reads=(LedgerDay,), derive=derive)
