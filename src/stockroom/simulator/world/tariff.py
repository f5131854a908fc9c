"""What Amazon asks in this world for a cubic foot: rates are parameters, nobody's real prices."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, NamedTuple

from stockroom.simulator.world.parameters import Parameters

AGED_ON: Final = 15
"""Facts 7.4: the aged-inventory snapshot is of the 15th."""
CHARGED_ON: Final = 8
"""Facts 7.4: a month's storage is charged between the 7th and the 15th of the next."""
_PEAK: Final = (10, 11, 12)
_CENT: Final = Decimal("0.01")


class Tier(NamedTuple):
    """An age from which the surcharge is asked; ``last`` is None for the oldest."""

    first: int
    last: int | None
    multiple: int
    """Times the rate of the youngest tier."""

    @property
    def name(self) -> str:
        """As Amazon writes it."""
        return f"{self.first}+ days" if self.last is None else f"{self.first}-{self.last} days"

    def holds(self, age: int) -> bool:
        """Whether units of that age, in days, are in it."""
        return age >= self.first and (self.last is None or age <= self.last)


TIERS: Final = (
    Tier(181, 210, 1),
    Tier(211, 240, 2),
    Tier(241, 270, 3),
    Tier(271, 300, 8),
    Tier(301, 330, 9),
    Tier(331, 365, 10),
    Tier(366, 455, 14),
    Tier(456, None, 16),
)


def storage_rate(parameters: Parameters, month: date) -> Decimal:
    """For a cubic foot in ``month``, in the store's currency."""
    peak = month.month in _PEAK
    return Decimal(str(parameters.storage_peak_rate if peak else parameters.storage_rate))


def aged_rate(parameters: Parameters, tier: Tier) -> Decimal:
    """For a cubic foot of units of that age."""
    return Decimal(str(parameters.aged_rate)) * tier.multiple


def amount(volume: Decimal, rate: Decimal) -> Decimal:
    """The charge for a volume in cubic feet, to the cent."""
    return (volume * rate).quantize(_CENT, ROUND_HALF_UP)


def month_before(day: date) -> date:
    """The first day of the month before that of ``day``."""
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)


def month_after(day: date) -> date:
    """The first day of the month after that of ``day``."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)
