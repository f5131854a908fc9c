"""Whether velocities would come out as they are: what they are made from, as one number.

Orders come in every quarter of an hour and change little that velocities look at
(a shipped order counts as it did when it was ordered). To judge every day of every
window again costs seconds, to add up the inputs' hashes a fraction of one.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import CTE, ColumnElement, Numeric, Select, cast, func, select

from stockroom.metrics.derivation import frames
from stockroom.metrics.derivation.frames import Basis


def fingerprint(basis: Basis) -> Select[Decimal]:
    """The sum of hashes of all rows that the windows of a basis look at; parameters as theirs."""
    sold, closings = frames.sold(basis), frames.closings()
    listings = frames.listing_side(basis, sold, closings)
    inputs = (
        *(sold, closings, listings.subjects, listings.off),
        *(frames.pool_side(listings, sold).demand, frames.calendar(basis), frames.ledger_days()),
    )
    return select(sum((_hashes(*each) for each in enumerate(inputs[1:], 1)), _hashes(0, inputs[0])))


def _hashes(seed: int, rows: CTE) -> ColumnElement[Any]:
    total = func.sum(func.hash_record_extended(func.row(*rows.c), seed))
    return cast(select(func.coalesce(total, 0)).select_from(rows).scalar_subquery(), Numeric)
