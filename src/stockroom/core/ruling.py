"""A ruling: one guardrail, what was held against it, and whether that passed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum


class Holder(StrEnum):
    """Whose limit it is, the widest circle first."""

    HOUSE = "house"
    """Every key and every account of the installation."""
    ACCOUNT = "account"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class Ruling:
    """One guardrail held against one change; the audit keeps it.

    Args:
        of: Whose limit it is.
        measure: What it limits: a measure of the change, or e.g. ``changes_per_day``.
        value: What was held against it.
        passed: Whether it allows the change.
        tool: The tool it is for; None: every tool.
        currency: Of the value, when it is money.
        min: The least it allows.
        max: The most it allows.
        allowed: What it allows, where that is no range.
    """

    of: Holder
    measure: str
    value: str
    passed: bool
    tool: str | None = None
    currency: str | None = None
    min: str | None = None
    max: str | None = None
    allowed: str | None = None

    def facts(self) -> dict[str, str | bool]:
        """JSON values; what does not apply is left out."""
        return {name: value for name, value in asdict(self).items() if value is not None}
