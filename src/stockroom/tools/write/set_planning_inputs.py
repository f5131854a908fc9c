"""``set_planning_inputs``: the assumptions of planning, for a SKU, a product group, or all of a marketplace."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from stockroom.core.errors import InvalidInputError
from stockroom.core.marketplaces import Marketplace, marketplace
from stockroom.core.scope import Scope
from stockroom.core.text import plain
from stockroom.records.input_kinds import INPUT_KINDS
from stockroom.records.planning_inputs import REGISTER
from stockroom.spec.change import Change
from stockroom.spec.tool import Entry, Ground, Several
from stockroom.tools.filing import sku_warnings
from stockroom.tools.own_market import MarketArgument, own_market
from stockroom.tools.planning_values import (
    UNIT_COST,
    Value,
    check_currency,
    check_scope,
    facts_of,
    shown,
    wanted_inputs,
)

_INPUTS = {
    "type": "object",
    "description": f"Any of {', '.join(INPUT_KINDS)}; null takes a value back.",
}


class SetPlanningInputsArguments(BaseModel):
    """Whom they are for, and what is set."""

    model_config = ConfigDict(extra="forbid")

    marketplace: MarketArgument
    sku: Annotated[
        str | None, Field(description="For one SKU; without it and group: for all.", max_length=100)
    ] = None
    product_group: Annotated[str | None, Field(max_length=60)] = None
    inputs: Annotated[dict[str, Any], Field(min_length=1), WithJsonSchema(_INPUTS)]
    currency: Annotated[str | None, Field(description="Of unit_cost.", max_length=3)] = None


class SetPlanningInputs:
    """Records assumptions."""

    name: ClassVar[str] = "set_planning_inputs"
    title: ClassVar[str] = "Preview planning inputs"
    description: ClassVar[str] = (
        "Previews assumptions such as lead time, MOQ or unit cost for a SKU, a product group or a "
        "whole marketplace. Recorded here once confirm_change is called; nothing at Amazon "
        "changes. Not for stock on hand: record_reserve_stock."
    )
    scope: ClassVar[Scope] = Scope.PLANNING_WRITE
    arguments: ClassVar[type[BaseModel]] = SetPlanningInputsArguments
    several: ClassVar[Several] = Several(
        100, each=("sku", "product_group", "inputs"), named=("sku", "product_group")
    )

    async def plan(self, arguments: SetPlanningInputsArguments, ground: Ground) -> Change:
        """See :meth:`stockroom.spec.tool.LocalTool.plan`."""
        market = own_market(arguments.marketplace, ground.account)
        sku, group = arguments.sku, arguments.product_group
        check_scope(arguments.inputs, sku, group)
        check_currency(arguments.inputs, arguments.currency, market)
        wanted = wanted_inputs(arguments.inputs)
        keys = [_key(market, sku, group, name) for name in wanted]
        on_file = dict(zip(wanted, await REGISTER.read(ground.db, keys), strict=True))
        before = {name: shown(name, found.facts) for name, found in on_file.items()}
        after = {name: value for name, value in wanted.items() if value != before[name]}
        if not after:
            raise InvalidInputError(
                "All of this is on file already.",
                field="inputs",
                next_step="There is nothing to do, unless other values are meant.",
            )
        before = {name: before[name] for name in after}
        whom = {"sku": sku} if sku else {"product_group": group} if group else {}
        return Change(
            tool=self.name,
            account_id=ground.account.id,
            arguments=arguments.model_dump(),
            target={"marketplace": market.code, **whom},
            before=_priced(before, market),
            after=_priced(after, market),
            observed={
                "before": before,
                "versions": {name: on_file[name].version for name in after},
            },
            payload={"inputs": after},
            summary=_summary(before, after, market, sku or group),
            warnings=() if sku is None else await sku_warnings(ground, sku, market),
        )

    async def record(self, change: Change, entry: Entry) -> None:
        """See :meth:`stockroom.spec.tool.LocalTool.record`."""
        market = marketplace(change.target["marketplace"])
        sku, group = change.target.get("sku"), change.target.get("product_group")
        for name, value in change.payload["inputs"].items():
            facts = facts_of(name, value, market)
            await REGISTER.write(entry, _key(market, sku, group, name), facts)

    def revert(self, change: Change) -> SetPlanningInputsArguments:
        """See :meth:`stockroom.spec.tool.LocalTool.revert`."""
        inputs = dict(change.before)
        currency = inputs.pop("currency", None)
        return SetPlanningInputsArguments(**change.target, inputs=inputs, currency=currency)


def _key(market: Marketplace, sku: str | None, group: str | None, name: str) -> dict[str, str]:
    whom = {"sku": sku or "", "product_group": group or ""}
    return {"marketplace": market.code, **whom, "input": name}


def _priced(values: dict[str, Value], market: Marketplace) -> dict[str, Value]:
    """The values, with the currency beside a cost."""
    return values | ({"currency": market.currency} if values.get(UNIT_COST) is not None else {})


def _summary(
    before: dict[str, Value], after: dict[str, Value], market: Marketplace, whom: str | None
) -> str:
    steps = (f"{name} {_word(before[name])} → {_word(value)}" for name, value in after.items())
    of = f" of {plain(whom, 100)}" if whom else ""
    return f"Planning inputs{of} in {market.code}: {', '.join(steps)}"


def _word(value: Value) -> str:
    return "nothing" if value is None else plain(str(value), 60)


TOOL = SetPlanningInputs()
