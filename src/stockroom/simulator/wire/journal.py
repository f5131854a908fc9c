"""A file of JSON lines that only grows: how the pretend Amazon remembers across restarts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class Journal:
    """Append-only records in one file, each on its own line, whole when ``append`` returns.

    Args:
        path: The file; its folder is made when missing.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        if not _ends_whole(path):
            self._write("\n")  # a crash tore the last line: never glue a record to it

    def read(self) -> Iterator[dict[str, Any]]:
        """Every whole record, oldest first."""
        if not self._path.exists():
            return
        with self._path.open(encoding="utf-8") as lines:
            for line in lines:
                record = _parse(line)
                if record is not None:
                    yield record

    def append(self, record: dict[str, Any]) -> None:
        """Add one record."""
        self._write(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n")

    def _write(self, text: str) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(text)


def _ends_whole(path: Path) -> bool:
    if not path.exists() or path.stat().st_size == 0:
        return True
    with path.open("rb") as raw:
        raw.seek(-1, 2)
        return raw.read(1) == b"\n"


def _parse(line: str) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None
