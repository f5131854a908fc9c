"""One statement of a derivation, compiled once and run on the connection of the filling."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import cached_property
from typing import Any

from psycopg import AsyncConnection
from sqlalchemy import (
    ARRAY,
    BindParameter,
    ColumnElement,
    Date,
    Dialect,
    Text,
    Uuid,
    bindparam,
    cast,
    func,
)
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.dialects.postgresql.psycopg import dialect
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.compiler import Compiled
from sqlalchemy.sql.elements import ClauseElement, SQLCoreOperations

_NESTED_LOOPS = "select set_config('enable_nestloop', %s, true)"
_DIALECT: Dialect = dialect()  # type: ignore[no-untyped-call]

THIS_ACCOUNT = cast(func.current_setting("app.account"), Uuid).label("account_id")
"""Row security admits one account: the one the connection is in."""


@asynccontextmanager
async def planned_for_many(connection: AsyncConnection[Any]) -> AsyncIterator[None]:
    """Within it, tables are joined by hash, never row by row.

    Tables filled a moment ago have no statistics yet; without them the planner
    expects a handful of rows and joins tens of thousands in nested loops.
    """
    await connection.execute(_NESTED_LOOPS, ["off"])
    yield
    await connection.execute(_NESTED_LOOPS, ["on"])


class Statement:
    """Set-based SQL with named parameters; knows no account but the connection's.

    Compiled when it is first run: most commands import the metrics and derive none.

    Args:
        statement: An insert, update, delete or select made with SQLAlchemy Core.
    """

    def __init__(self, statement: Executable) -> None:
        assert isinstance(statement, ClauseElement)
        self._statement = statement

    @cached_property
    def sql(self) -> str:
        """The text."""
        return str(self._compiled)

    @cached_property
    def defaults(self) -> dict[str, Any]:
        """Values written into it."""
        return {name: value for name, value in self._compiled.params.items() if value is not None}

    @cached_property
    def _compiled(self) -> Compiled:
        return self._statement.compile(dialect=_DIALECT)

    async def run(self, connection: AsyncConnection[Any], **params: Any) -> list[tuple[Any, ...]]:
        """Run it inside the caller's transaction; the rows, when it returns any."""
        cursor = await connection.execute(self.sql.encode(), {**self.defaults, **params})
        return await cursor.fetchall() if cursor.description else []


def days_parameter(name: str = "days") -> BindParameter[Any]:
    """A parameter that is a list of days."""
    return bindparam(name, type_=ARRAY(Date()))


def one_of(value: SQLCoreOperations[Any], words: Sequence[str]) -> ColumnElement[bool]:
    """Whether it is one of some words; an ``in`` of theirs could not be compiled ahead."""
    return value == func.any(array(words, type_=Text()))
