"""How a read tool pages through a table of the present: by index, in one round trip.

A sheet is declared once per tool and sort. Its statements, one per combination
of what a caller may give, are compiled when first needed and kept. A page is
found by the position of the last row seen, never by counting rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Integer, Select, Text, bindparam, func, select, tuple_
from sqlalchemy.sql.elements import SQLCoreOperations

from stockroom.core.errors import InvalidInputError
from stockroom.core.marketplaces import marketplace as marketplace_of
from stockroom.db.query import Query
from stockroom.db.session import ReadSession
from stockroom.spec.answer import Column, decode_cursor, encode_cursor

LARGEST = 2**31 - 1
Rows = list[tuple[Any, ...]]
Call = tuple[Query, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Field:
    """A column of an answer, and the expression it comes from."""

    column: Column
    source: SQLCoreOperations[Any]


@dataclass(frozen=True, slots=True)
class Page:
    """Rows found, as the tool shows them.

    Args:
        columns: Names, in the order of each row's values.
        rows: Values.
        as_of: Per dataset, the oldest day among the rows.
        next_cursor: Where the following page begins; None on the last.
        beside: Rows of the queries asked in the same round trip.
    """

    columns: tuple[str, ...]
    rows: Rows
    as_of: dict[str, str | None]
    next_cursor: str | None
    beside: list[Rows]


@dataclass(frozen=True)
class Asked:
    """What a caller gave, checked.

    Raises:
        InvalidInputError: No such marketplace, or text that no database can hold.
    """

    marketplace: str | None = None
    skus: Sequence[str] | None = None
    cursor: str | None = None
    limit: int = 50
    full: bool = False

    def __post_init__(self) -> None:
        if self.marketplace is not None:
            object.__setattr__(self, "marketplace", marketplace_of(self.marketplace).code)
        for sku in self.skus or ():
            refuse_nul(sku, "sku")


class Sheet:
    """One sort of one table.

    Args:
        name: Tool and sort: a cursor works only where it was made.
        fields: What is shown, in order.
        order: The sort, ending so that no two rows are equal; holds ``marketplace`` and ``sku``.
        marketplace: The marketplace's column; left out of the sort when the caller names one.
        sku: The SKU's column.
        dated: Per dataset, the day a row's numbers describe, as text.
        always: Conditions of every statement.
        optional: Conditions a caller may give, by the name of their parameter.
        descending: Largest first.
    """

    def __init__(
        self,
        name: str,
        fields: Sequence[Field],
        *,
        order: Sequence[SQLCoreOperations[Any]],
        marketplace: SQLCoreOperations[str],
        sku: SQLCoreOperations[str],
        dated: Mapping[str, ColumnElement[Any]],
        always: Sequence[ColumnElement[bool]] = (),
        optional: Mapping[str, ColumnElement[bool]] | None = None,
        descending: bool = False,
    ) -> None:
        self.name = name
        self._fields = tuple(fields)
        self._order = tuple(order)
        self._marketplace, self._sku = marketplace, sku
        self._dated = dict(dated)
        self._always = tuple(always)
        self._optional = dict(optional or {})
        self._descending = descending
        self._queries: dict[tuple[bool, frozenset[str]], Query] = {}

    async def page(
        self, db: ReadSession, asked: Asked, *beside: Call, **given: Any
    ) -> Page:
        """The page asked for, with the rows of ``beside`` from the same round trip.

        Args:
            db: The account.
            asked: The shared arguments.
            beside: Further queries, of the same snapshot.
            given: Parameters of ``always`` and of the ``optional`` conditions that apply.
        """
        position = self._position(asked)
        shared = {"marketplace": asked.marketplace, "skus": asked.skus}
        params = given | {name: value for name, value in shared.items() if value is not None}
        query = self._query(asked.full, frozenset(params) | ({"after"} if position else set()))
        if asked.skus is None:
            params |= {"limit": asked.limit + 1}
            params |= {f"after_{index}": value for index, value in enumerate(position or ())}
        rows, *others = await db.many((query, params), *beside)
        if asked.skus is not None:
            rows = self._sorted(rows, position)
        return self._made(asked, rows, others)

    def queries(self) -> Iterator[Query]:
        """Every statement there can be: what the plans are tested with."""
        names = ("marketplace", "skus", "after", *self._optional)
        for given in chain.from_iterable(combinations(names, n) for n in range(len(names) + 1)):
            for full in (False, True):
                yield self._query(full, frozenset(given))

    def _query(self, full: bool, given: frozenset[str]) -> Query:  # noqa: FBT001 - a key of the cache
        kept = given & {"marketplace", "skus", "after", *self._optional}
        found = self._queries.get((full, kept))
        if found is None:
            found = self._queries[full, kept] = Query(self._statement(full=full, given=kept))
        return found

    def _statement(self, *, full: bool, given: frozenset[str]) -> Select[Any]:
        order = self._sort("marketplace" in given)
        shown = [field.source.label(field.column.name) for field in self._shown(full)]  # type: ignore[attr-defined]
        dates = [day.label(f"as_of_{dataset}") for dataset, day in self._dated.items()]
        places = [part.label(f"place_{index}") for index, part in enumerate(order)]
        statement = select(*shown, *dates, *places).where(*self._always)
        statement = statement.where(*(self._optional[name] for name in given & {*self._optional}))
        if "marketplace" in given:
            statement = statement.where(self._marketplace == bindparam("marketplace"))
        if "skus" in given:
            # At most a few hundred rows: sorted here, for the index of SKUs knows no other sort.
            return statement.where(self._sku == func.any(bindparam("skus", type_=ARRAY(Text()))))
        if "after" in given:
            statement = statement.where(self._beyond(order))
        limit = bindparam("limit", type_=Integer())
        return statement.order_by(
            *(part.desc() if self._descending else part for part in order)
        ).limit(limit)
