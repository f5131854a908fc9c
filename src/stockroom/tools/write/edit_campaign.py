"""``edit_campaign``: a Sponsored Products campaign's state, daily budget, name and dates.

Only what differs from the live campaign is sent, so that nothing else of it moves.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from stockroom.amazon.ads_ports import AdsEntity
from stockroom.core.errors import InvalidInputError
from stockroom.core.marketplaces import Marketplace, marketplace
from stockroom.core.scope import Scope
from stockroom.core.text import plain
from stockroom.spec.change import Change, Receipt, Seen, Verdict
from stockroom.spec.measures import Measure
from stockroom.spec.tool import Ground
from stockroom.tools.ad_entity import (
    AmountArgument,
    CurrencyArgument,
    EntityId,
    check_currency,
    read_entity,
    update,
    wanted_amount,
)
from stockroom.tools.campaign_edit import Campaign, check_dates, measures, told, warnings
from stockroom.tools.offer import spelled
from stockroom.tools.own_market import MarketArgument, own_market

_DAILY = "DAILY"


class EditCampaignArguments(BaseModel):
    """One campaign, and what of it should change."""

    model_config = ConfigDict(extra="forbid")

    marketplace: MarketArgument
    campaign: Annotated[EntityId, Field(description="campaign_id of ads (detail full).")]
    state: Literal["ENABLED", "PAUSED"] | None = None
    daily_budget: AmountArgument | None = None
    currency: Annotated[CurrencyArgument | None, Field(description="With daily_budget.")] = None
    name: Annotated[str | None, Field(min_length=1, max_length=128)] = None
    start_date: date | None = None
    end_date: Annotated[
        date | Literal["none"] | None, Field(description='Last day; "none" to run on.')
    ] = None


class EditCampaign:
    """Changes one campaign of Sponsored Products."""

    name: ClassVar[str] = "edit_campaign"
    title: ClassVar[str] = "Preview a campaign change"
    description: ClassVar[str] = (
        "Previews pausing or enabling a Sponsored Products campaign, its daily budget, "
        "name or dates. Nothing at Amazon changes until confirm_change. Not for bids "
        "(set_bid), nor for other ad products."
    )
    scope: ClassVar[Scope] = Scope.ADS_WRITE
    arguments: ClassVar[type[BaseModel]] = EditCampaignArguments
    spends_later: ClassVar[Measure] = Measure.BUDGET

    async def plan(self, arguments: EditCampaignArguments, ground: Ground) -> Change:
        """See :meth:`stockroom.spec.tool.WriteTool.plan`."""
        market = own_market(arguments.marketplace, ground.account)
        wanted = _wanted(arguments, market)
        row = await read_entity(ground, market, AdsEntity.CAMPAIGN, arguments.campaign)
        campaign = Campaign.read(row, market)
        new = campaign.changed(wanted)
        check_dates(campaign, new, ground.clock.now().astimezone(market.zone).date())
        _check_budget_type(campaign, new)
        budget = Decimal(new.get("daily_budget", campaign.budget))
        old = {name: campaign.values[name] for name in new}
        money = {"currency": market.currency} if "daily_budget" in new else {}
        return Change(
            tool=self.name,
            account_id=ground.account.id,
            arguments=arguments.model_dump(mode="json"),
            target={"marketplace": market.code, "campaign": campaign.id},
            before=old | money,
            after=new | money,
            observed={"campaign": campaign.id, **campaign.values},
            payload=campaign.fields(new),
            summary=f"Campaign {campaign.id} in {market.code}: "
            + ", ".join(told(campaign, new, market.currency)),
            warnings=tuple(warnings(campaign, budget, new, market)),
            measures=measures(campaign, new, budget, market),
        )

    async def execute(self, change: Change, ground: Ground) -> Receipt:
        """See :meth:`stockroom.spec.tool.WriteTool.execute`."""
        return await update(ground, _market(change), AdsEntity.CAMPAIGN, change.payload)

    async def verify(self, change: Change, ground: Ground) -> Verdict:
        """See :meth:`stockroom.spec.tool.WriteTool.verify`."""
        market, campaign_id = _market(change), change.target["campaign"]
        row = await read_entity(ground, market, AdsEntity.CAMPAIGN, campaign_id)
        shown = {**Campaign.read(row, market).values, "currency": market.currency}
        live = {name: shown[name] for name in change.after}
        return Verdict(Seen.APPLIED if live == dict(change.after) else Seen.PENDING, live)

    def revert(self, change: Change) -> EditCampaignArguments:
        """See :meth:`stockroom.spec.tool.WriteTool.revert`."""
        return EditCampaignArguments(**change.target, **change.before)


def _market(change: Change) -> Marketplace:
    return marketplace(change.target["marketplace"])


def _wanted(arguments: EditCampaignArguments, market: Marketplace) -> dict[str, Any]:
    """What was asked for, spelled as the live values are."""
    asked = arguments.model_dump(mode="json", include={"state", "start_date", "end_date"})
    if arguments.name is not None:
        asked["name"] = plain(arguments.name)
    if arguments.daily_budget is None and arguments.currency is None:
        return asked
    check_currency(arguments.currency, market)
    if arguments.daily_budget is None:
        return asked
    amount = wanted_amount(arguments.daily_budget, market, "daily_budget")
    return {**asked, "daily_budget": spelled(amount, market.currency)}


def _check_budget_type(campaign: Campaign, new: dict[str, str]) -> None:
    if "daily_budget" in new and campaign.budget_type != _DAILY:
        raise InvalidInputError(
            f"The budget of campaign {campaign.id} is not a daily one.",
            field="daily_budget",
            next_step="Change it in the advertising console.",
        )


TOOL = EditCampaign()
