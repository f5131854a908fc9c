"""The entities of Sponsored Products, version 3: what there is of each kind, in Amazon's words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple

from stockroom.simulator.world import SellerWorld
from stockroom.simulator.world.campaigns import PRODUCTS, Campaign
from stockroom.simulator.world.targeting import Aim, aims, is_manual

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of entity.

    Args:
        operations: What Amazon's operations on it are called after.
        path: Where they are.
        name: Of the list in bodies.
        id: Of the field that identifies one.
        media_type: What its bodies are declared as, asked and answered.
        settable: The fields that an update may name.
        rows: Those of one campaign, as the plan has them.
    """

    operations: str
    path: str
    name: str
    id: str
    media_type: str
    settable: frozenset[str]
    rows: Callable[[Run], Iterator[Row]]


class Run(NamedTuple):
    """A campaign as it stands."""

    campaign: Campaign
    starts: date
    paused: bool


def runs(world: SellerWorld, marketplace: str, now: datetime) -> list[Run]:
    """The Sponsored Products campaigns of one marketplace."""
    over = world.store_days(marketplace).days_closed(int(now.timestamp()))
    return [
        Run(one, world.first_day + timedelta(days=one.first_day), one.is_paused_on(over))
        for one in world.advertising(now).campaigns
        if one.kind == PRODUCTS and one.marketplace == marketplace
    ]


def _campaign(run: Run) -> Iterator[Row]:
    campaign = run.campaign
    yield {
        "campaignId": campaign.id,
        "name": campaign.name,
        "targetingType": "MANUAL" if is_manual(campaign) else "AUTO",
        "state": "PAUSED" if run.paused else "ENABLED",
        "startDate": str(run.starts),
        "budget": {"budgetType": "DAILY", "budget": campaign.budget / 100},
        "dynamicBidding": {"strategy": "LEGACY_FOR_SALES", "placementBidding": []},
    }


def _ad_group(run: Run) -> Iterator[Row]:
    campaign = run.campaign
    yield {
        "adGroupId": campaign.ad_group_id,
        "campaignId": campaign.id,
        "name": campaign.ad_group,
        "state": "ENABLED",
        "defaultBid": campaign.bid / 100,
    }


def _keyword(run: Run) -> Iterator[Row]:
    campaign = run.campaign
    for aim in aims(campaign) if is_manual(campaign) else ():
        yield {
            "keywordId": aim.id,
            **_place(aim),
            "keywordText": aim.expression,
            "matchType": aim.match,
        }


def _target(run: Run) -> Iterator[Row]:
    campaign = run.campaign
    for aim in () if is_manual(campaign) else aims(campaign):
        yield {
            "targetId": aim.id,
            **_place(aim),
            "expressionType": "AUTO",
            "expression": [{"type": aim.expression}],
            "resolvedExpression": [{"type": aim.expression}],
        }


def _place(aim: Aim) -> Row:
    # An entity without a bid of its own shows none: the ad group's holds.
    own = {} if aim.bid is None else {"bid": aim.bid / 100}
    campaign = aim.campaign
    return {
        "campaignId": campaign.id,
        "adGroupId": campaign.ad_group_id,
        "state": "ENABLED",
        **own,
    }


def _media(name: str) -> str:
    return f"application/vnd.{name}.v3+json"


KINDS: Final = (
    Kind(
        "Campaigns",
        "/sp/campaigns",
        "campaigns",
        "campaignId",
        _media("spCampaign"),
        frozenset({"name", "state", "budget", "startDate", "endDate", "dynamicBidding", "tags"}),
        _campaign,
    ),
    Kind(
        "AdGroups",
        "/sp/adGroups",
        "adGroups",
        "adGroupId",
        _media("spAdGroup"),
        frozenset({"name", "state", "defaultBid"}),
        _ad_group,
    ),
    Kind(
        "Keywords",
        "/sp/keywords",
        "keywords",
        "keywordId",
        _media("spKeyword"),
        frozenset({"state", "bid"}),
        _keyword,
    ),
    Kind(
        "TargetingClauses",
        "/sp/targets",
        "targetingClauses",
        "targetId",
        _media("spTargetingClause"),
        frozenset({"state", "bid", "expression", "expressionType"}),
        _target,
    ),
)
