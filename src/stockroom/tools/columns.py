"""How values leave the database: days as ISO text, ratios rounded, money as a decimal string."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Float, Text, case, cast, func

RATIO_DIGITS = 4
"""Ratios are kept exact and rounded here, for the eye only."""
MONEY_DIGITS = 2


def ratio(number: ColumnElement[Any]) -> ColumnElement[Any]:
    """A quotient, rounded."""
    return cast(func.round(number, RATIO_DIGITS), Float())


def iso_day(day: ColumnElement[Any]) -> ColumnElement[Any]:
    """A day as ``2026-11-20``."""
    return cast(day, Text())


def iso_instant(at: ColumnElement[Any]) -> ColumnElement[Any]:
    """An instant as ``2026-11-20T08:45:00Z``."""
    return func.to_char(func.timezone("UTC", at), 'YYYY-MM-DD"T"HH24:MI:SS"Z"', type_=Text())


def money(amount: ColumnElement[Any]) -> ColumnElement[Any]:
    """An amount as a decimal string: cents always, smaller parts where there are any."""
    cents = func.round(amount, MONEY_DIGITS)
    return case((cents == amount, cast(cents, Text())), else_=cast(func.trim_scale(amount), Text()))
