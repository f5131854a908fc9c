"""The events of everything of one sort (a shipment, a removal order), each under its own id."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from stockroom.simulator.world.records import Record


class Histories:
    """What happened to each thing, in order.

    Args:
        name: Under which reference an event names the thing.
        kinds: The kinds of event that are of interest.
    """

    __slots__ = ("_records", "kinds", "name")

    def __init__(self, name: str, kinds: Collection[str]) -> None:
        self.name = name
        self.kinds = frozenset(kinds)
        self._records: dict[str, list[Record]] = {}

    def add(self, record: Record) -> None:
        """Take in an event, if it names such a thing."""
        if record.refs and self.name in record.refs:
            self._records.setdefault(record.refs[self.name], []).append(record)

    def of(self, name: str, moment: int) -> list[Record]:
        """What is visible of one thing at ``moment``; nothing if there is no such thing."""
        return [record for record in self._records.get(name, ()) if record.seen <= moment]

    def visible(self, moment: int) -> Iterator[tuple[str, list[Record]]]:
        """Every thing of which something is visible at ``moment``, in the order of creation."""
        for name in self._records:
            seen = self.of(name, moment)
            if seen:
                yield name, seen
