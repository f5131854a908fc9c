"""What the house needs of Amazon to have it send an order from the seller's stock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:  # the whole port is made of this one
    from stockroom.amazon.ports import AmazonAnswer


class OutboundOrders(Protocol):
    """Orders of Fulfillment Outbound 2020-07-01. A write is sent once, never retried."""

    async def mcf_preview(self, body: Mapping[str, Any]) -> AmazonAnswer:
        """What an order would cost and how it would be sent (``payload.fulfillmentPreviews``)."""
        ...

    async def mcf_order(self, order_id: str) -> AmazonAnswer:
        """One order under the seller's id, whole (``payload``); refused with 404 when there is none."""
        ...

    async def create_mcf_order(self, body: Mapping[str, Any]) -> AmazonAnswer:
        """Give an order; it costs money. Refused when there is one under its id."""
        ...

    async def cancel_mcf_order(self, order_id: str) -> AmazonAnswer:
        """Stop an order; refused once picking has begun."""
        ...
