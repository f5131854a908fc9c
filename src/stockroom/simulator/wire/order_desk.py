"""Multi-channel orders that callers gave Amazon: what was asked, kept in a file, and told to the world.

The world plays an order on like its own. What it does not know (whom the parcel is
for, an order that could not be taken) is here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from stockroom.core.marketplaces import BY_ID
from stockroom.simulator.wire.journal import Journal
from stockroom.simulator.world import SellerWorld, World
from stockroom.simulator.world.errands import Errand, Pick, Wanted

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Given:
    """One order as it was asked for."""

    account: str
    order_id: str
    at: datetime
    body: Mapping[str, Any]
    """That of the call; empty: the order is to be stopped."""
    units: Mapping[str, int]
    """What Amazon sends, by the seller's id of the item; empty: it cannot be fulfilled."""

    def errand(self) -> Errand:
        """As the world is told."""
        at = int(self.at.timestamp())
        if not self.body:
            return Errand(at, self.order_id, "", ())
        items = (item for item in wanted(self.body) if item.item_id in self.units)
        sent = tuple(item._replace(units=self.units[item.item_id]) for item in items)
        return Errand(at, self.order_id, BY_ID[self.body["marketplaceId"]].code, sent)


class OrderDesk:
    """All orders that callers gave, of all sellers.

    Args:
        home: The installation's home; the file is ``simulator/orders.jsonl``.
        world: Is told of every order that was given before, as far as Amazon took it.
    """

    def __init__(self, home: Path, world: World) -> None:
        self._journal = Journal(home / "simulator" / "orders.jsonl")
        self._orders: dict[tuple[str, str], Given] = {}
        for record in self._journal.read():
            given = Given(**record | {"at": datetime.fromisoformat(record["at"])})
            self._remember(given)
            if given.units or not given.body:
                with world.seller(given.account).errands() as errands:
                    errands.ask(given.errand())

    def find(self, account: str, order_id: str) -> Given | None:
        """One order of that seller."""
        return self._orders.get((account, order_id))

    def untaken(self, account: str) -> list[Given]:
        """Orders of that seller that Amazon could not take."""
        return [
            given
            for (owner, _), given in self._orders.items()
            if owner == account and not given.units
        ]

    def give(self, world: SellerWorld, account: str, body: Mapping[str, Any], at: datetime) -> None:
        """Take an order in; its units are reserved at once, if there are enough."""
        order_id, market = body["sellerFulfillmentOrderId"], BY_ID[body["marketplaceId"]].code
        with world.errands() as errands:
            asked = Errand(int(at.timestamp()), order_id, market, tuple(wanted(body)))
            units = _taken(body, errands.picks(asked))
            given = Given(account, order_id, at, body, units)
            self._write(given)
            if units:
                errands.ask(given.errand())

    def stop(self, world: SellerWorld, account: str, order_id: str, at: datetime) -> None:
        """Give the units of an order back to the shelf."""
        given = Given(account, order_id, at, {}, {})
        with world.errands() as errands:
            self._write(given)
            errands.ask(given.errand())

    def _write(self, given: Given) -> None:
        self._journal.append(asdict(given) | {"at": given.at.isoformat()})
        self._remember(given)

    def _remember(self, given: Given) -> None:
        if given.body:
            self._orders[given.account, given.order_id] = given


def wanted(body: Mapping[str, Any]) -> list[Wanted]:
    """The items of a call."""
    return [
        Wanted(item["sellerSku"], item["quantity"], item["sellerFulfillmentOrderItemId"])
        for item in body["items"]
    ]


def _taken(body: Mapping[str, Any], picks: list[Pick]) -> dict[str, int]:
    """Units that are sent, by item. FillOrKill, and Amazon's default, is all or nothing."""
    units = {pick.item.item_id: pick.units for pick in picks if pick.units}
    whole = all(units.get(item.item_id) == item.units for item in wanted(body))
    return units if whole or body.get("fulfillmentPolicy") == "FillAllAvailable" else {}
