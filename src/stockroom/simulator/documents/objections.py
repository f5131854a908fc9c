"""Why a report ends FATAL, in the words its document will carry."""

from __future__ import annotations

from datetime import timedelta

from stockroom.simulator.documents.view import Ask


def none(_: Ask) -> str | None:
    """Whatever is asked can be served."""
    return None


def window(ask: Ask, longest: timedelta) -> str | None:
    """A window is needed, and it must not be longer than ``longest``."""
    if ask.start is None:
        return "dataStartTime is required for this report type."
    if ask.end is not None and ask.end - ask.start > longest:
        return f"The date range of this report must not be longer than {longest.days} days."
    return None
