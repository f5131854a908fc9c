"""A statement compiled once: the hot path runs its text through psycopg, without SQLAlchemy.

Compiling costs as much as a whole indexed read, so a tool builds its statement
at import and keeps it.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import SelectBase
from sqlalchemy.dialects.postgresql.psycopg import dialect
from sqlalchemy.sql.compiler import SQLCompiler

_DIALECT = dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped


class Query:
    """A select with named parameters (``bindparam``).

    Lists are matched with ``= any(:list)`` (``func.any(bindparam(…))``): an ``in``
    of unknown length cannot be compiled ahead.

    Args:
        statement: The select. Values written into it become defaults.

    Raises:
        TypeError: The statement holds an expanding ``in``.
    """

    __slots__ = ("columns", "defaults", "sql", "text")

    def __init__(self, statement: SelectBase) -> None:
        compiled = statement.compile(dialect=_DIALECT)
        assert isinstance(compiled, SQLCompiler)
        if compiled.post_compile_params:
            raise TypeError("A compiled query cannot hold an expanding in: use = any(:list).")
        self.sql: Final = str(compiled)
        self.text: Final = self.sql.encode()
        self.columns: Final = tuple(statement.selected_columns.keys())
        self.defaults: Final = {
            name: bind.effective_value
            for bind, name in compiled.bind_names.items()
            if not bind.required
        }

    def __repr__(self) -> str:
        return f"Query({self.sql!r})"
