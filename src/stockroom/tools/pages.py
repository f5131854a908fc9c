"""Pages of rows that were computed, not read: the cursor says how many came before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from stockroom.core.errors import InvalidInputError
from stockroom.spec.answer import decode_cursor, encode_cursor
from stockroom.tools.asked import Asked
from stockroom.tools.sheet import LARGEST, Page


def page_of(
    name: str,
    columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
    asked: Asked,
    *,
    as_of: dict[str, str | None],
) -> Page:
    """The page of ``rows`` that is asked for.

    Args:
        name: Of the question: a cursor works only where it was made.
        columns: Names, in the order of each row's values.
        rows: All of them, in order.
        asked: The shared arguments.
        as_of: Per dataset, the day the rows describe.

    Raises:
        InvalidInputError: The cursor is another question's.
    """
    first = 0
    if asked.cursor is not None:
        made_by, first = decode_cursor(asked.cursor, 2)
        if made_by != name or type(first) is not int or not 0 <= first <= LARGEST:
            raise InvalidInputError(
                "The cursor belongs to another question.",
                field="cursor",
                next_step="Pass next_cursor of the previous answer with the same arguments.",
            )
    last = first + asked.limit
    return Page(
        columns=tuple(columns),
        rows=[*rows[first:last]],
        as_of=as_of,
        next_cursor=encode_cursor(name, last) if last < len(rows) else None,
        beside=[],
    )
