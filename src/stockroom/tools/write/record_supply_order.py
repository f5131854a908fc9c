"""``record_supply_order``: what was ordered of a supplier; lead times are learned from what arrived."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from stockroom.core.errors import InvalidInputError
from stockroom.core.scope import Scope
from stockroom.core.text import plain
from stockroom.records.supply_orders import REGISTER
from stockroom.spec.change import Change
from stockroom.spec.tool import Entry, Ground
from stockroom.tools.asked import name_of, readable
from stockroom.tools.filing import filed, iso, not_ahead, sku_warnings, write_filed
from stockroom.tools.own_market import MarketArgument, own_market

_TO_AMAZON = "AMAZON"


class RecordSupplyOrderArguments(BaseModel):
    """One SKU of one order."""

    model_config = ConfigDict(extra="forbid")

    marketplace: MarketArgument
    sku: Annotated[str, Field(max_length=100)]
    reference: Annotated[str, Field(description="Your order number.", max_length=60)]
    units: Annotated[
        int | None, Field(description="Ordered; null: no record.", ge=1, le=10_000_000)
    ]
    ordered_on: date | None = None
    expected_on: date | None = None
    destination: Annotated[
        str | None, Field(description="AMAZON, or a reserve location.", max_length=60)
    ] = None
    units_arrived: Annotated[int | None, Field(ge=0, le=10_000_000)] = None
    arrived_on: Annotated[
        date | None, Field(description="Day of the last units; closes the order.")
    ] = None


class RecordSupplyOrder:
    """Records an order of a supplier."""

    name: ClassVar[str] = "record_supply_order"
    title: ClassVar[str] = "Preview a supply order"
    description: ClassVar[str] = (
        "Previews one SKU of an order with a supplier: units, ordered_on, expected day, and "
        "what arrived. Say all of it each time: it replaces the record. Recorded here once "
        "confirm_change is called; nothing at Amazon changes and nothing is ordered. Not for "
        "shipments to Amazon."
    )
    scope: ClassVar[Scope] = Scope.PLANNING_WRITE
    arguments: ClassVar[type[BaseModel]] = RecordSupplyOrderArguments

    async def plan(self, arguments: RecordSupplyOrderArguments, ground: Ground) -> Change:
        """See :meth:`stockroom.spec.tool.LocalTool.plan`."""
        market = own_market(arguments.marketplace, ground.account)
        sku = readable(arguments.sku, "sku")
        reference = name_of(arguments.reference, "reference")
        not_ahead(arguments.ordered_on, "ordered_on", ground, market)
        not_ahead(arguments.arrived_on, "arrived_on", ground, market)
        units = arguments.units
        said = "no record" if units is None else f"{units} units of {plain(sku, 100)}"
        return await filed(
            self.name,
            REGISTER,
            ground,
            arguments,
            key={"marketplace": market.code, "sku": sku, "reference": reference},
            facts=None if units is None else _facts(arguments, units),
            summary=f"Supply order {plain(reference, 60)} for {market.code}: {said}",
            warnings=await sku_warnings(ground, sku, market),
        )

    async def record(self, change: Change, entry: Entry) -> None:
        """See :meth:`stockroom.spec.tool.LocalTool.record`."""
        await write_filed(REGISTER, change, entry)

    def revert(self, change: Change) -> RecordSupplyOrderArguments:
        """See :meth:`stockroom.spec.tool.LocalTool.revert`."""
        return RecordSupplyOrderArguments(**change.target, **change.before)


def _facts(order: RecordSupplyOrderArguments, units: int) -> dict[str, int | str | None]:
    if order.ordered_on is None:
        raise InvalidInputError(
            "A supply order needs the day on which it was ordered.",
            field="ordered_on",
            next_step="Give ordered_on, e.g. 2026-11-20.",
        )
    for name, day in (("expected_on", order.expected_on), ("arrived_on", order.arrived_on)):
        if day is not None and day < order.ordered_on:
            raise InvalidInputError(
                f"{name} is before ordered_on.", field=name, next_step="Correct one of the days."
            )
    all_of_it = units if order.arrived_on is not None else 0
    return {
        "units": units,
        "units_arrived": all_of_it if order.units_arrived is None else order.units_arrived,
        "ordered_on": iso(order.ordered_on),
        "expected_on": iso(order.expected_on),
        "arrived_on": iso(order.arrived_on),
        "destination": name_of(order.destination or _TO_AMAZON, "destination"),
    }


TOOL = RecordSupplyOrder()
