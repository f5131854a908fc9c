"""Rows of JSON pages to flat text, by the dotted paths of the declaration.

``a.b`` steps into an object, ``a[0]`` into a list, ``a[kind=X].b`` to the first
element whose ``kind`` is X. What is not there is an empty cell.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stockroom.core.errors import BadDocumentError
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


def rows(records: bytes, path: Sequence[Step]) -> Iterator[Any]:
    """The rows of every page in ``records`` (one page per line).

    Raises:
        BadDocumentError: A page is not JSON, or has no list of rows where it should.
    """
    for line in records.splitlines():
        if not line.strip():
            continue
        try:
            found = at(json.loads(line), path)
        except ValueError:
            raise BadDocumentError("A page of the answer is not JSON.") from None
        if not isinstance(found, list):
            raise BadDocumentError("A page of the answer has no list of rows.")
        yield from found


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
