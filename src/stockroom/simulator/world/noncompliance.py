"""What the dock finds wrong with a shipment: it costs a fee and a reminder, and moves no unit."""

from __future__ import annotations

from typing import Any, Final

from stockroom.simulator.world.floor import Floor
from stockroom.simulator.world.warehouse import Goods

_PROBLEMS: Final = (
    ("Barcode label missing", 30),
    ("Barcode cannot be scanned", 30),
    ("Poly bagging missing", 70),
    ("Bubble wrapping missing", 80),
    ("Carton content differs from what was announced", 0),
)
"""What is wrong, and cents a unit for mending it."""
_COACHING: Final = ("Standard", "Elevated", "Critical")


class Dock:
    """The people who open the cartons of one counter's shipments."""

    __slots__ = ("_chance", "floor")

    def __init__(self, floor: Floor) -> None:
        self.floor = floor
        self._chance = floor.aside("dock")

    def inspect(self, goods: Goods, refs: dict[str, str]) -> None:
        """A shipment has come: now and then its cartons are not as they should be."""
        chance = self._chance
        if chance.random() >= self.floor.parameters.noncompliance_rate:
            return
        problem, cents = chance.choice(_PROBLEMS)
        units = 1 + int(chance.random() * goods.units * 0.3)
        found = {
            "problem_type": problem,
            "carton_id": f"{refs['shipment_id']}U{1 + int(chance.random() * 9):06d}",
            "coaching_level": chance.choice(_COACHING),
            "expected_units": goods.units,
        }
        tomorrow = self.floor.day + 1
        self.floor.on(tomorrow, chance.random(), self._report, goods, units, refs | found, cents)

    def _report(self, at: int, goods: Goods, units: int, refs: dict[str, Any], cents: int) -> None:
        pool, lot, _ = goods
        seen, fee = self.floor.ledger_seen, cents * units
        pool.note("inbound_problem", at, seen, units, None, refs=refs, cents=fee, lot=lot)
