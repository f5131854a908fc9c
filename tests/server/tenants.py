"""Three organisations with five accounts; beside each other in every table that is read.

Every name that is stored carries the mark of its owner, so a leak shows itself.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID, uuid4

import psycopg
from psycopg.types.json import Jsonb
from tests.facts import Facts

from stockroom.core.marketplaces import Region
from stockroom.entrypoints.house import House
from stockroom.spec.tool import TargetAccount
from stockroom.tenancy.principal import KnownAccount
from stockroom.tenancy.registry import NewAccount

TODAY = date(2026, 11, 21)
DAY = timedelta(days=1)
REGIONS = {Region.NA: ("US", "CA"), Region.EU: ("DE", "FR")}
SELLERS = (
    ("agency", "alpha", Region.NA),
    ("agency", "beta", Region.EU),
    ("rival", "gamma", Region.NA),
    ("rival", "delta", Region.EU),
    ("single", "omega", Region.NA),
)


@dataclass
class Seller:
    """One account, and what is known to be its own."""

    organisation: str
    account: KnownAccount
    marks: dict[str, str]
    """Country code → the mark in everything that is stored there."""
    changes: dict[str, UUID] = field(default_factory=dict)
    cursors: list[str] = field(default_factory=list)
    keys: list[UUID] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        slug = self.account.slug
        own = (self.account.id, self.account.organisation_id)
        return [self.organisation, slug, slug.title(), *map(str, own)]


async def settled(house: House) -> dict[str, Seller]:
    """The five sellers, each with its stock, orders and changes."""
    found = {}
    for number, (organisation, slug, region) in enumerate(SELLERS):
        owner = await house.registry.organisation(f"Org-{organisation}")
        codes = REGIONS[region]
        new = NewAccount(slug, slug.title(), f"A{slug.upper()}", region, codes, "grant")
        await house.registry.add_account(owner, new)
        account = await house.registry.account(slug)
        marks = {code: f"Q{number}{code}Q" for code in codes}
        found[slug] = Seller(f"Org-{organisation}", account, marks)
        await _stock_up(house, found[slug])
        _changes(house, found[slug])
    return found


async def _stock_up(house: House, seller: Seller) -> None:
    account = seller.account
    target = TargetAccount(account.id, account.slug, "A", account.region, account.marketplaces)
    facts = Facts(house.database, target, house.clock)
    days = [TODAY - k * DAY for k in range(1, 15)]
    for dataset in ("orders", "ledger_summary", "ledger_detail", "returns", "reimbursements"):
        facts.covers(dataset, days)
    for dataset in ("inbound_shipments", "inbound_items"):
        facts.covers(dataset, [TODAY])
    for code, mark in seller.marks.items():
        _listed(facts, code, mark, days)
    await facts.derive()


def _listed(facts: Facts, code: str, mark: str, days: list[date]) -> None:
    network = "EU" if code in {"DE", "FR"} else f"NA_{code}"
    for dataset in ("inventory", "listings", "inventory_planning"):
        facts.covers(dataset, [TODAY], code)
    for sku in (f"SKU-{mark}", f"SKU2-{mark}"):
        facts.inventory(TODAY, sku, f"X{sku}", 9, code)
        facts.listing(TODAY, sku, code, asin=f"B0{mark}", title=f"Title {mark}", fnsku=f"X{sku}")
        facts.planned(TODAY, sku, code)
        facts.shipment(TODAY, f"FBA{sku}", "SHIPPED", marketplace=code, network=network, name=mark)
        facts.item(TODAY, f"FBA{sku}", sku, 7)
        for number, day in enumerate(days[:3]):
            order = f"O{number}-{sku}"
            facts.order(day, sku, 1, code, order_id=order)
            facts.event(day, f"X{sku}", -1, sku=sku, network=network, country=code)
            facts.returned(day, sku, 1, order_id=order, reason=mark)
            facts.reimbursed(day, sku, "3.00", order_id=order)


def _changes(house: House, seller: Seller) -> None:
    place = house.database.place
    with psycopg.connect(place.conninfo(place.admin)) as owner:
        for number, (code, mark) in enumerate(seller.marks.items(), start=1):
            seller.changes[code] = uuid4()
            owner.execute(
                "insert into app.changes (account_id, id, tool, state, fingerprint, arguments, target,"
                " before, after, observed, payload, measures, summary, warnings, reversible,"
                " proposed_by, proposed_at, expires_at) values (%s, %s, 'set_price', 'proposed', 'f',"
                " '{}', %s, '{}', '{}', '{}', '{}', '{}', %s, '{}', true, '{}', now(), now())",
                (
                    *(seller.account.id, seller.changes[code]),
                    *(Jsonb({"marketplace": code, "sku": f"SKU-{mark}"}), f"Of {mark}"),
                ),
            )
            owner.execute(
                "insert into app.audit values (%s, %s, now(), %s, 'proposed', %s, '{}', '', '')",
                (seller.account.id, number + 1000, f"key {mark}", seller.changes[code]),
            )


def secrets_from(
    sellers: Mapping[str, Seller], reached_slugs: Collection[str], codes: Collection[str] | None
) -> set[str]:
    """Everything that must not come back to who reaches those accounts, in those marketplaces."""
    found: set[str] = set()
    own = {name for slug in reached_slugs for name in sellers[slug].names}
    for slug, one in sellers.items():
        reached = slug in reached_slugs
        if not reached:
            found |= {*one.names, *map(str, one.keys)} - own
        for code, mark in one.marks.items():
            if not reached or (codes and code not in codes):
                found |= {mark, str(one.changes[code])}
    return found


_NOBODYS = str.maketrans("abcdef", "bcdefa")


def blurred(text: str, strange: set[str]) -> str:
    """With every strange name spelled as one that nobody has, each as another."""
    for name in sorted(strange):
        text = text.replace(name, name.replace("Q", "W").translate(_NOBODYS))
    return text
