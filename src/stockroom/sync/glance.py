"""A first look at a document that a person brought: of which days it is, and of which stores.

Amazon answers for one region and for the days that were asked; a person's file may
be of any. What cannot be of this account is withheld before it replaces anything.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from stockroom.core.marketplaces import MARKETPLACES, Region
from stockroom.spec.load import Replaces
from stockroom.spec.report import MARKETPLACE
from stockroom.sync.layout import DriftError
from stockroom.sync.reading import Reading
from stockroom.sync.work import Work

_MOST_ELSEWHERE = 0.5
"""More than a few rows of elsewhere are no oddity of this account, but another's document."""


@dataclass(frozen=True, slots=True)
class Glance:
    """What a document is about.

    Args:
        days: The oldest and newest day of which it has a row.
        rows: Rows that can be read.
        elsewhere: Those among them of a store or a warehouse in another of Amazon's regions.
    """

    days: tuple[date, date] | None
    rows: int
    elsewhere: int

    @property
    def is_foreign(self) -> bool:
        """Whether it must be another account's."""
        return self.elsewhere > _MOST_ELSEWHERE * self.rows


async def glance(work: Work) -> Glance:
    """Read a landed document once.

    Raises:
        DriftError: It is not what the declaration describes, or has no row at all and is not of
            a moment: of which days is it silent?
    """
    reading, ends, rows, elsewhere = await Reading.of(work), set[date](), 0, 0
    foreign = _foreign(work)
    async for frame in reading.frames():
        rows += frame.height
        ends |= {day for day in (frame["day"].min(), frame["day"].max()) if isinstance(day, date)}
        elsewhere += _told_of(frame, foreign)
    dated = work.report.load.replaces is not Replaces.SNAPSHOT
    if dated and not rows and not reading.tally.rejected:
        raise DriftError("The document has no rows, so nobody can tell which days it is about.")
    return Glance((min(ends), max(ends)) if ends else None, rows, elsewhere)


def _foreign(work: Work) -> Mapping[str, Collection[str]]:
    """Values that a row of this account cannot have, by column."""
    others = [one for one in MARKETPLACES.values() if one.region is not Region(work.account.region)]
    found = {"network": {one.network for one in others}}
    if work.report.scope is not MARKETPLACE:  # where it is, the column says what was asked
        found["marketplace"] = {one.code for one in others}
    return found


def _told_of(frame: pl.DataFrame, values: Mapping[str, Collection[str]]) -> int:
    told = [pl.col(column).is_in(list(some)) for column, some in values.items() if column in frame]
    return (
        int(frame.select(pl.any_horizontal(*told).fill_null(value=False).sum()).item())
        if told
        else 0
    )
