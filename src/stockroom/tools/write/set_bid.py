"""``set_bid``: what a click may cost, for a keyword, a target, or an ad group's default.

A keyword or target without a bid of its own takes the ad group's. Once it has one, that
can be changed and not taken away: such a change cannot be put back.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from stockroom.amazon.ads_ports import AdsEntity
from stockroom.core.errors import InvalidInputError
from stockroom.core.marketplaces import Marketplace, marketplace
from stockroom.core.scope import Scope
from stockroom.spec.change import Change, Receipt, Seen, Verdict
from stockroom.spec.measures import Measure
from stockroom.spec.tool import Ground, Several
from stockroom.tools.ad_entity import (
    AmountArgument,
    CurrencyArgument,
    EntityId,
    check_currency,
    live_amount,
    read_entity,
    update,
    wanted_amount,
)
from stockroom.tools.offer import spelled
from stockroom.tools.own_market import MarketArgument, own_market
from stockroom.tools.price_rules import relative_change

_KINDS = {
    "keyword": AdsEntity.KEYWORD,
    "target": AdsEntity.TARGET,
    "ad_group": AdsEntity.AD_GROUP,
}
_FIELDS = {"keyword": "bid", "target": "bid", "ad_group": "defaultBid"}
_INHERITED = (
    "It has no bid of its own now and takes the ad group's. A bid once set can be changed but not "
    "taken away."
)


class SetBidArguments(BaseModel):
    """One bid."""

    model_config = ConfigDict(extra="forbid")

    marketplace: MarketArgument
    kind: Literal["keyword", "target", "ad_group"]
    id: Annotated[EntityId, Field(description="Amazon's id of it, from its console.")]
    bid: AmountArgument
    currency: CurrencyArgument


class SetBid:
    """Changes one bid of Sponsored Products."""

    name: ClassVar[str] = "set_bid"
    title: ClassVar[str] = "Preview a bid change"
    description: ClassVar[str] = (
        "Previews the bid of a Sponsored Products keyword or target, or an ad group's default bid. "
        "Nothing at Amazon changes until confirm_change. Not for budgets or pausing "
        "(edit_campaign), nor for other ad products."
    )
    scope: ClassVar[Scope] = Scope.ADS_WRITE
    arguments: ClassVar[type[BaseModel]] = SetBidArguments
    spends_later: ClassVar[Measure] = Measure.BID
    several: ClassVar[Several] = Several(100, each=("kind", "id", "bid"), named=("kind", "id"))

    async def plan(self, arguments: SetBidArguments, ground: Ground) -> Change:
        """See :meth:`stockroom.spec.tool.WriteTool.plan`."""
        market = own_market(arguments.marketplace, ground.account)
        check_currency(arguments.currency, market)
        bid = wanted_amount(arguments.bid, market, "bid")
        kind, field = _KINDS[arguments.kind], _FIELDS[arguments.kind]
        row = await read_entity(ground, market, kind, arguments.id)
        own = None if row.get(field) is None else live_amount(row[field])
        current = own or await _inherited(ground, market, row)
        _check_other(own, bid, market)
        old, new = spelled(current, market.currency), spelled(bid, market.currency)
        subject = {"marketplace": market.code, "kind": arguments.kind, "id": arguments.id}
        return Change(
            tool=self.name,
            account_id=ground.account.id,
            arguments=arguments.model_dump(),
            target=subject,
            before={"bid": old, "currency": market.currency, "inherited": own is None},
            after={"bid": new, "currency": market.currency, "inherited": False},
            observed={**subject, "bid": old, "inherited": own is None, "state": row.get("state")},
            payload={kind.value.id: arguments.id, field: float(bid)},
            summary=f"Bid of {arguments.kind} {arguments.id} in {market.code}: "
            f"{old} → {new} {market.currency}",
            warnings=(_INHERITED,) if own is None else (),
            measures={
                "bid": new,
                "currency": market.currency,
                "relative_change": relative_change(current, bid),
            },
            reversible=own is not None,
        )

    async def execute(self, change: Change, ground: Ground) -> Receipt:
        """See :meth:`stockroom.spec.tool.WriteTool.execute`."""
        kind = _KINDS[change.target["kind"]]
        return await update(ground, _market(change), kind, change.payload)

    async def verify(self, change: Change, ground: Ground) -> Verdict:
        """See :meth:`stockroom.spec.tool.WriteTool.verify`."""
        kind, market = change.target["kind"], _market(change)
        row = await read_entity(ground, market, _KINDS[kind], change.target["id"])
        value = row.get(_FIELDS[kind])
        shown = None if value is None else spelled(live_amount(value), market.currency)
        live = {"bid": shown, "currency": market.currency}
        return Verdict(Seen.APPLIED if shown == change.after["bid"] else Seen.PENDING, live)

    def revert(self, change: Change) -> SetBidArguments:
        """See :meth:`stockroom.spec.tool.WriteTool.revert`."""
        old: dict[str, Any] = {name: change.before[name] for name in ("bid", "currency")}
        return SetBidArguments(**change.target, **old)


def _market(change: Change) -> Marketplace:
    return marketplace(change.target["marketplace"])


async def _inherited(ground: Ground, market: Marketplace, row: Any) -> Decimal:
    group = await read_entity(ground, market, AdsEntity.AD_GROUP, str(row.get("adGroupId")))
    return live_amount(group.get("defaultBid"))


def _check_other(own: Decimal | None, bid: Decimal, market: Marketplace) -> None:
    if own == bid:
        raise InvalidInputError(
            f"The bid is already {spelled(bid, market.currency)} {market.currency}.",
            field="bid",
            next_step="There is nothing to do, unless another bid is meant.",
        )


TOOL = SetBid()
