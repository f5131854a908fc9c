"""How figures are written on pages: stamps in UTC, numbers in groups, states in words.

What comes from Amazon is written through ``words`` or ``short``: on one line, without hidden
characters, cut. Escaping is the templates' own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from stockroom.core.text import plain

NOTHING = "–"
_LONG = 200
_SHORT = 60
_WHOLE = 2000
_SAID: Mapping[str, str] = {
    "not_applicable": "not here",
    "out_of_stock": "out of stock",
    "at_risk": "at risk",
    "no_demand": "no demand",
    "secret_refused": "secret refused",
    "role_missing": "role missing",
    "ads_denied": "advertising denied",
    "not_connected": "not connected",
    "agents_stopped": "agents stopped",
    "organisation_stopped": "organisation stopped",
    "organisation_resumed": "organisation resumed",
    "four_eyes_on": "four eyes on",
    "four_eyes_off": "four eyes off",
}
_TONES: Mapping[str, str] = {
    **dict.fromkeys(("connected", "fresh", "healthy", "verified", "active", "live"), "good"),
    **dict.fromkeys(("late", "expiring", "warning", "at_risk", "unknown", "suspended"), "warn"),
    **dict.fromkeys(("quarantined", "failing", "revoked", "unreachable", "critical"), "bad"),
    **dict.fromkeys(("out_of_stock", "secret_refused", "role_missing", "ads_denied"), "bad"),
    **dict.fromkeys(("refused", "rejected", "failed", "blocked", "stopped"), "bad"),
    **dict.fromkeys(("agents_stopped", "organisation_stopped", "suppressed", "stranded"), "bad"),
    **dict.fromkeys(("backfilling", "proposed", "confirmed", "executing", "sent"), "info"),
}


def said(state: str | None) -> str:
    """A state in words."""
    return NOTHING if state is None else _SAID.get(state, state.replace("_", " "))


def tone(state: str | None) -> str:
    """The class of a state's badge; empty: of no urgency."""
    return _TONES.get(state or "", "")


def words(text: Any) -> str:
    """Somebody else's words."""
    return NOTHING if text is None or text == "" else plain(str(text), _LONG)


def whole(text: Any) -> str:
    """The same where nothing may be missing, because somebody agrees to it."""
    return NOTHING if text is None or text == "" else plain(str(text), _WHOLE)


def short(text: Any) -> str:
    """The same where there is little room."""
    return NOTHING if text is None or text == "" else plain(str(text), _SHORT)


def stamp(at: datetime | str | None) -> str:
    """An instant where many stand below each other; the label beside it says that it is UTC."""
    at = _read(at)
    return NOTHING if at is None else at.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def since(at: datetime | str | None, now: datetime) -> str:
    """How long ago an instant is, or how far ahead, in one unit."""
    at = _read(at)
    if at is None:
        return NOTHING
    seconds = (now - at).total_seconds()
    if abs(seconds) < _MINUTE:
        return "just now"
    unit, name = next((u, n) for u, n in _UNITS if abs(seconds) >= u)
    count = int(abs(seconds) // unit)
    told = f"{count} {name}{'' if count == 1 else 's'}"
    return f"{told} ago" if seconds > 0 else f"in {told}"


_MINUTE = 60
_UNITS = ((86_400, "day"), (3600, "hour"), (_MINUTE, "minute"))


def due(at: datetime | str | None, now: datetime) -> str:
    """When something is to happen: now, once its time has come."""
    at = _read(at)
    return "now" if at is not None and at <= now else since(at, now)


def number(value: float | Decimal | None, digits: int = 0) -> str:
    """A number in groups of three."""
    return NOTHING if value is None else f"{value:,.{digits}f}"


def share(value: float | Decimal | None, digits: int = 0) -> str:
    """A share as per cent."""
    return NOTHING if value is None else f"{100 * value:.{digits}f} %"


def iso(value: date | str | None) -> str:
    """A day of the marketplace's calendar, as it is stored."""
    return NOTHING if value is None else str(value)


def _read(at: datetime | str | None) -> datetime | None:
    return datetime.fromisoformat(at) if isinstance(at, str) else at


FIGURES: Mapping[str, Callable[..., str]] = {
    one.__name__: one
    for one in (said, tone, words, whole, short, stamp, since, due, number, share, iso)
}
