"""What Amazon's codes of ledger adjustments mean: the one table of those its help page lists.

Amazon knows others and adds to them: such a code is kept as it came, and is
classed ``unknown``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, Text, case, literal, null

UNKNOWN: Final = "unknown"
LOST: Final = "lost"
FOUND: Final = "found"
DAMAGED: Final = "damaged"

CLASSES: Final[Mapping[str, str]] = {
    "M": LOST,
    "5": LOST,
    "F": FOUND,
    "N": FOUND,
    "6": DAMAGED,
    "7": DAMAGED,
    "E": DAMAGED,
    "H": DAMAGED,
    "K": DAMAGED,
    "U": DAMAGED,
    "P": "disposition_in",
    "Q": "disposition_out",
    "D": "disposed",
    "G": "donated",
    "O": "correction",
    "1": "correction",
    "2": "correction",
    "J": "correction",
    "3": "redefined_in",
    "4": "redefined_out",
}
"""Code to class. 1, 2 and J are software corrections of older lists; O takes out what was paid for."""


def reason_class(reason: ColumnElement[Any]) -> ColumnElement[Any]:
    """The class of a code in SQL; null where a movement has none."""
    known = {literal(code): literal(name) for code, name in CLASSES.items()}
    none = case((reason.is_(None), null()), else_=literal(UNKNOWN))
    return case(known, value=reason, else_=none).cast(Text)
