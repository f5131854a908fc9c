"""Whether a document is believed: small rules, each with one reason to say no.

A refused document changes nothing: the last good rows stay and are served, and
``data_freshness`` says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from stockroom.spec.report import Guard
from stockroom.sync.layout import DriftError


class UnbelievableError(DriftError):
    """The document can be read, and its content cannot be right."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Figures of a staged document beside those of the last good load.

    Args:
        rows: Rows staged, on the days that have a last good load.
        units: Sum of the guarded column over them.
        read: All rows staged.
        rejected: Rows that could not be read.
        last_rows: Rows of the last good load; 0: there is none.
        last_units: Sum of the guarded column over them.
    """

    rows: int
    units: int
    read: int
    rejected: int
    last_rows: int
    last_units: int


_MANY_UNITS = 25
"""Units per row of the floor."""

Rule = Callable[[Guard, Evidence], str | None]


def _unreadable(guard: Guard, seen: Evidence) -> str | None:
    total = seen.read + seen.rejected
    if seen.rejected > guard.rejected * total and (total > guard.floor or seen.read == 0):
        return f"{seen.rejected} of {total} rows cannot be read"
    return None


def _empty(guard: Guard, seen: Evidence) -> str | None:
    if seen.rows == 0 and seen.last_rows > 0 and not guard.may_be_empty:
        return f"the document is empty, the last good one had {seen.last_rows} rows"
    return None


def _row_count(guard: Guard, seen: Evidence) -> str | None:
    if max(seen.rows, seen.last_rows) < guard.floor:
        return None
    return _moved(guard, "rows", seen.rows, seen.last_rows)


def _unit_sum(guard: Guard, seen: Evidence) -> str | None:
    """One delivery may triple a small stock: units are compared where there are many of them."""
    few = seen.last_rows < guard.floor or seen.last_units < guard.floor * _MANY_UNITS
    if not guard.units or few:
        return None
    return _moved(guard, guard.units, seen.units, seen.last_units)


def _moved(guard: Guard, what: str, now: int, before: int) -> str | None:
    if before == 0 or guard.least * before <= now <= guard.most * before:
        return None
    return f"{what} went from {before} to {now}"


RULES: tuple[Rule, ...] = (_unreadable, _empty, _row_count, _unit_sum)


def check(guard: Guard, seen: Evidence) -> None:
    """Ask every rule.

    Raises:
        UnbelievableError: At least one says no; the message holds all reasons.
    """
    reasons = [reason for rule in RULES if (reason := rule(guard, seen))]
    if reasons:
        raise UnbelievableError(f"The document is not believed: {'; '.join(reasons)}.")
