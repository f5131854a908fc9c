"""Bands: one word for how urgent a cover is, by thresholds that an account may set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import Any

from stockroom.core.errors import InvalidInputError


@dataclass(frozen=True, slots=True)
class Bands:
    """Thresholds in days: critical < 7 ≤ at_risk < 14 ≤ warning < 21 ≤ healthy; excess > 90."""

    critical: int = 7
    at_risk: int = 14
    warning: int = 21
    excess: int = 90

    @classmethod
    def of_settings(cls, settings: Mapping[str, Any]) -> Bands:
        """The account's thresholds (``settings["bands"]``), ours where it sets none.

        Raises:
            InvalidInputError: A threshold is unknown, no whole number of days, or out of order.
        """
        given = settings.get("bands") or {}
        known = {field.name for field in fields(cls)}
        for name, value in given.items():
            if name not in known or not isinstance(value, int) or isinstance(value, bool):
                raise _unusable(f"The band threshold {name} cannot be used.")
        bands = cls(**given)
        if not 0 < bands.critical < bands.at_risk < bands.warning <= bands.excess:
            raise _unusable("The band thresholds are out of order.")
        return bands

    def judge(
        self,
        sellable: int,
        velocity: Fraction | None,
        in_time_days: Fraction | None,
        all_days: Fraction | None,
    ) -> str:
        """The band of a cover whose days are in ``in_time_days`` and ``all_days``."""
        if not velocity or in_time_days is None or all_days is None:
            return "no_demand"
        if sellable <= 0:
            return "out_of_stock"
        if in_time_days < self.critical:
            return "critical"
        if in_time_days < self.at_risk:
            return "at_risk"
        if in_time_days < self.warning:
            return "warning"
        return "excess" if all_days > self.excess else "healthy"

    def sentence(self) -> str:
        """The thresholds as a note."""
        return (
            f"Bands by in_time_days: critical < {self.critical} ≤ at_risk < {self.at_risk} ≤ "
            f"warning < {self.warning} ≤ healthy; excess when all_days > {self.excess}; "
            "out_of_stock when nothing is sellable; no_demand when velocity is 0 or unknown."
        )


def _unusable(what: str) -> InvalidInputError:
    return InvalidInputError(
        what,
        field="settings.bands",
        next_step="Set whole days with 0 < critical < at_risk < warning ≤ excess.",
    )
