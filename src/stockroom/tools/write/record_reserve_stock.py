"""``record_reserve_stock``: what lies with the seller or a third party, as somebody counted it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from stockroom.core.scope import Scope
from stockroom.core.text import plain
from stockroom.records.reserve_stock import REGISTER
from stockroom.spec.change import Change
from stockroom.spec.tool import Entry, Ground
from stockroom.tools.asked import name_of, readable
from stockroom.tools.filing import filed, iso, not_ahead, sku_warnings, write_filed
from stockroom.tools.own_market import MarketArgument, own_market


class RecordReserveStockArguments(BaseModel):
    """One SKU at one place."""

    model_config = ConfigDict(extra="forbid")

    marketplace: MarketArgument
    sku: Annotated[str, Field(max_length=100)]
    location: Annotated[str, Field(description="Your name of the place.", max_length=60)]
    units: Annotated[
        int | None, Field(description="All that lies there; null: no record.", ge=0, le=10_000_000)
    ]
    counted_on: Annotated[date | None, Field(description="Default: today.")] = None
    days_to_amazon: Annotated[
        int | None, Field(description="From there to sellable.", ge=0, le=365)
    ] = None


class RecordReserveStock:
    """Records units outside Amazon."""

    name: ClassVar[str] = "record_reserve_stock"
    title: ClassVar[str] = "Preview a reserve stock count"
    description: ClassVar[str] = (
        "Previews the count of a SKU at a 3PL or warehouse of the seller; it replaces the last "
        "count there. Recorded here once confirm_change is called; nothing at Amazon changes. Not "
        "for stock at Amazon or AWD, which is synced."
    )
    scope: ClassVar[Scope] = Scope.PLANNING_WRITE
    arguments: ClassVar[type[BaseModel]] = RecordReserveStockArguments

    async def plan(self, arguments: RecordReserveStockArguments, ground: Ground) -> Change:
        """See :meth:`stockroom.spec.tool.LocalTool.plan`."""
        market = own_market(arguments.marketplace, ground.account)
        sku = readable(arguments.sku, "sku")
        location = name_of(arguments.location, "location")
        not_ahead(arguments.counted_on, "counted_on", ground, market)
        units = arguments.units
        facts = {
            "units": units,
            "counted_on": iso(arguments.counted_on or ground.clock.today(market.zone)),
            "days_to_amazon": arguments.days_to_amazon,
        }
        said = "no record" if units is None else f"{units} units"
        return await filed(
            self.name,
            REGISTER,
            ground,
            arguments,
            key={"marketplace": market.code, "sku": sku, "location": location},
            facts=None if units is None else facts,
            summary=f"Reserve of {plain(sku, 100)} for {market.code} at {plain(location, 60)}: {said}",
            warnings=await sku_warnings(ground, sku, market),
        )

    async def record(self, change: Change, entry: Entry) -> None:
        """See :meth:`stockroom.spec.tool.LocalTool.record`."""
        await write_filed(REGISTER, change, entry)

    def revert(self, change: Change) -> RecordReserveStockArguments:
        """See :meth:`stockroom.spec.tool.LocalTool.revert`."""
        return RecordReserveStockArguments(**change.target, **change.before)


TOOL = RecordReserveStock()
