"""Rows of JSON pages to flat text, by what the declaration says of them.

``a.b`` steps into an object, ``a[0]`` into a list, ``a[kind=X].b`` to the first
element whose ``kind`` is X. What is not there is an empty cell.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from stockroom.core.errors import BadDocumentError
from stockroom.spec.report import RowsOf
from stockroom.sync.charset import printable

_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]|\[([^\]=]+)=([^\]]*)\]")

Step = tuple[str, str | int, str]


def compiled(path: str) -> tuple[Step, ...]:
    """A path as steps."""
    steps: list[Step] = []
    for name, index, key, value in _STEP.findall(path):
        if name:
            steps.append(("name", name, ""))
        elif index:
            steps.append(("index", int(index), ""))
        else:
            steps.append(("where", key, value))
    return tuple(steps)


def at(value: Any, steps: Sequence[Step]) -> Any:
    """What lies at the end of the path, or None."""
    for kind, what, wanted in steps:
        if kind == "name":
            value = value.get(what) if isinstance(value, Mapping) else None
        elif not isinstance(value, list):
            return None
        elif kind == "index":
            assert isinstance(what, int)
            value = value[what] if what < len(value) else None
        else:
            value = next((item for item in value if _matches(item, what, wanted)), None)
        if value is None:
            return None
    return value


def _matches(item: Any, key: Any, wanted: str) -> bool:
    return isinstance(item, Mapping) and str(item.get(key)) == wanted


def pages(records: bytes, rows: str | RowsOf) -> Iterator[Iterable[Any] | None]:
    """The rows of each page in ``records`` (one page per line); None: it has no such list.

    Raises:
        BadDocumentError: A page is not JSON.
    """
    find = _by_path(rows) if isinstance(rows, str) else rows
    for line in records.splitlines():
        if not line.strip():
            continue
        try:
            page = json.loads(line)
        except ValueError:
            raise BadDocumentError("A page of the answer is not JSON.") from None
        yield find(page)


def _by_path(path: str) -> RowsOf:
    steps = compiled(path)

    def rows(page: Any) -> list[Any] | None:
        found = at(page, steps)
        return found if isinstance(found, list) else None

    return rows


def as_text(value: Any) -> str | None:
    """A JSON value as a cell: text plain, everything else in JSON's own spelling."""
    if value is None:
        return None
    if isinstance(value, str):
        return printable(value)
    return json.dumps(_clean(value), ensure_ascii=False)


def _clean(value: Any) -> Any:
    """Postgres refuses NUL inside JSON too."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, Mapping):
        return {printable(str(key)): _clean(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_clean(item) for item in value]
    return value
