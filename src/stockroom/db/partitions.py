"""Months of a day table: made when a fill first needs them, by the database itself.

The writer owns nothing; it asks ``app.ensure_partition``, which makes the month
with row security of its own.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from psycopg import AsyncConnection
from sqlalchemy import FromClause, Table

_ENSURE = """
    select app.ensure_partition(%(schema)s, %(table)s, month::date)
    from generate_series(
        date_trunc('month', %(first)s::timestamp), %(last)s::timestamp, interval '1 month'
    ) month
"""


async def ensure_partitions(
    connection: AsyncConnection[Any], table: FromClause, first: date, last: date
) -> None:
    """Make sure that the months from ``first`` to ``last`` exist.

    A new month locks the table against other new months until the transaction ends: make them in
    a transaction of their own, before a long fill.

    Args:
        connection: The writer's.
        table: A table declared with ``partitioned_by_month`` (``Model.__table__``).
        first: The first day that will be written.
        last: The last one.
    """
    assert isinstance(table, Table)
    await connection.execute(
        _ENSURE, {"schema": table.schema, "table": table.name, "first": first, "last": last}
    )
