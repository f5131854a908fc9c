"""What a seller and Amazon arranged, as Amazon shows it at one instant: shipments in, orders out, units set aside.

Immutable pictures like those of :mod:`stockroom.simulator.world.views`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class InboundShipment:
    """One shipment on its way to Amazon, of one SKU to one warehouse."""

    shipment_id: str
    """``FBA15…``: the confirmed id, which the ledger and Seller Central use too."""
    plan_id: str
    plan_shipment_id: str
    """What the 2024-03-20 interface calls its plan and itself."""
    network: str
    marketplace: str
    """The store for whose network it was made."""
    fc: str
    country: str
    """Where the warehouse stands."""
    sku: str
    fnsku: str
    asin: str
    units: int
    received: int
    """Units booked in so far; also those that came after the shipment was closed."""
    status: str
    """``WORKING`` to ``CLOSED``, in the words of Fulfillment Inbound v0."""
    created_at: datetime
    updated_at: datetime
    """When status or quantity last changed."""
    delivery_window: tuple[datetime, datetime] | None
    """When the seller means to deliver; None: nothing was arranged."""


@dataclass(frozen=True, slots=True)
class RemovalOrder:
    """Units asked back, or to be disposed of: one SKU in one condition."""

    order_id: str
    order_type: str
    """``Return`` or ``Disposal``."""
    status: str
    """``Pending``, ``Processing``, ``Completed`` or ``Cancelled``."""
    sku: str
    fnsku: str
    requested_at: datetime
    updated_at: datetime
    """When Amazon last showed a change."""
    units: int
    cancelled: int
    disposed: int
    shipped: int
    in_process: int
    fee_cents: int | None
    """None until units have left."""
    currency: str


@dataclass(frozen=True, slots=True)
class AwdStock:
    """Units of one SKU at Amazon's distribution centres, and between them and others."""

    sku: str
    available: int
    reserved: int
    """For a replenishment that is being prepared."""
    inbound: int
    """On the way from the supplier."""
    replenishing: int
    """On the way to FBA, whose inbound units they are."""

    @property
    def on_hand(self) -> int:
        """Units that lie in distribution centres."""
        return self.available + self.reserved


@dataclass(frozen=True, slots=True)
class AwdShipment:
    """One shipment of one SKU to a distribution centre."""

    shipment_id: str
    order_id: str
    sku: str
    units: int
    received: int
    status: str
    """``CREATED``, ``SHIPPED``, ``IN_TRANSIT``, ``RECEIVING`` or ``CLOSED``."""
    created_at: datetime
    updated_at: datetime


class McfPart(NamedTuple):
    """Units of a multi-channel order that left one warehouse."""

    fc: str
    units: int
    shipped_at: datetime


class McfItem(NamedTuple):
    """Some units of one SKU in a multi-channel order."""

    item_id: str
    """The seller's."""
    sku: str
    fnsku: str
    units: int
    cancelled: int
    parts: tuple[McfPart, ...]


@dataclass(frozen=True, slots=True)
class McfOrder:
    """A multi-channel order under the seller's own id."""

    order_id: str
    """The seller's."""
    amazon_order_id: str
    marketplace: str
    country: str
    status: str
    """``Received``, ``Processing``, ``Complete``, ``CompletePartialled`` or ``Cancelled``."""
    received_at: datetime
    updated_at: datetime
    items: tuple[McfItem, ...]
