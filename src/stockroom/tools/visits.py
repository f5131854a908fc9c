"""Visits of a store's pages per day: which days have them, and what they add up to.

A visitor of two products is one session of the store and one of each product, so
the store's sessions are read where Amazon counts them and never added from SKUs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Self

from sqlalchemy import ARRAY, Text, bindparam, cast, exists, func, not_, null, or_, select

from stockroom.db.query import Query
from stockroom.reports.sales_traffic_by_day import StoreTraffic
from stockroom.reports.sales_traffic_by_sku import SkuTraffic
from stockroom.spec.fact import table_of
from stockroom.spec.run import LoadedDay
from stockroom.tools.span import within

STORE, SKU = "sales_traffic_by_day", "sales_traffic_by_sku"
"""The datasets of visits."""

_store, _sku, _loaded = (table_of(model).c for model in (StoreTraffic, SkuTraffic, LoadedDay))
_PLACE = bindparam("marketplace", type_=Text())

STORE_VISITS = Query(
    select(_store.day, _store.marketplace, cast(null(), Text), _store.sessions).where(
        within(_store.day), or_(_PLACE.is_(None), _store.marketplace == _PLACE)
    )
)
SKU_VISITS = Query(
    select(_sku.day, _sku.marketplace, _sku.sku, _sku.sessions)
    .where(within(_sku.day), or_(_PLACE.is_(None), _sku.marketplace == _PLACE))
    .where(_sku.sku == func.any(bindparam("skus", type_=ARRAY(Text()))))
)


def _days_of(dataset: str) -> Query:
    days = select(_loaded.day, _loaded.marketplace)
    # Nobody buys without a visit: Amazon shows a day's sales first, and zeros where visits will be.
    unseen = exists().where(
        *(_store.day == _loaded.day, _store.marketplace == _loaded.marketplace),
        *(_store.sessions == 0, _store.units_ordered > 0),
    )
    return Query(days.where(_loaded.dataset == dataset, within(_loaded.day), not_(unseen)))


STORE_DAYS, SKU_DAYS = _days_of(STORE), _days_of(SKU)
QUERIES = (STORE_VISITS, SKU_VISITS, STORE_DAYS, SKU_DAYS)

Subject = tuple[str, str | None]
"""Marketplace and SKU; no SKU: the store."""


@dataclass(frozen=True, slots=True)
class Visits:
    """Sessions by subject and day, and the days that are in by marketplace."""

    sessions: dict[Subject, dict[date, int]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(int))
    )
    days: dict[str, set[date]] = field(default_factory=lambda: defaultdict(set))

    @classmethod
    def of(cls, seen: Iterable[Sequence[Any]], loaded: Iterable[Sequence[Any]]) -> Self:
        """From the rows of the queries."""
        made = cls()
        for day, marketplace, sku, sessions in seen:
            made.sessions[marketplace, sku][day] += sessions
        for day, marketplace in loaded:
            made.days[marketplace].add(day)
        return made

    @property
    def last(self) -> date | None:
        """The newest day that is in."""
        return max((day for days in self.days.values() for day in days), default=None)

    def during(self, days: Iterable[date], subject: Subject) -> tuple[int | None, int]:
        """Sessions on those of the days that are in, and how many these are; null: none is."""
        known = self.days.get(subject[0], set()).intersection(days)
        seen = self.sessions.get(subject, {})
        return (sum(seen.get(day, 0) for day in known) if known else None), len(known)
