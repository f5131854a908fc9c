"""How a read tool pages through a table of the present: by index, in one round trip.

A sheet is declared once per tool and sort. Its statements, one per combination
of what a caller may give, are compiled when first needed and kept. A page is
found by the position of the last row seen, never by counting rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain, combinations
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Table,
    Text,
    bindparam,
    func,
    select,
    tuple_,
)

from stockroom.core.errors import InvalidInputError
from stockroom.db.query import Query
from stockroom.db.session import ReadSession
from stockroom.spec.answer import Column, decode_cursor, encode_cursor
from stockroom.tools.asked import Asked
from stockroom.tools.layout import Field, Layout
from stockroom.tools.withheld import note, parameters, untold

LARGEST = 2**31 - 1
_SKUS = bindparam("skus", type_=ARRAY(Text()))
Rows = list[tuple[Any, ...]]
Call = tuple[Query, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Page:
    """Rows found, as the tool shows them.

    Args:
        columns: Names, in the order of each row's values.
        rows: Values.
        as_of: Per dataset, the oldest day among the rows.
        next_cursor: Where the following page begins; None on the last.
        beside: Rows of the queries asked in the same round trip.
        notes: What is withheld from the reader.
    """

    columns: tuple[str, ...]
    rows: Rows
    as_of: dict[str, str | None]
    next_cursor: str | None
    beside: list[Rows]
    notes: tuple[str, ...] = ()


class Sheet:
    """One sort of one table.

    Args:
        name: Tool and sort: a cursor works only where it was made.
        table: A table with ``sku``, and ``marketplace`` where callers may name one.
        fields: What is shown, in order.
        order: The sort. It ends so that no two rows are equal; the marketplace is left out of it
            when the caller names one, as in the indexes.
        dated: Per dataset, the day a row's numbers describe, as text.
        always: Conditions of every statement.
        optional: Conditions a caller may give, by the name of their parameter.
        descending: Largest first.
        source: What rows come from, when it is more than the table.
    """

    def __init__(
        self,
        name: str,
        table: Table,
        fields: Sequence[Field],
        *,
        order: Sequence[ColumnElement[Any]],
        dated: Mapping[str, ColumnElement[Any]],
        always: Sequence[ColumnElement[bool]] = (),
        optional: Mapping[str, ColumnElement[bool]] | None = None,
        descending: bool = False,
        source: FromClause | None = None,
    ) -> None:
        self.name = name
        self._table = table
        self._fields = tuple(fields)
        self._order = tuple(order)
        self._dated = dict(dated)
        self._always = tuple(always)
        self._optional = dict(optional or {})
        self._descending = descending
        self._source = table if source is None else source
        self._queries: dict[tuple[bool, frozenset[str]], Query] = {}
        self._layouts: dict[tuple[bool, bool], Layout] = {}
        self._untold = untold(table)
        self._counts: dict[frozenset[str], Query] = {}

    async def page(self, db: ReadSession, asked: Asked, *beside: Call, **given: Any) -> Page:
        """The page asked for, with the rows of ``beside`` from the same round trip.

        Args:
            db: The account.
            asked: The shared arguments.
            beside: Further queries, of the same snapshot.
            given: Parameters of ``always``, and of the ``optional`` conditions that apply.

        Raises:
            InvalidInputError: The cursor is not one of this sheet.
        """
        position = self._position(asked)
        params = given | asked.filters()
        kinds = frozenset(params) | ({"after"} if position and not asked.skus else set())
        if not asked.skus:
            params |= {"limit": asked.limit + 1}
            params |= {f"after_{index}": value for index, value in enumerate(position)}
        query = self._query(asked.full, kinds)
        if self._untold is None or not db.reach.withholds:
            rows, *others = await db.many((query, params), *beside)
            notes: tuple[str, ...] = ()
        else:
            count = (self._count(kinds), params | parameters(db.reach))
            rows, *others, counted = await db.many((query, params), *beside, withheld=count)
            notes = note(counted[0][0], db.reach)
        if asked.skus:
            rows = self._arranged(rows, asked, position)
        return self._made(rows, asked, others, notes)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The documentation of every column."""
        return tuple(field.column for field in self._fields)

    def queries(self) -> Iterator[Query]:
        """Every statement there can be: what the plans are tested with."""
        place = ("marketplace",) if "marketplace" in self._table.c else ()
        names = (*place, "skus", "after", *self._optional)
        for given in chain.from_iterable(combinations(names, n) for n in range(len(names) + 1)):
            yield self._query(False, frozenset(given))
            yield self._query(True, frozenset(given))

    # --- statements -----------------------------------------------------------------------------

    def _query(self, full: bool, given: frozenset[str]) -> Query:  # noqa: FBT001 - the cache's key
        kept = given & {"marketplace", "skus", "after", *self._optional}
        if (full, kept) not in self._queries:
            self._queries[full, kept] = Query(self._statement(full=full, given=kept))
        return self._queries[full, kept]

    def _count(self, given: frozenset[str]) -> Query:
        """How many of the rows asked for no marketplace tells, on whatever page."""
        kept = given & {"skus", *self._optional}
        if kept not in self._counts:
            assert self._untold is not None
            conditions = [
                *self._always,
                *(self._optional[name] for name in sorted(kept - {"skus"})),
            ]
            if "skus" in kept:
                conditions.append(self._table.c.sku == func.any(_SKUS))
            counted = select(func.count()).select_from(self._source)
            self._counts[kept] = Query(counted.where(self._untold, *conditions))
        return self._counts[kept]

    def _statement(self, *, full: bool, given: frozenset[str]) -> Select[Any]:
        order = self._sort("marketplace" in given)
        columns = self._layout(full=full, one_marketplace="marketplace" in given).columns
        conditions = (self._optional[name] for name in sorted(given & {*self._optional}))
        statement = select(*columns).select_from(self._source).where(*self._always, *conditions)
        if "marketplace" in given:
            statement = statement.where(self._table.c.marketplace == bindparam("marketplace"))
        if "skus" in given:
            # A few hundred rows at most, sorted here: the index that finds SKUs knows no other sort.
            return statement.where(self._table.c.sku == func.any(_SKUS))
        if "after" in given:
            statement = statement.where(self._beyond(order))
        ordered = (part.desc() if self._descending else part for part in order)
        return statement.order_by(*ordered).limit(bindparam("limit", type_=Integer()))

    def _beyond(self, order: Sequence[ColumnElement[Any]]) -> ColumnElement[bool]:
        places = [bindparam(f"after_{index}", type_=part.type) for index, part in enumerate(order)]
        here: Any = tuple_(*order) if len(order) > 1 else order[0]
        there: Any = tuple_(*places) if len(order) > 1 else places[0]
        beyond: ColumnElement[bool] = here < there if self._descending else here > there
        return beyond

    def _sort(self, one_marketplace: bool) -> list[ColumnElement[Any]]:  # noqa: FBT001 - a plain question
        marketplace = self._table.c.get("marketplace")
        return [part for part in self._order if not (one_marketplace and part is marketplace)]

    def _layout(self, *, full: bool, one_marketplace: bool) -> Layout:
        kind = (full, one_marketplace)
        if kind not in self._layouts:
            shown = [field for field in self._fields if full or not field.full]
            self._layouts[kind] = Layout.of(shown, self._dated, self._sort(one_marketplace))
        return self._layouts[kind]

    # --- pages ----------------------------------------------------------------------------------

    def _position(self, asked: Asked) -> list[Any]:
        """The place the cursor names; empty for the first page."""
        if asked.cursor is None:
            return []
        order = self._sort(asked.marketplace is not None)
        name, *position = decode_cursor(asked.cursor, len(order) + 1)
        place = [_placed(value, part) for value, part in zip(position, order, strict=True)]
        if name != self.name or None in place:
            raise InvalidInputError(
                "The cursor belongs to another question.",
                field="cursor",
                next_step="Pass next_cursor of the previous answer with the same arguments.",
            )
        return place

    def _arranged(self, rows: Rows, asked: Asked, position: list[Any]) -> Rows:
        """Rows found by SKU, sorted and cut as the statements would."""
        place_of = self._layout(
            full=asked.full, one_marketplace=asked.marketplace is not None
        ).place_of
        rows.sort(key=place_of, reverse=self._descending)
        if position:
            place = tuple(position)
            rows = [
                row
                for row in rows
                if (place_of(row) < place if self._descending else place_of(row) > place)
            ]
        return rows[: asked.limit + 1]

    def _made(self, rows: Rows, asked: Asked, beside: list[Rows], notes: tuple[str, ...]) -> Page:
        layout = self._layout(full=asked.full, one_marketplace=asked.marketplace is not None)
        width, page = len(layout.names), rows[: asked.limit]
        more = len(rows) > asked.limit
        return Page(
            columns=layout.names,
            rows=[row[:width] for row in page],
            as_of={
                dataset: min(filter(None, map(itemgetter(width + index), page)), default=None)
                for index, dataset in enumerate(self._dated)
            },
            next_cursor=encode_cursor(self.name, *layout.place_of(page[-1])) if more else None,
            beside=beside,
            notes=notes,
        )


def _placed(value: Any, part: ColumnElement[Any]) -> Any:
    """A cursor's value as the sort's column has it; None when it cannot be one of its values."""
    kind = part.type.python_type
    if kind is date:
        try:
            return date.fromisoformat(value)
        except (TypeError, ValueError):
            return None
    fits = type(value) is kind and "\0" not in str(value)
    return None if not fits or (kind is int and abs(value) > LARGEST) else value
