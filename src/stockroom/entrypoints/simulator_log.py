"""``stockroom simulator log``: what the pretend Amazon was asked, by whoever asked."""

from __future__ import annotations

import json
from typing import Any

from stockroom.core.config import Settings
from stockroom.core.errors import InvalidInputError

_COLUMNS = ("at", "seller", "operation", "status", "request_id")


def run(settings: Settings, *, operation: str, seller: str, as_json: bool) -> None:
    """Print the requests a home's simulator received, oldest first.

    The file is read, not the running simulator: it also answers when that is stopped.
    """
    path = settings.home_path / "simulator" / "requests.jsonl"
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        raise InvalidInputError(
            f"No pretend Amazon has run in {settings.home_path}.",
            field="home",
            next_step="Start one with 'stockroom demo', or name its home with --home.",
        ) from None
    entries = [entry for entry in map(_parsed, lines) if _wanted(entry, operation, seller)]
    if as_json:
        print(json.dumps(entries))
        return
    for entry in entries:
        print("  ".join(str(entry[name]) for name in _COLUMNS))


def _parsed(line: str) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except ValueError:
        return {}  # the last line, while it is being written
    return entry if isinstance(entry, dict) else {}


def _wanted(entry: dict[str, Any], operation: str, seller: str) -> bool:
    if not entry or operation not in {"", entry["operation"]}:
        return False
    return not seller or seller in {entry["seller"], entry["account"]}
