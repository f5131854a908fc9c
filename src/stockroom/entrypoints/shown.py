"""Rows on the command line: JSON for programs, a line each for people."""

from __future__ import annotations

import json
from typing import Any


def show(rows: list[dict[str, Any]], *, as_json: bool) -> None:
    """Print rows."""
    if as_json:
        print(json.dumps(rows))
        return
    for row in rows:
        shown = (_spelled(name, value) for name, value in row.items())
        print("  ".join(value for value in shown if value is not None))


def _spelled(name: str, value: Any) -> str | None:
    """A value in a line for a person; what is switched on is called by its name."""
    if isinstance(value, bool):
        return name if value else None
    if isinstance(value, list):
        return ",".join(value)
    return None if value is None else str(value)
