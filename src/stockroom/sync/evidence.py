"""Evidence for the guard: figures of the staged document and of the last good load.

Read inside the fill's transaction, from ``incoming`` (all rows read) and
``arriving`` (what the table is to hold), before anything is replaced. A snapshot
is compared with the newest one of the week before, days of the past with the
rows that are stored for them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from psycopg import sql

from stockroom.spec.fact import table_of
from stockroom.spec.load import Replaces
from stockroom.spec.report import MARKETPLACE, Report
from stockroom.spec.run import GOOD_STATES
from stockroom.spec.window import ONE_DAY
from stockroom.sync.guard import Evidence, Figures, Step
from stockroom.sync.runs import Connection
from stockroom.sync.swap import Shape, Swap, listed
from stockroom.sync.values import Tally
from stockroom.sync.work import Work

_LOOKBACK = timedelta(days=7)
_CURRENT = timedelta(days=60)
"""Days further back may be about SKUs that no snapshot of today knows."""
_LOADS = 10
_SKETCH = 48
_SKU = "sku"
_DOCUMENT, _LAST, _COMPARED = map(sql.Identifier, ("document_skus", "last_skus", "compared_skus"))
_NOTHING = sql.SQL("(select * from arriving where false) nothing")

_LAST_LOADS = """
    select remarks -> 'step', remarks -> 'columns' from app.runs
    where dataset = %(dataset)s and marketplace = %(marketplace)s and state = any(%(good)s)
        and remarks ? 'figures' and id <> %(run)s
    order by created_at desc limit %(loads)s
"""


class Inquiry:
    """Gathers the evidence of one fill.

    Args:
        connection: The fill's.
        work: The run that fills.
        swap: What arrives, arranged.
    """

    def __init__(self, connection: Connection, work: Work, swap: Swap) -> None:
        self._connection = connection
        self._work = work
        self._report = work.report
        self._shape = Shape.of(work.report)
        self._has_sku = _SKU in self._shape.columns
        self._params: dict[str, Any] = {
            **swap.params,
            "oldest": work.run.first_day - _LOOKBACK,
            "dataset": work.run.dataset,
            "good": [state.value for state in GOOD_STATES],
            "loads": _LOADS,
        }
        self._leaving = swap.leaving()
        self._fresh = swap.fresh

    async def evidence(self, tally: Tally) -> Evidence:
        """Everything the guard's rules ask for."""
        steps, columns = await self._last_loads()
        inside, outside, repeated = await self._staged(tally)
        document = await self._counted(_DOCUMENT, sql.SQL("arriving"))
        compared, last, lost_days = await self._comparison(document)
        shared, foreign, known = await self._skus() if self._has_sku else (0, 0, 0)
        lost = set(columns) - set(tally.columns) if tally.columns else set()
        return Evidence(
            document=document,
            compared=compared,
            last=last,
            read=tally.rows,
            rejected=tally.rejected.total(),
            inside=inside,
            shared=shared,
            foreign=foreign,
            known=known,
            repeated=repeated,
            outside=outside,
            lost_days=lost_days,
            lost_columns=tuple(sorted(lost)),
            history=self._report.load.replaces is Replaces.WINDOW,
            steps=steps,
        )

    async def sketch(self) -> list[int]:
        """The smallest hashes of the document's SKUs: equal sets have equal ones, halves do not."""
        if not self._has_sku:
            return []
        rows = await self._rows(
            sql.SQL("select hashtext(sku) h from document_skus order by h limit {}").format(
                sql.Literal(_SKETCH)
            )
        )
        return [row[0] for row in rows]

    async def _last_loads(self) -> tuple[list[Step], list[str]]:
        cursor = await self._connection.execute(_LAST_LOADS, self._params)
        rows = await cursor.fetchall()
        columns: list[str] = next((names for _, names in rows if names), [])
        return [step for step, _ in rows if step], columns

    async def _staged(self, tally: Tally) -> tuple[int, int, int]:
        """Rows of the days asked, rows of other days, and how many of the former repeat a key."""
        run = self._work.run
        if self._report.load.replaces is Replaces.GROUP:
            asked = sql.SQL("true").format()
            (row,) = await self._rows(sql.SQL("select count(*) from incoming").format())
            inside, outside = row[0], 0
        else:
            asked = sql.SQL("day between %(first)s and %(last)s").format()
            inside = sum(n for day, n in tally.days.items() if run.first_day <= day <= run.last_day)
            # Amazon widens windows to whole days of its own zone: a day beside is no surprise.
            first, last = run.first_day - ONE_DAY, run.last_day + ONE_DAY
            outside = sum(n for day, n in tally.days.items() if not first <= day <= last)
        if self._report.guard.repeated >= 1:
            return inside, outside, 0
        (row,) = await self._rows(
            sql.SQL("select count(*) from (select distinct {} from incoming where {}) keys").format(
                listed(self._shape.keys), asked
            )
        )
        return inside, outside, inside - row[0]

    async def _counted(self, table: sql.Identifier, source: sql.Composable) -> Figures:
        """Figures of a source, read once; what it has of each SKU stays in a temporary table."""
        await self._connection.execute(
            sql.SQL(
                "create temp table {table} on commit drop as"
                " select {sku} sku, count(*) n, {units} u from {source} group by 1"
            ).format(
                table=table,
                sku=sql.SQL("sku") if self._has_sku else sql.SQL("null::text"),
                units=self._units(),
                source=source,
            ),
            self._params,
        )
        (row,) = await self._rows(
            sql.SQL("select coalesce(sum(n), 0), coalesce(sum(u), 0), count(sku) from {}").format(
                table
            )
        )
        return Figures(*map(int, row))

    async def _comparison(self, document: Figures) -> tuple[Figures, Figures, int]:
        """What of the document can be compared, with what, and how many days lost all their rows."""
        replaces = self._report.load.replaces
        if replaces is Replaces.GROUP or (replaces is Replaces.WINDOW and self._fresh):
            return Figures(), await self._counted(_LAST, _NOTHING), 0
        last = await self._counted(_LAST, self._last())
        if replaces is Replaces.SNAPSHOT:
            return document, last, 0
        stored = sql.SQL("(select * from arriving where day in (select day from {})) same").format(
            self._last()
        )
        (row,) = await self._rows(
            sql.SQL(
                "select count(*) from (select day from {last} group by day having count(*) >= {floor}"
                " except select day from arriving) gone"
            ).format(last=self._last(), floor=sql.Literal(self._report.guard.floor))
        )
        return await self._counted(_COMPARED, stored), last, row[0]

    def _last(self) -> sql.Composed:
        """The last good load: the same days, or for a snapshot the newest of the week before."""
        table = self._shape.table
        if self._report.load.replaces is Replaces.WINDOW:
            return sql.SQL("(select * from {} t where {}) stored").format(table, self._leaving)
        place = sql.SQL("true")
        if self._report.scope is MARKETPLACE:
            place = sql.SQL("marketplace = %(marketplace)s")
        return sql.SQL(
            "(select * from {table} where {place} and day = (select max(day) from {table}"
            " where {place} and day between %(oldest)s and %(last)s)) stored"
        ).format(table=table, place=place)

    async def _skus(self) -> tuple[int, int, int]:
        """SKUs in the last good load too, SKUs that nothing knows, and SKUs that are known."""
        (row,) = await self._rows(
            sql.SQL(
                "with known as (select sku from last_skus union {catalogue})"
                " select (select count(*) from document_skus join last_skus using (sku)),"
                " (select count(*) from"
                " (select sku from document_skus except table known) strangers),"
                " (select count(*) from known)"
            ).format(catalogue=self._catalogue())
        )
        shared, foreign, known = row
        old = self._work.run.last_day < self._work.now.date() - _CURRENT
        return shared, 0 if old else foreign, known

    def _catalogue(self) -> sql.Composed:
        """Every SKU that a recent snapshot of another dataset shows."""
        shown = [
            sql.SQL(
                "select sku from {table} where sku is not null and"
                " day >= (select max(day) from {table} where day >= %(oldest)s) - 1"
            ).format(table=Shape.of(report).table)
            for report in self._work.bench.reports.values()
            if _is_catalogue(report) and report.name != self._report.name
        ]
        nothing = sql.SQL("select null::text where false").format()
        return sql.SQL(" union ").join([nothing, *shown])

    def _units(self) -> sql.Composed:
        units = self._report.guard.units
        return sql.SQL("coalesce(sum({}), 0)::bigint").format(
            sql.Identifier(units) if units else sql.Literal(0)
        )

    async def _rows(self, statement: sql.Composed) -> list[Any]:
        return await (await self._connection.execute(statement, self._params)).fetchall()


def _is_catalogue(report: Report) -> bool:
    return report.load.replaces is Replaces.SNAPSHOT and _SKU in table_of(report.fills).columns
