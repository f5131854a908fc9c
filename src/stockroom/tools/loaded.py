"""Until which day a dataset of the region is in: the date of answers about a range of days."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import func, select

from stockroom.db.query import Query
from stockroom.spec.fact import table_of
from stockroom.spec.run import LoadedDay
from stockroom.tools.sheet import Page

_loaded = table_of(LoadedDay).c


def loaded_until(dataset: str) -> Query:
    """Asks for the last complete day; the same place in ``beside`` for :func:`through`."""
    return Query(select(func.max(_loaded.day)).where(_loaded.dataset == dataset, _loaded.complete))


def through(page: Page, dataset: str) -> Page:
    """The page, dated by the first of its ``beside`` queries."""
    day = page.beside[0][0][0]
    return replace(page, as_of={dataset: day.isoformat() if day else None})
