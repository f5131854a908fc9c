"""Orders and their history: enough to show each of them as Amazon did at any instant.

Every update of an order becomes visible the same short while after it happened
(``Order.delay``), so what can be seen at ``as_of`` is what happened by
``as_of - delay``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from stockroom.simulator.world.records import dollars
from stockroom.simulator.world.views import LineState, OrderState

if TYPE_CHECKING:
    from stockroom.simulator.world.offers import Offer
    from stockroom.simulator.world.warehouse import Lot, Pool

_BUCKET: Final = 86_400
NEVER: Final = 2**62
"""The instant of what has not happened."""


class Line:
    """Some units of one SKU in an order."""

    __slots__ = (
        "cancel_at",
        "cancelled",
        "held",
        "offer",
        "pool",
        "promotion",
        "refs",
        "ship_at",
        "unit_cents",
        "units",
    )

    def __init__(
        self, pool: Pool, offer: Offer, units: int, unit_cents: int, refs: dict[str, Any]
    ) -> None:
        self.pool = pool
        self.offer = offer
        self.units = units
        self.unit_cents = unit_cents
        self.promotion = offer.terms.promotion if unit_cents else None
        self.refs = refs
        self.held: tuple[tuple[Lot, int], ...] = ()
        """The units reserved for it, and where they lie."""
        self.cancel_at = NEVER
        self.cancelled = 0
        self.ship_at = NEVER

    def refs_at(self, lot: Lot) -> dict[str, Any]:
        """The line's references; names the unit's MSKU where it is not the one ordered."""
        return self.refs if lot.msku == self.offer.sku else {**self.refs, "unit_msku": lot.msku}

    def state(self, moment: int, *, paid: bool) -> LineState:
        """The line as it stood at ``moment``."""
        cancelled = self.cancelled if self.cancel_at <= moment else 0
        left = self.units - cancelled
        status = "Shipped" if self.ship_at <= moment else "Unshipped"
        return LineState(
            order_item_id=self.refs["order_item_id"],
            sku=self.offer.sku,
            asin=self.offer.asin,
            fnsku=self.pool.fnsku,
            title=self.offer.product.title,
            ordered=self.units,
            cancelled=cancelled,
            price=Decimal(dollars(self.unit_cents * left)) if paid and left else None,
            currency=self.offer.currency,
            promotion_ids=(self.promotion,) if self.promotion else (),
            item_status=status if left else "Cancelled",
        )


class Order:
    """A customer's order of one or two lines."""

    __slots__ = ("at", "channel", "day", "delay", "lines", "order_id", "paid_at", "replaces")

    def __init__(
        self,
        order_id: str,
        at: int,
        day: int,
        delay: int,
        *,
        channel: str,
        replaces: str | None,
    ) -> None:
        self.order_id = order_id
        self.at = at
        self.day = day
        self.delay = delay
        """Seconds until Amazon's interfaces show a change."""
        self.channel = channel
        self.replaces = replaces
        """The order this one replaces free of charge."""
        self.paid_at = at
        self.lines: tuple[Line, ...] = ()

    def updated_at(self, moment: int) -> int:
        """The last change up to ``moment``."""
        last = self.paid_at if self.paid_at <= moment else self.at
        for line in self.lines:
            if last < line.cancel_at <= moment:
                last = line.cancel_at
            if last < line.ship_at <= moment:
                last = line.ship_at
        return last

    def state(self, moment: int) -> OrderState:
        """The order as it stood at ``moment``, which is not before it was placed."""
        paid = self.paid_at <= moment
        lines = tuple([line.state(moment, paid=paid) for line in self.lines])
        offer = self.lines[0].offer
        return OrderState(
            order_id=self.order_id,
            purchase_at=datetime.fromtimestamp(self.at, UTC),
            last_updated_at=datetime.fromtimestamp(self.updated_at(moment), UTC),
            status=_status(lines, paid=paid),
            channel=self.channel,
            merchant_order_id=self.lines[0].refs.get("mcf_order_id", ""),
            marketplace=offer.marketplace,
            ship_country=offer.country,
            replacement=self.replaces is not None,
            lines=lines,
        )


def _status(lines: tuple[LineState, ...], *, paid: bool) -> str:
    left = [line.item_status for line in lines if line.item_status != "Cancelled"]
    if not left:
        return "Cancelled"
    if not paid:
        return "Pending"
    return "Shipped" if all(status == "Shipped" for status in left) else "Unshipped"


class OrderIndex:
    """Which orders changed on which UTC day."""

    __slots__ = ("_buckets",)

    def __init__(self) -> None:
        self._buckets: dict[int, list[Order]] = {}

    def add(self, at: int, order: Order) -> None:
        """``order`` changes at the instant ``at``."""
        self._buckets.setdefault(at // _BUCKET, []).append(order)

    def updated(self, start: int, end: int, as_of: int) -> Iterator[OrderState]:
        """Orders whose last change visible by ``as_of`` lies in [start, end), oldest first."""
        candidates: dict[Order, None] = {}
        for bucket in range(start // _BUCKET, (end - 1) // _BUCKET + 1):
            candidates.update(dict.fromkeys(self._buckets.get(bucket, ())))
        found: list[tuple[int, str, int, Order]] = []
        for order in candidates:
            moment = as_of - order.delay
            if order.at <= moment and start <= (last := order.updated_at(moment)) < end:
                found.append((last, order.order_id, moment, order))
        found.sort(key=lambda row: row[:2])
        for _, _, moment, order in found:
            yield order.state(moment)
