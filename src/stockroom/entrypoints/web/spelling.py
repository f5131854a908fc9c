"""How templates spell instants, days and browsers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    (r"iPhone|iPad", "iOS"),
    (r"Android", "Android"),
    (r"Windows", "Windows"),
    (r"Mac OS X|Macintosh", "macOS"),
    (r"Linux|X11", "Linux"),
)


def instant(at: datetime) -> str:
    """A moment, to the minute, in UTC."""
    return at.astimezone(UTC).strftime("%-d %b %Y, %H:%M UTC")


def day(at: datetime | date) -> str:
    """A day; of a moment, the one it is in UTC."""
    of = at.astimezone(UTC) if isinstance(at, datetime) else at
    return of.strftime("%-d %b %Y")


def browser(agent: str) -> str:
    """A browser as people call it, from how it names itself: shown, never trusted."""
    name = next((known for mark, known in _BROWSERS if mark in agent), None)
    system = next((known for mark, known in _SYSTEMS if re.search(mark, agent)), None)
    if name is None:
        return agent[:40] or "Unknown"
    return f"{name} on {system}" if system else name


FILTERS: Mapping[str, Callable[[Any], str]] = {"instant": instant, "day": day, "browser": browser}
