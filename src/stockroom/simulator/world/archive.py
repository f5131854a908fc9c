"""Everything that has an id and a course of its own, kept with its events: shipments, removals, orders.

Each is shown as of an instant: what is visible by then, read as a status.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import TypeVar

from stockroom.simulator.world import awd, inbound, multi_channel, removals
from stockroom.simulator.world.arrangements import (
    AwdShipment,
    AwdStock,
    InboundShipment,
    McfOrder,
    RemovalOrder,
)
from stockroom.simulator.world.histories import Histories
from stockroom.simulator.world.records import Record

Shown = TypeVar("Shown")


class Archive:
    """The files of one seller. Moments are seconds since 1970."""

    __slots__ = ("_at_awd", "_by_kind", "_inbound", "_multi_channel", "_removals", "_to_awd")

    def __init__(self) -> None:
        self._inbound = Histories("shipment_id", inbound.SHIPMENT_KINDS)
        self._removals = Histories("removal_order_id", removals.REMOVAL_KINDS)
        self._to_awd = Histories("awd_shipment_id", awd.SHIPMENT_KINDS)
        self._multi_channel = Histories("mcf_order_id", multi_channel.ORDER_KINDS)
        self._at_awd: list[Record] = []
        self._by_kind: defaultdict[str, list[Histories]] = defaultdict(list)
        for histories in (self._inbound, self._removals, self._to_awd, self._multi_channel):
            for kind in histories.kinds:
                self._by_kind[kind].append(histories)

    def add(self, happened: Iterable[Record]) -> None:
        """Take in the events of a day, in order."""
        for record in happened:
            for histories in self._by_kind.get(record.kind, ()):
                histories.add(record)
            if awd.moves(record):
                self._at_awd.append(record)

    def inbound_at(self, moment: int) -> list[InboundShipment]:
        """Shipments to FBA, in the order of creation."""
        return _shown(self._inbound, inbound.inbound_shipment, moment)

    def removals_at(self, moment: int) -> list[RemovalOrder]:
        """Removal orders, in the order of request."""
        return _shown(self._removals, removals.removal_order, moment)

    def multi_channel_at(self, moment: int) -> list[McfOrder]:
        """Multi-channel orders, in the order of purchase."""
        return _shown(self._multi_channel, multi_channel.mcf_order, moment)

    def multi_channel_order(self, order_id: str, moment: int) -> McfOrder | None:
        """One of them; None if there is none by that id."""
        records = self._multi_channel.of(order_id, moment)
        return multi_channel.mcf_order(order_id, records, moment) if records else None

    def to_awd_at(self, moment: int) -> list[AwdShipment]:
        """Shipments to distribution centres, in the order of creation."""
        return _shown(self._to_awd, awd.awd_shipment, moment)

    def awd_stock_at(self, moment: int) -> list[AwdStock]:
        """What lies at distribution centres, by SKU."""
        shipments = [records for _, records in self._inbound.visible(moment)]
        return awd.awd_stock(self._at_awd, shipments, moment)


def _shown(
    histories: Histories, view: Callable[[str, list[Record], int], Shown], moment: int
) -> list[Shown]:
    return [view(name, records, moment) for name, records in histories.visible(moment)]
