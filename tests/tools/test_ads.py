"""Advertising as an agent asks for it: sums, ratios, and money spent on what cannot sell."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.conftest import insert_account
from tests.facts import Facts
from tests.tools.shop import Shop

from stockroom.core.clock import Clock
from stockroom.core.errors import InvalidInputError
from stockroom.db.engine import Database
from stockroom.reports.ads_sb_campaigns import SponsoredBrandCampaign
from stockroom.reports.ads_sd_products import SponsoredDisplay
from stockroom.reports.ads_sp_campaigns import SponsoredProductCampaign
from stockroom.reports.ads_sp_products import SponsoredProduct
from stockroom.spec.fact import Fact, table_of
from stockroom.spec.tool import TargetAccount

TODAY = date(2026, 11, 21)
DAY = timedelta(days=1)
AS_OF = TODAY - DAY


@pytest.fixture(scope="module")
def sellers() -> dict[str, TargetAccount]:
    """The accounts of this file's database, once they are stored."""
    return {}


@pytest.fixture
async def shop(database: Database, clock: Clock, sellers: dict[str, TargetAccount]) -> Shop:
    """Three advertised listings in the US, one of them also in Canada, and a brand campaign."""
    if "harbor" not in sellers:
        sellers["harbor"] = await insert_account(database, clock, "harbor")
        await _advertise(Facts(database, sellers["harbor"], clock))
    return Shop(database, sellers["harbor"], clock)


def ad(model: type[Fact], day: date, campaign: str, cost: str, **more: Any) -> dict[str, Any]:
    """A day of an ad or a campaign: 100 shown for each click, one unit for 10.00 per two of them."""
    clicks = more.pop("clicks", 4)
    columns = table_of(model).c
    row = {
        **{c.name: 0 for c in columns if c.name.startswith(("orders_", "units_", "sales_"))},
        "day": day,
        "marketplace": "US",
        "campaign_id": campaign.removeprefix("C"),
        "campaign": campaign,
        "ordinal": 1,
        "impressions": 100 * clicks,
        "clicks": clicks,
        "cost": Decimal(cost),
        "currency": "USD",
        "ad_group_id": "g",
        "ad_id": more.get("sku", ""),
        "campaign_status": "ENABLED",
        "budget": Decimal(25),
        "orders_14d": clicks // 2,
        "units_14d": clicks // 2,
        "sales_14d": Decimal(10) * (clicks // 2),
    } | more
    return {name: value for name, value in row.items() if name in columns}


def days_of_ads() -> Iterator[tuple[type[Fact], dict[str, Any]]]:
    for age in range(20):
        day = AS_OF - age * DAY
        status = "PAUSED" if age == 0 else "ENABLED"
        for sku, cost in (("S1", "3.00"), ("S2", "1.50")):
            yield SponsoredProduct, ad(SponsoredProduct, day, "C1", cost, sku=sku)
        yield SponsoredDisplay, ad(SponsoredDisplay, day, "C2", "0.50", sku="S1", clicks=2)
        yield (
            SponsoredProduct,
            ad(SponsoredProduct, day, "C3", "2.00", sku="S2", marketplace="CA", currency="CAD"),
        )
        yield (
            SponsoredProductCampaign,
            ad(SponsoredProductCampaign, day, "C1", "4.50", clicks=8, campaign_status=status),
        )
        yield SponsoredBrandCampaign, ad(SponsoredBrandCampaign, day, "C9 Brand", "7.00", clicks=0)


async def _advertise(facts: Facts) -> None:
    days = [AS_OF - age * DAY for age in range(30)]
    for dataset in ("ads_sp_products", "ads_sp_campaigns", "ads_sb_campaigns", "ads_sd_products"):
        facts.covers(dataset, days)
    facts.covers("orders", days)
    facts.covers("inventory", [TODAY])
    for day in days:
        facts.order(day, "S1", 2, item_price=20, currency="USD")
        facts.order(day, "S2", 1, item_price=20, currency="USD")
    facts.inventory(TODAY, "S1", "X1", 0)
    facts.inventory(TODAY, "S2", "X2", 500)
    facts.listing(TODAY, "S1")
    facts.listing(TODAY, "S2")
    for model, row in days_of_ads():
        facts.of(model, row)
    await facts.derive()


async def test_sums_and_ratios_per_sku(shop: Shop) -> None:
    rows = {
        (row["sku"], row["marketplace"]): row
        for row in await shop.records("ads", detail="full", end=AS_OF)
    }
    assert set(rows) == {("S1", "US"), ("S2", "US"), ("S2", "CA")}
    first = rows["S1", "US"]
    assert (first["cost"], first["sales"], first["units"]) == ("70.00", "600.00", 60)
    assert (first["impressions"], first["clicks"]) == (12_000, 120)
    assert (first["acos"], first["ctr"], first["cpc"]) == (0.1167, 0.01, "0.58")
    assert (first["campaign"], first["ad_product"]) == (None, None)
    assert (rows["S2", "US"]["campaign"], rows["S2", "US"]["ad_product"]) == ("C1", "SP")
    assert rows["S2", "CA"]["currency"] == "CAD"


async def test_money_of_two_currencies_is_never_added(shop: Shop) -> None:
    answer = await shop.ask("ads", end=AS_OF)
    totals = [note for note in answer.notes if note.startswith("In all")]
    assert [("CAD" in note, "USD" in note) for note in totals] == [(True, False), (False, True)]
    assert "cost 40.00 CAD" in totals[0]
    assert "cost 100.00 USD" in totals[1]


async def test_campaigns_include_brands_and_their_status_is_the_last_days(shop: Shop) -> None:
    brand, products = await shop.records("ads", by="campaign", detail="full", marketplace="US")
    assert (brand["campaign"], brand["cost"], brand["cpc"]) == ("C9 Brand", "140.00", None)
    assert (products["campaign_status"], products["budget"]) == ("PAUSED", "25.00")
    assert (products["sku"], products["unsellable"]) == (None, [])


async def test_a_campaign_is_found_by_id_or_part_of_its_name(shop: Shop) -> None:
    assert await shop.column("ads", "campaign", by="campaign", campaign="brand") == ["C9 Brand"]
    assert await shop.column("ads", "sku", campaign="2") == ["S1"]


async def test_campaigns_of_a_sku_are_told_apart(shop: Shop) -> None:
    rows = await shop.records("ads", by="campaign", sku="S1", detail="full")
    assert [(row["campaign"], row["sku"], row["cost"]) for row in rows] == [
        ("C1", "S1", "60.00"),
        ("C2", "S1", "10.00"),
    ]


async def test_only_what_cannot_sell_or_soon_runs_out(shop: Shop) -> None:
    (row,) = await shop.records("ads", unsellable_only=True, marketplace="US")
    assert (row["sku"], row["unsellable"]) == ("S1", ["out_of_stock"])
    longer = await shop.records(
        "ads", unsellable_only=True, marketplace="US", sku=["S1", "S2"], lead_time_days=365
    )
    assert [row["sku"] for row in longer] == ["S1"]  # the other's walk ends beyond a year


async def test_days_outside_the_range_are_out(shop: Shop) -> None:
    assert await shop.column("ads", "cost", sku="S1", start=AS_OF, end=AS_OF) == ["3.50"]


async def test_pages_join_without_a_gap(shop: Shop) -> None:
    first = await shop.ask("ads", limit=2)
    second = await shop.ask("ads", limit=2, cursor=first.next_cursor)
    assert [*first.rows, *second.rows] == [*(await shop.ask("ads")).rows]
    with pytest.raises(InvalidInputError, match="another question"):
        await shop.ask("ads", by="campaign", cursor=first.next_cursor)


async def test_nothing_is_explained(shop: Shop) -> None:
    answer = await shop.ask("ads", sku="S9")
    assert any("Not found in this account: S9" in note for note in answer.notes)
    far = await shop.ask("ads", marketplace="DE")
    assert any("does not sell in DE" in note for note in far.notes)


async def test_answers_are_dated_and_say_how_sales_are_credited(shop: Shop) -> None:
    answer = await shop.ask("ads")
    assert answer.as_of["ads_sp_products"] == AS_OF.isoformat()
    assert answer.as_of["inventory"] is not None
    assert any("within 14 days after a click" in note for note in answer.notes)
    assert len(answer.columns) == 14
