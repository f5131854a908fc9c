"""Whether a document is believed: small rules, each with one reason to say no.

A refused document changes nothing: the last good rows stay and are served, and
``data_freshness`` says so. What is usual is learned from the last good loads: a
dataset that hardly moves is held to less than the widest limits of its
declaration, but never to so little that an ordinary day would be refused.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from stockroom.spec.report import Guard
from stockroom.sync.layout import DriftError


class UnbelievableError(DriftError):
    """The document can be read, and its content cannot be right."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a document holds, in three numbers."""

    rows: int = 0
    units: int = 0
    skus: int = 0


Step = Mapping[str, float]
"""How far a good load moved from the one before: a ratio per figure, and the share of SKUs kept."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A staged document beside the last good load.

    Args:
        document: All of it.
        compared: The part of it that has a last good load to be compared with.
        last: That last good load.
        read: Rows that could be read.
        rejected: Rows that could not.
        inside: Rows of the days asked, those that repeat a key included.
        shared: SKUs that are in both.
        foreign: SKUs of the document that neither the last load nor any snapshot knows.
        known: SKUs that these know.
        repeated: How many of them repeat a key.
        outside: Rows of days that nobody asked for.
        lost_days: Days that had many rows and have none now.
        lost_columns: Columns the last good document had and this one has not.
        history: Whether it fills days of the past: what is missing would be lost.
        steps: How the last good loads moved, newest first.
    """

    document: Figures
    compared: Figures
    last: Figures
    read: int
    rejected: int = 0
    inside: int = 0
    shared: int = 0
    foreign: int = 0
    known: int = 0
    repeated: int = 0
    outside: int = 0
    lost_days: int = 0
    lost_columns: tuple[str, ...] = ()
    history: bool = False
    steps: Sequence[Step] = field(default=())

    @property
    def step(self) -> Step:
        """How far this document moved."""
        found = {
            "rows": (self.compared.rows, self.last.rows),
            "units": (self.compared.units, self.last.units),
            "skus": (self.shared, self.last.skus),
        }
        return {name: round(now / was, 4) for name, (now, was) in found.items() if was > 0}

    def remarks(self) -> dict[str, Any]:
        """The headline figures, as they are kept with the run."""
        figures = {**asdict(self.document), "repeated": self.repeated, "outside": self.outside}
        return {"figures": figures, "last": asdict(self.last), "step": dict(self.step)}


_MANY_UNITS = 25
"""Units per row of the floor."""
_ENOUGH = 5
"""Good loads from which it is known what is usual."""
_MARGIN = 3.0
"""Times the largest usual step that is still believed."""
_CALM = {"rows": (0.8, 1.5), "units": (0.6, 2.0)}
"""Steps that are believed of the calmest dataset."""
_LEAST_UNITS = 0.5
_STRANGER = 0.999
"""Without a last good load, only a document of which nothing at all is known is foreign."""


def limits(guard: Guard, what: str, steps: Sequence[Step]) -> tuple[float, float]:
    """The smallest and largest believable multiple of the last good load.

    Args:
        guard: The declared, widest limits.
        what: ``rows`` or ``units``.
        steps: How the last good loads moved.
    """
    least = guard.least if what == "rows" else min(guard.least, _LEAST_UNITS)
    usual = [abs(math.log(step[what])) for step in steps if step.get(what, 0) > 0]
    if len(usual) < _ENOUGH or not guard.least:
        return least, guard.most
    width = _MARGIN * max(usual)
    low, high = _CALM[what]
    # An outer limit that is tighter than calm was declared on purpose: it stays.
    return (
        max(least, min(low, math.exp(-width))),
        min(guard.most, max(high, math.exp(width))),
    )


Rule = Callable[[Guard, Evidence], str | None]


def _unreadable(guard: Guard, seen: Evidence) -> str | None:
    total = seen.read + seen.rejected
    if seen.rejected > guard.rejected * total and (total > guard.floor or seen.read == 0):
        return f"{seen.rejected} of {total} rows cannot be read"
    return None


def _columns_gone(_: Guard, seen: Evidence) -> str | None:
    if seen.lost_columns:
        names = ", ".join(f"'{name}'" for name in seen.lost_columns)
        return f"the last good document had columns that are gone: {names}"
    return None


def _empty(guard: Guard, seen: Evidence) -> str | None:
    if seen.compared.rows > 0 or seen.last.rows == 0:
        return None
    few = guard.may_be_empty and not seen.history and seen.last.rows < guard.floor
    return None if few else f"the document is empty, the last good one had {seen.last.rows} rows"


def _row_count(guard: Guard, seen: Evidence) -> str | None:
    if max(seen.compared.rows, seen.last.rows) < guard.floor:
        return None
    return _moved(guard, seen, "rows", seen.compared.rows, seen.last.rows)


def _unit_sum(guard: Guard, seen: Evidence) -> str | None:
    """One delivery may triple a small stock: units are compared where there are many of them."""
    few = seen.last.rows < guard.floor or seen.last.units < guard.floor * _MANY_UNITS
    if not guard.units or few:
        return None
    return _moved(guard, seen, "units", seen.compared.units, seen.last.units)


def _moved(guard: Guard, seen: Evidence, what: str, now: int, before: int) -> str | None:
    least, most = limits(guard, what, seen.steps)
    if before == 0 or least * before <= now <= most * before:
        return None
    return f"{guard.units if what == 'units' else what} went from {before} to {now}"


def _other_skus(guard: Guard, seen: Evidence) -> str | None:
    last = seen.last.skus
    if last < guard.floor or seen.compared.rows == 0 or seen.shared >= guard.overlap * last:
        return None
    return f"only {seen.shared} of the last good load's {last} SKUs are in it"


def _days_gone(_: Guard, seen: Evidence) -> str | None:
    if seen.lost_days and seen.compared.rows:
        return f"{seen.lost_days} days that had rows have none"
    return None


def _repeats(guard: Guard, seen: Evidence) -> str | None:
    if seen.inside <= guard.floor or seen.repeated <= guard.repeated * seen.inside:
        return None
    return f"{seen.repeated} of {seen.inside} rows repeat a key"


def _other_days(guard: Guard, seen: Evidence) -> str | None:
    if seen.read > guard.floor and seen.outside > guard.outside * seen.read:
        return f"{seen.outside} of {seen.read} rows are of days that were not asked for"
    return None


def _strangers(guard: Guard, seen: Evidence) -> str | None:
    skus = seen.document.skus
    if min(skus, seen.known) < guard.floor:
        return None
    limit = guard.foreign if seen.last.skus else max(guard.foreign, _STRANGER)
    if seen.foreign <= limit * skus:
        return None
    return f"{seen.foreign} of {skus} SKUs are unknown to this account"


RULES: tuple[Rule, ...] = (
    _unreadable,
    _columns_gone,
    _empty,
    _row_count,
    _unit_sum,
    _other_skus,
    _days_gone,
    _repeats,
    _other_days,
    _strangers,
)


def objections(guard: Guard, seen: Evidence) -> Iterator[str]:
    """Every rule's reason not to believe the document."""
    for rule in RULES:
        reason = rule(guard, seen)
        if reason is not None:
            yield reason


def is_readable(guard: Guard, seen: Evidence) -> bool:
    """Whether enough of it could be read for a second document to bear it out."""
    return _unreadable(guard, seen) is None
