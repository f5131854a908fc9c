"""Instants as Amazon writes and reads them."""

from __future__ import annotations

from datetime import UTC, datetime

from stockroom.core.errors import InvalidInputError


def offset_time(at: datetime) -> str:
    """``2026-11-21T08:45:00+00:00``: the Reports API writes an offset, never ``Z``."""
    return at.astimezone(UTC).isoformat(timespec="seconds")


def zulu_time(at: datetime) -> str:
    """``2026-11-21T08:45:00Z``: the other APIs."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def zulu_milliseconds(at: datetime) -> str:
    """``2026-11-21T08:45:00.123Z``: sorts as text."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read_time(text: str, field: str) -> datetime:
    """An ISO 8601 instant; one without an offset is UTC, a day is its midnight.

    Raises:
        InvalidInputError: ``text`` is no instant; names ``field``.
    """
    try:
        at = datetime.fromisoformat(text.strip())
        return at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidInputError(
            "Invalid request parameters",
            field=field,
            next_step=f"{field} must be an ISO 8601 date and time.",
        ) from None
