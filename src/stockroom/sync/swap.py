"""Replacing rows: what arrives, what leaves, and which days differ.

Everything is compared before anything is touched, in units that a load replaces
whole (a day, or an order). An unchanged reload writes nothing and derives
nothing; a cancellation of an old order changes that one old day.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from psycopg import AsyncCursor, sql
from psycopg.rows import TupleRow

from stockroom.spec.fact import Ordinal, sources, table_of
from stockroom.spec.load import Replaces
from stockroom.spec.report import MARKETPLACE, Report
from stockroom.sync.runs import Connection
from stockroom.sync.work import Work

_TABLE = "create temp table arriving on commit drop as "
_ZONE_SLACK = timedelta(days=2)
"""An order's day may move by one when a rule about zones is corrected."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The pieces of SQL that depend on the declaration alone."""

    table: sql.Identifier
    columns: tuple[str, ...]
    keys: tuple[str, ...]
    ordinal: str | None
    units: tuple[str, ...]

    @classmethod
    def of(cls, report: Report) -> Shape:
        """The shape of a dataset's table."""
        table = table_of(report.fills)
        assert table.schema is not None
        mapped = [(column, source) for column, source in sources(report.fills)]
        ordinal = next(
            (column.key for column, source in mapped if isinstance(source, Ordinal)), None
        )
        columns = tuple(column.key for column, _ in mapped if column.key != ordinal)
        keys = tuple(
            column.key for column, _ in mapped if column.primary_key and column.key != ordinal
        )
        grouped = report.load.replaces is Replaces.GROUP
        units = report.load.group if grouped else ("day",)
        return cls(sql.Identifier(table.schema, table.name), columns, keys, ordinal, units)

    @property
    def content(self) -> tuple[str, ...]:
        """Everything a row says; not who wrote it."""
        return (*self.columns, *((self.ordinal,) if self.ordinal else ()))


def listed(names: Sequence[str], alias: str = "") -> sql.Composed:
    """Column names, comma-separated, of one table when it is named."""
    prefix = (alias,) if alias else ()
    return sql.SQL(", ").join(sql.Identifier(*prefix, name) for name in names)


class Swap:
    """One replacement, inside the fill's transaction.

    Args:
        connection: The fill's.
        work: The run that fills.
        staged: The days in ``incoming``.

    Attributes:
        params: Parameters of every statement.
        fresh: Nothing is stored for these days yet.
    """

    def __init__(self, connection: Connection, work: Work, staged: Collection[date]) -> None:
        self._connection = connection
        self._report = work.report
        self._shape = Shape.of(work.report)
        window = work.run.window
        low, high = min(staged, default=window.first), max(staged, default=window.last)
        by_window = work.report.load.replaces is not Replaces.GROUP
        self._inside = sorted(day for day in staged if window.first <= day <= window.last)
        self.fresh = False
        self.params: dict[str, Any] = {
            "account": work.account.id,
            "run": work.run.id,
            "marketplace": work.run.marketplace,
            "first": work.run.first_day if by_window else low - _ZONE_SLACK,
            "last": work.run.last_day if by_window else high + _ZONE_SLACK,
        }

    async def arrange(self) -> None:
        """Make ``arriving``: what the table is to hold, in its final shape.

        Where nothing is stored (every window of a backfill) it is a view: rows are then sorted and
        written once, straight into the table.
        """
        grouped = self._report.load.replaces is Replaces.GROUP
        if grouped:
            await self._run(self._drop_older())
        await self._run(sql.SQL("set local work_mem = '64MB'").format())
        self.fresh = not grouped and not await self._stored()
        kind = "create temp view arriving as " if self.fresh else _TABLE
        # A view takes no parameters: its days are written into it.
        await self._connection.execute(
            sql.SQL(kind).format() + self._arriving(), None if self.fresh else self.params
        )
        if not self.fresh:
            await self._run(sql.SQL("analyze arriving"))

    async def days(self) -> list[date]:
        """The days of which something arrives. Of a window they are known from reading it."""
        if self._report.load.replaces is not Replaces.GROUP:
            return self._inside
        return await self._days(sql.SQL("select distinct day from arriving"))

    async def exchange(self) -> list[date]:
        """Replace every unit whose content differs; returns the days that changed."""
        if self.fresh or not await self._stored():
            await self._insert(sql.SQL("arriving t"))
            return await self.days()
        shape = self._shape
        on = sql.SQL(" and ").join(
            sql.SQL("t.{0} = changed.{0}").format(sql.Identifier(name)) for name in shape.units
        )
        await self._run(self._changed())
        await self._run(sql.SQL("analyze changed"))
        parts = {"table": shape.table, "leaving": self.leaving(), "on": on}
        days = await self._days(
            sql.SQL(
                "select t.day from {table} t join changed on {on} where {leaving}"
                " union select t.day from arriving t join changed on {on}"
            ).format(**parts)
        )
        await self._run(
            sql.SQL("delete from {table} t using changed where {leaving} and {on}").format(**parts)
        )
        await self._insert(sql.SQL("arriving t join changed on {on}").format(**parts))
        return days

    async def _stored(self) -> bool:
        """Whether anything is there to compare with: a backfill finds nothing."""
        cursor = await self._run(
            sql.SQL("select exists (select from {table} t where {leaving})").format(
                table=self._shape.table, leaving=self.leaving()
            )
        )
        row = await cursor.fetchone()
        return row is not None and bool(row[0])

    async def _insert(self, source: sql.SQL | sql.Composed) -> None:
        content = self._shape.content
        await self._run(
            sql.SQL(
                "insert into {table} ({names}) select %(account)s, {content}, %(run)s from {source}"
            ).format(
                table=self._shape.table,
                names=listed(("account_id", *content, "run_id")),
                content=listed(content, "t"),
                source=source,
            )
        )

    async def _days(self, statement: sql.SQL | sql.Composed) -> list[date]:
        cursor = await self._run(statement)
        return sorted(row[0] for row in await cursor.fetchall())

    # --- the statements ----------------------------------------------------------------------------

    def leaving(self) -> sql.Composed:
        """Rows ``t`` of the table that this load answers for."""
        own = sql.SQL(
            "t.account_id = %(account)s and t.day between %(first)s and %(last)s"
        ).format()
        if self._report.scope is MARKETPLACE:
            return sql.SQL("{} and t.marketplace = %(marketplace)s").format(own)
        if self._report.load.replaces is Replaces.GROUP:
            group = listed(self._report.load.group)
            return sql.SQL("{} and ({}) in (select {} from arriving)").format(
                own, listed(self._report.load.group, "t"), group
            )
        return own

    def _drop_older(self) -> sql.Composed:
        """Groups of which something newer is stored stay out."""
        load = self._report.load
        version = sql.Identifier(load.version)
        return sql.SQL(
            "with mine as (select {group}, max({version}) v from incoming group by {group}),"
            " theirs as (select {group}, max({version}) v from {table} t where t.account_id = %(account)s"
            " and t.day between %(first)s and %(last)s and ({group}) in (select {group} from mine)"
            " group by {group})"
            " delete from incoming using mine join theirs using ({group})"
            " where {same} and theirs.v > mine.v"
        ).format(
            group=listed(load.group),
            version=version,
            table=self._shape.table,
            same=sql.SQL(" and ").join(
                sql.SQL("incoming.{0} = mine.{0}").format(sql.Identifier(name))
                for name in load.group
            ),
        )

    def _arriving(self) -> sql.Composed:
        """Rows of the window, duplicates numbered; without an ordinal the last one counts."""
        shape, keys = self._shape, listed(self._shape.keys)
        by_window = self._report.load.replaces is not Replaces.GROUP
        inside = sql.SQL("where day between {} and {}").format(
            sql.Literal(self.params["first"]), sql.Literal(self.params["last"])
        )
        inside = inside if by_window else sql.SQL("").format()
        if shape.ordinal is None:
            return sql.SQL(
                "select distinct on ({keys}) {columns} from incoming {inside}"
                " order by {keys}, line desc"
            ).format(keys=keys, columns=listed(shape.columns), inside=inside)
        return sql.SQL(
            "select {columns}, (row_number() over (partition by {keys} order by line) - 1)::int as {ordinal}"
            " from incoming {inside}"
        ).format(
            columns=listed(shape.columns),
            keys=keys,
            ordinal=sql.Identifier(shape.ordinal),
            inside=inside,
        )

    def _changed(self) -> sql.Composed:
        """Units whose rows differ: counts and sums of row hashes, indifferent to order."""
        units = listed(self._shape.units)
        signature = sql.SQL(
            "count(*) n, sum(hashtextextended(row({})::text, 0)::numeric) h"
        ).format(listed(self._shape.content, "t"))
        return sql.SQL(
            "create temp table changed on commit drop as select {units} from"
            " (select {mine}, {signature} from {table} t where {leaving} group by {mine}) stored"
            " full join (select {mine}, {signature} from arriving t group by {mine}) coming"
            " using ({units}) where (stored.n, stored.h) is distinct from (coming.n, coming.h)"
        ).format(
            units=units,
            mine=listed(self._shape.units, "t"),
            signature=signature,
            table=self._shape.table,
            leaving=self.leaving(),
        )

    async def _run(self, statement: sql.SQL | sql.Composed) -> AsyncCursor[TupleRow]:
        return await self._connection.execute(statement, self.params)
