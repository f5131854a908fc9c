"""What the house needs of Amazon to plan shipments to its warehouses.

Nearly every write here is taken first and done later: its answer names an
operation, and the operation's own answer says how it ended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from stockroom.core.marketplaces import Marketplace

if TYPE_CHECKING:  # the whole port is made of this one
    from stockroom.amazon.ports import AmazonAnswer

Row = Mapping[str, Any]


class InboundPlanning(Protocol):
    """Plans of Fulfillment Inbound 2024-03-20. A write is sent once, never retried."""

    async def prep_details(self, marketplace: Marketplace, skus: Sequence[str]) -> list[Row]:
        """What each SKU needs before it is sent (``mskuPrepDetails``); refused for an unknown SKU."""
        ...

    async def plans_made_since(self, since: datetime) -> list[Row]:
        """Plans created since then (``inboundPlans``), the newest first."""
        ...

    async def inbound_plan(self, plan_id: str) -> AmazonAnswer:
        """One plan, with the ids of what is offered for it and of its shipments."""
        ...

    async def inbound_plan_items(self, plan_id: str) -> list[Row]:
        """What is in a plan (``items``); nothing until it was made."""
        ...

    async def inbound_shipment(self, plan_id: str, shipment_id: str) -> AmazonAnswer:
        """One shipment of a plan."""
        ...

    async def inbound_operation(self, operation_id: str) -> AmazonAnswer:
        """How a write goes: ``operationStatus`` and ``operationProblems``."""
        ...

    async def packing_options(self, plan_id: str) -> list[Row]:
        """Ways to pack a plan (``packingOptions``), once they were generated."""
        ...

    async def placement_options(self, plan_id: str) -> list[Row]:
        """Ways to split a plan (``placementOptions``) with fees, once they were generated."""
        ...

    async def transportation_options(self, plan_id: str, placement_id: str) -> list[Row]:
        """Ways to send the shipments of one placement option (``transportationOptions``).

        Nothing until they were generated for it.
        """
        ...

    async def generate_packing_options(self, plan_id: str) -> AmazonAnswer:
        """Have ways to pack worked out; commits to nothing."""
        ...

    async def generate_placement_options(self, plan_id: str) -> AmazonAnswer:
        """Have ways to split worked out; commits to nothing."""
        ...

    async def generate_transportation_options(
        self, plan_id: str, body: Mapping[str, Any]
    ) -> AmazonAnswer:
        """Have ways to send worked out; commits to nothing."""
        ...

    async def create_inbound_plan(self, body: Mapping[str, Any]) -> AmazonAnswer:
        """Make a plan: ``inboundPlanId`` and the operation that makes it."""
        ...

    async def confirm_packing_option(self, plan_id: str, option_id: str) -> AmazonAnswer:
        """Choose how to pack."""
        ...

    async def confirm_placement_option(self, plan_id: str, option_id: str) -> AmazonAnswer:
        """Choose how to split, for good; it can cost money."""
        ...

    async def confirm_transportation_options(
        self, plan_id: str, body: Mapping[str, Any]
    ) -> AmazonAnswer:
        """Choose who carries every shipment; it can cost money."""
        ...

    async def cancel_inbound_plan(self, plan_id: str) -> AmazonAnswer:
        """Void a plan; a carriage past its void window is charged."""
        ...
