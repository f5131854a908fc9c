"""Campaigns and bids through the gate: from the live entity, sent once, read back, put back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
from tests.writes.conftest import MARKET, Bench

from stockroom.amazon.ads_ports import AdsEntity
from stockroom.core.errors import (
    AmazonUnavailableError,
    GuardrailError,
    InvalidInputError,
    NotFoundError,
)
from stockroom.core.marketplaces import MARKETPLACES
from stockroom.core.scope import Scope
from stockroom.simulator.world import Seller, World
from stockroom.simulator.world.campaigns import PRODUCTS, Campaign
from stockroom.simulator.world.targeting import Aim, aims, is_manual
from stockroom.spec.change import Change, Receipt
from stockroom.spec.tool import Ground, WriteTool
from stockroom.tools.ad_entity import wanted_amount
from stockroom.tools.write.edit_campaign import TOOL as EDIT
from stockroom.tools.write.edit_campaign import EditCampaign
from stockroom.tools.write.set_bid import TOOL as BID
from stockroom.writes.models import ChangeRow
from stockroom.writes.shown import Preview

CAPS = [{"measure": measure, "currency": "USD", "max": "9999"} for measure in ("budget", "bid")]
MARKETPLACE = MARKETPLACES[MARKET]


@dataclass
class Manager:
    """A key that may change the advertising, and what there is to change."""

    bench: Bench
    campaigns: list[Campaign]

    @property
    def campaign(self) -> Campaign:
        return self.campaigns[0]

    def aim(self, *, bid: bool) -> Aim:
        """A keyword with or without a bid of its own."""
        return next(
            aim
            for campaign in self.campaigns
            if is_manual(campaign)
            for aim in aims(campaign)
            if (aim.bid is not None) == bid
        )

    async def live(self, kind: AdsEntity, entity_id: str) -> Mapping[str, Any]:
        assert self.bench.amazon.ads is not None
        found = await self.bench.amazon.ads.entity(MARKETPLACE, kind, entity_id)
        assert found is not None
        return found

    async def proposed(self, tool: WriteTool, **arguments: Any) -> Preview:
        asked = {"marketplace": MARKET, **arguments}
        return await self.bench.gate(tool).propose(self.bench.asker, tool.name, asked)

    async def edited(self, **arguments: Any) -> Preview:
        return await self.proposed(EDIT, campaign=self.campaign.id, **arguments)

    async def carried_out(self, tool: WriteTool, preview: Preview) -> ChangeRow:
        bench, gate = self.bench, self.bench.gate(tool)
        await gate.confirm(bench.asker, preview.id, preview.fingerprint)
        await gate.execute(bench.account.id, preview.id)
        bench.clock.move(30)
        await gate.verify(bench.account.id, preview.id)
        return await bench.row(preview.id)

    async def calls(self, operation: str) -> int:
        log = await self.bench.http.get(
            f"{self.bench.simulator}/_log", params={"operation": operation}
        )
        return len(log.json())


@pytest.fixture
async def manager(bench: Bench, world: World, seller: Seller) -> Manager:
    scopes = [Scope.ADS_WRITE, Scope.CONFIRM]
    await bench.set_key(scopes=scopes)
    limits = {**bench.asker.limits, "rules": CAPS}
    await bench.set_key(limits=limits)
    bench.asker = replace(bench.asker, scopes=frozenset(scopes), limits=limits)
    plan = world.seller(seller.slug).advertising(bench.clock.now()).campaigns
    found = [one for one in plan if (one.kind, one.marketplace) == (PRODUCTS, MARKET)]
    return Manager(bench, found)


def dollars(cents: int) -> str:
    return f"{cents / 100:.2f}"


# --- campaigns --------------------------------------------------------------------------------------


async def test_a_budget_is_changed_alone_and_can_be_put_back(manager: Manager) -> None:
    old = dollars(manager.campaign.budget)
    preview = await manager.edited(daily_budget="55.50", currency="USD")
    assert preview.before == {"daily_budget": old, "currency": "USD"}
    assert preview.after == {"daily_budget": "55.50", "currency": "USD"}
    row = await manager.carried_out(EDIT, preview)

    assert (row.state, row.measures["budget"]) == ("verified", "55.50")
    live = await manager.live(AdsEntity.CAMPAIGN, manager.campaign.id)
    assert live["budget"] == {"budgetType": "DAILY", "budget": 55.5}
    assert live["name"] == manager.campaign.name
    assert await manager.calls("updateSponsoredProductsCampaigns") == 1

    undo = await manager.bench.gate(EDIT).revert(manager.bench.asker, preview.id)
    assert undo.after == preview.before
    assert (await manager.carried_out(EDIT, undo)).state == "verified"


async def test_a_campaign_is_paused_renamed_and_ended_in_one_change(manager: Manager) -> None:
    asked = {"state": "PAUSED", "name": "ignore the above", "end_date": "2026-12-31"}
    preview = await manager.edited(**asked)
    assert preview.before == {
        "state": "ENABLED",
        "name": manager.campaign.name,
        "end_date": "none",
    }
    assert "ignore the above" not in preview.summary
    assert (await manager.carried_out(EDIT, preview)).state == "verified"

    undo = await manager.bench.gate(EDIT).revert(manager.bench.asker, preview.id)
    assert (await manager.carried_out(EDIT, undo)).state == "verified"
    live = await manager.live(AdsEntity.CAMPAIGN, manager.campaign.id)
    assert (live["state"], live.get("endDate")) == ("ENABLED", None)


async def test_a_key_confirms_later_spending_only_under_a_cap_of_its_own(manager: Manager) -> None:
    bench = manager.bench
    bench.asker = replace(bench.asker, limits={"changes_per_day": 9})
    dearer = await manager.edited(daily_budget="55.50", currency="USD")
    with pytest.raises(GuardrailError, match="no max for budget"):
        await bench.gate(EDIT).confirm(bench.asker, dearer.id, dearer.fingerprint)
    paused = await manager.edited(state="PAUSED")
    assert (await manager.carried_out(EDIT, paused)).state == "verified"


async def test_a_limit_on_budgets_never_forbids_to_pause(manager: Manager) -> None:
    for limited in ({"tool": "edit_campaign"}, {}):
        rule = {**limited, "measure": "budget", "currency": "USD", "max": "1"}
        await manager.bench.set_account(settings={"limits": {"rules": [rule]}})
        assert (await manager.edited(state="PAUSED")).after == {"state": "PAUSED"}
        with pytest.raises(GuardrailError, match="budget at most 1"):
            await manager.edited(daily_budget="2", currency="USD")


async def test_a_campaign_that_moved_after_the_preview_is_left_alone(manager: Manager) -> None:
    preview = await manager.edited(state="PAUSED")
    await manager.bench.gate(EDIT).confirm(manager.bench.asker, preview.id, preview.fingerprint)
    assert manager.bench.amazon.ads is not None
    fields = {"campaignId": manager.campaign.id, "name": "Somebody else's"}
    await manager.bench.amazon.ads.update_entity(MARKETPLACE, AdsEntity.CAMPAIGN, fields)
    manager.bench.clock.move(30)
    await manager.bench.gate(EDIT).execute(manager.bench.account.id, preview.id)
    row = await manager.bench.row(preview.id)
    assert (row.state, row.problem_kind) == ("blocked", "stale")


async def test_what_amazon_refuses_of_an_update_ends_it_with_its_words(manager: Manager) -> None:
    class Cheap(EditCampaign):
        async def execute(self, change: Change, ground: Ground) -> Receipt:
            budget = {"budgetType": "DAILY", "budget": 0.5}
            payload = {**change.payload, "budget": budget}
            return await super().execute(replace(change, payload=payload), ground)

    preview = await manager.edited(daily_budget="33.00", currency="USD")
    row = await manager.carried_out(Cheap(), preview)
    assert row.state == "rejected"
    assert row.amazon_says[0].startswith("rangeError: ")


async def test_an_update_whose_answer_never_came_is_settled_by_reading_back(
    manager: Manager,
) -> None:
    class Deaf(EditCampaign):
        async def execute(self, change: Change, ground: Ground) -> Receipt:
            await super().execute(change, ground)
            raise AmazonUnavailableError("no answer", status=0)

    row = await manager.carried_out(Deaf(), await manager.edited(state="PAUSED"))
    assert row.state == "verified"
    assert await manager.calls("updateSponsoredProductsCampaigns") == 1


IMPOSSIBLE: tuple[tuple[dict[str, str], str | None], ...] = (
    ({"daily_budget": "0", "currency": "USD"}, "daily_budget"),
    ({"daily_budget": "20.005", "currency": "USD"}, "daily_budget"),
    ({"daily_budget": "20"}, "currency"),
    ({"daily_budget": "20", "currency": "EUR"}, "currency"),
    ({"state": "ENABLED"}, None),
    ({"start_date": "2026-12-24"}, "start_date"),
    ({"end_date": "2026-11-01"}, "end_date"),
    ({"end_date": "2026-13-01"}, "end_date"),
    ({"state": "ARCHIVED"}, "state"),
)


async def test_a_campaign_change_that_cannot_be_is_named(manager: Manager) -> None:
    for asked, field in IMPOSSIBLE:
        with pytest.raises(InvalidInputError) as refused:
            await manager.edited(**asked)
        assert (refused.value.field or "").partition(".")[0] == (field or ""), asked
    assert await manager.calls("updateSponsoredProductsCampaigns") == 0


async def test_a_campaign_of_another_marketplace_or_product_is_not_found(
    manager: Manager, world: World, seller: Seller
) -> None:
    plan = world.seller(seller.slug).advertising(manager.bench.clock.now()).campaigns
    strangers = [one for one in plan if one not in manager.campaigns]
    assert {one.kind for one in strangers} > {PRODUCTS}
    for one in (strangers[0], strangers[-1]):
        with pytest.raises(NotFoundError):
            await manager.proposed(EDIT, campaign=one.id, state="PAUSED")


async def test_an_account_without_advertising_is_told_how_to_connect_it(
    manager: Manager,
) -> None:
    bench = manager.bench

    class Unconnected:
        ads = None

    unconnected: Any = Unconnected()
    gate = bench.gate(EDIT, amazon=unconnected)
    asked = {"marketplace": MARKET, "campaign": "1", "state": "PAUSED"}
    with pytest.raises(InvalidInputError, match="not connected"):
        await gate.propose(bench.asker, EDIT.name, asked)


# --- bids ---------------------------------------------------------------------------------------------


async def test_a_keywords_bid_is_changed_and_put_back(manager: Manager) -> None:
    aim = manager.aim(bid=True)
    assert aim.bid is not None
    asked = {"kind": "keyword", "id": aim.id, "currency": "USD"}
    preview = await manager.proposed(BID, bid=dollars(aim.bid + 7), **asked)
    assert preview.before["bid"] == dollars(aim.bid)
    row = await manager.carried_out(BID, preview)
    assert (row.state, row.measures["bid"]) == ("verified", dollars(aim.bid + 7))

    undo = await manager.bench.gate(BID).revert(manager.bench.asker, preview.id)
    assert (await manager.carried_out(BID, undo)).state == "verified"
    assert (await manager.live(AdsEntity.KEYWORD, aim.id))["bid"] == aim.bid / 100


async def test_an_inherited_bid_is_shown_and_cannot_be_put_back(manager: Manager) -> None:
    aim = manager.aim(bid=False)
    asked = {"kind": "keyword", "id": aim.id, "bid": "1.23", "currency": "USD"}
    preview = await manager.proposed(BID, **asked)
    assert preview.before == {
        "bid": dollars(aim.campaign.bid),
        "currency": "USD",
        "inherited": True,
    }
    assert (await manager.carried_out(BID, preview)).state == "verified"
    with pytest.raises(InvalidInputError, match="cannot be undone"):
        await manager.bench.gate(BID).revert(manager.bench.asker, preview.id)


async def test_targets_and_ad_groups_have_bids_of_their_own(manager: Manager) -> None:
    automatic = next(one for one in manager.campaigns if not is_manual(one))
    for kind, id_ in (("target", aims(automatic)[0].id), ("ad_group", automatic.ad_group_id)):
        preview = await manager.proposed(BID, kind=kind, id=id_, bid="2.22", currency="USD")
        assert (await manager.carried_out(BID, preview)).state == "verified"
    assert (await manager.live(AdsEntity.AD_GROUP, automatic.ad_group_id))["defaultBid"] == 2.22


async def test_a_bid_that_is_none_or_outside_of_the_houses_bounds_is_refused(
    manager: Manager,
) -> None:
    aim = manager.aim(bid=True)
    for bid in ("0", "0.755"):
        with pytest.raises(InvalidInputError) as refused:
            await manager.proposed(BID, kind="keyword", id=aim.id, bid=bid, currency="USD")
        assert refused.value.field == "bid"
    for bid in ("0.01", "100.01"):
        with pytest.raises(GuardrailError, match="bid at"):
            await manager.proposed(BID, kind="keyword", id=aim.id, bid=bid, currency="USD")


def test_an_amount_in_yen_is_bounded_by_what_the_house_allows_in_yen() -> None:
    japan = MARKETPLACES["JP"]
    assert wanted_amount("150", japan, "bid") == 150
    assert wanted_amount("1000000", japan, "daily_budget") == 1_000_000
    with pytest.raises(InvalidInputError, match="at most 0 decimals"):
        wanted_amount("150.5", japan, "bid")
