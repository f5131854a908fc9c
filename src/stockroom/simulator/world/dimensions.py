"""How large and how heavy a unit is: traits of the product, always the same."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Final, NamedTuple
from zlib import crc32

_CUBIC_INCHES: Final = 1728
"""In a cubic foot."""
_OBLONG: Final = 2
"""The longest side cubed is so many times the volume: nothing is a cube."""


class Size(NamedTuple):
    """Cubic feet, inches and pounds."""

    volume: Decimal
    longest: float
    median: float
    shortest: float
    weight: float

    @property
    def tier(self) -> str:
        """Amazon's word for how it is handled."""
        small = self.weight <= 1 and self.shortest <= 3
        return "Small standard-size" if small else "Large standard-size"


@cache
def size(asin: str) -> Size:
    """The size of a product's unit."""
    draw = crc32(asin.encode())
    volume = Decimal(2 + draw % 90) / 100
    inches = float(volume) * _CUBIC_INCHES
    longest, median = (inches * _OBLONG) ** (1 / 3), inches ** (1 / 3)
    weight = float(volume) * (4 + draw // 90 % 12)
    return Size(volume, longest, median, inches / longest / median, weight)
