"""Amazon's statuses of an inbound shipment, by what they mean for stock."""

from __future__ import annotations

COMING = ("SHIPPED", "IN_TRANSIT", "DELIVERED", "CHECKED_IN", "RECEIVING")
"""Units not yet received are on their way: the only ones that cover counts."""
UNDER_WAY = (*COMING, "CLOSED")
"""It has left the seller."""
UNLOADING = ("RECEIVING", "CLOSED")
"""Amazon has begun to count."""
ANNOUNCED = ("WORKING", "READY_TO_SHIP")
"""A plan: nothing has left."""
