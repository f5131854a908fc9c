"""One database per file of tests, with three sellers whose names, SKUs and words are told apart."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from argon2 import PasswordHasher
from sqlalchemy import insert
from tests.facts import Facts
from tests.lending import Lender, Lent
from tests.server.web.conftest import Browser, Join

from stockroom.core.clock import FixedClock
from stockroom.core.config import Settings
from stockroom.core.ids import uuid7
from stockroom.core.marketplaces import Region
from stockroom.core.scope import READ_SCOPES
from stockroom.db.engine import Database
from stockroom.entrypoints.house import House, furnished
from stockroom.spec.fact import table_of
from stockroom.spec.run import Run
from stockroom.tenancy.home_secrets import key_pepper
from stockroom.tenancy.issuing import NewKey
from stockroom.tenancy.passwords import Passwords
from stockroom.tenancy.reception import Reception
from stockroom.tenancy.registry import NewAccount
from stockroom.tenancy.roles import Role
from stockroom.writes.audit import journal
from stockroom.writes.models import ChangeRow

NOW = datetime(2026, 11, 21, 8, 45, tzinfo=UTC)
TODAY = date(2026, 11, 21)
DAY = timedelta(days=1)
AS_OF = TODAY - DAY
HOSTILE = "<script>x</script> Title\u202e of\x07"
SLUGS = ("harbor", "elm", "ridge")
FINGERPRINT = "e" * 64
RULING = {"tool": "set_price", "measure": "relative_change", "max": "0.5", "value": "0.12"}
SignIn = Callable[..., Awaitable[Browser]]
Plant = Callable[..., Awaitable[UUID]]


@pytest.fixture(scope="module")
async def lent(lender: Lender) -> AsyncIterator[Lent]:
    """A database that the tests of one file share."""
    async with lender.lend() as lent:
        yield lent


@dataclass
class Planted:
    """What the tests of one file find in their database."""

    runs: dict[str, UUID]
    changes: dict[str, UUID]
    keys: dict[str, UUID]


@pytest.fixture(scope="module")
def once() -> list[Planted]:
    """What was planted, once it is."""
    return []


@pytest.fixture
async def house(
    database: Database, settings: Settings, clock: FixedClock, once: list[Planted]
) -> AsyncIterator[House]:
    """The house; harbor and elm belong to the agency, ridge to somebody else."""
    cheap = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    async with furnished(database, settings, clock) as opened:
        reception = Reception.staffed(
            opened.database, opened.vault, key_pepper(settings), clock, cheap
        )
        house = replace(opened, reception=reception)
        if not once:
            once.append(await _plant(house, clock))
        yield house


@pytest.fixture
def planted(house: House, once: list[Planted]) -> Planted:  # noqa: ARG001 - opened before
    """What is in it."""
    return once[0]


@pytest.fixture
def sign_in(open_browser: Callable[..., Awaitable[Browser]], join: Join) -> SignIn:
    """A browser in which a fresh member is signed in: ``await sign_in(Role.VIEWER, "harbor")``."""

    async def make(role: Role = Role.OWNER, *slugs: str, organisation: str = "Agency") -> Browser:
        name = f"member{uuid4().hex}"
        await join(name, role, *slugs, organisation=organisation)
        browser = await open_browser()
        answer = await browser.sign_in(f"{name}@example.com")
        assert answer.status_code == 303
        return browser

    return make


@pytest.fixture
async def home(house: House) -> str:
    """Where the agency's pages begin."""
    return f"/console/o/{await house.registry.organisation('Agency')}"


@pytest.fixture
def plant(house: House) -> Plant:
    """A proposal that waits in harbor: ``await plant(costs=…)``."""

    async def make(**values: Any) -> UUID:
        account = await house.registry.account("harbor")
        by = {"name": "robot of harbor", "client": "Claude", "address": "203.0.113.9"}
        row = ChangeRow(
            **{
                "account_id": account.id,
                "id": uuid7(NOW),
                "tool": "set_price",
                "state": "proposed",
                "fingerprint": FINGERPRINT,
                "arguments": {},
                "target": {"sku": f"harbor-{uuid4()}", "marketplace": "US"},
                "before": {"price": "19.99", "currency": "USD"},
                "after": {"price": "17.49", "currency": "USD"},
                "observed": {},
                "payload": {},
                "measures": {},
                "summary": "Price of harbor-sku-9 in US: 19.99 to 17.49 USD",
                "warnings": [f"Mind the {HOSTILE}"],
                "reversible": True,
                "reason": f"Sale, says {HOSTILE}",
                "proposed_by": by,
                "proposed_at": NOW,
                "expires_at": NOW + timedelta(minutes=15),
                **values,
            }
        )
        async with journal(house.database, house.clock, account.id, "key harbor") as step:
            step.session.add(row)
            await step.session.flush()
            told = {"by": by, "guardrails": [{**RULING, "passed": True}]}
            await step.write("proposed", row.id, told)
        return row.id

    return make


async def _plant(house: House, clock: FixedClock) -> Planted:
    found = Planted({}, {}, {})
    for organisation, slug in (("Agency", "harbor"), ("Agency", "elm"), ("Other", "ridge")):
        organisation_id = await house.registry.organisation(organisation)
        name = f"{slug.title()} Trading"
        account_id = await house.registry.add_account(
            organisation_id,
            NewAccount(slug, name, f"A{slug.upper()}", Region.NA, ("US", "CA"), f"grant-{slug}"),
        )
        target = await house.grounds.target(account_id)
        await _stock(Facts(house.database, target, clock), slug)
        found.runs[slug] = await _withhold(house, account_id, slug)
        found.changes[slug] = await _change(house, account_id, slug)
        known = await house.registry.account(slug)
        await house.registry.issue(
            organisation_id, NewKey(f"key of {slug}", [known], READ_SCOPES, purpose=slug)
        )
        keys = await house.registry.keys_of(organisation_id)
        found.keys[slug] = next(key.id for key in keys if key.purpose == slug)
    return found


async def _stock(facts: Facts, slug: str) -> None:
    """One listing that runs out in four days, one without stock, one that nobody buys."""
    days = [AS_OF - k * DAY for k in range(20)]
    facts.covers("orders", days)
    facts.covers("ledger_summary", days)
    facts.covers("inventory", [TODAY], "US")
    facts.covers("listings", [TODAY], "US")
    for number, (sellable, sold) in enumerate(((40, 10), (0, 2), (7, 0)), start=1):
        sku, fnsku = f"{slug}-sku-{number}", f"X00{slug.upper()}{number}"
        facts.inventory(TODAY, sku, fnsku, sellable)
        facts.listing(TODAY, sku, title=f"{HOSTILE} {sku}")
        for k, day in enumerate(days):
            facts.ledger(day, fnsku, sellable + (k + 1) * 10, sku=sku)
            if sold:
                facts.order(day, sku, sold)
    await facts.derive()


async def _withhold(house: House, account_id: UUID, slug: str) -> UUID:
    """An inventory document that was not believed, and history on its way."""
    run_id = uuid7(NOW)
    row: dict[str, Any] = {
        "account_id": account_id,
        "id": run_id,
        "dataset": "inventory",
        "marketplace": "CA",
        "first_day": TODAY,
        "last_day": TODAY,
        "reason": "nightly",
        "state": "quarantined",
        "report_id": f"report {slug}",
        "document_id": None,
        "dirty_days": [],
        "remarks": {
            "reasons": [f"It has 3 rows, the last good one of {slug} had 900."],
            "figures": {"rows": 3, "units": 12, "skus": 3},
            "last": {"rows": 900, "units": 7200, "skus": 450},
        },
        "attempts": 1,
        "error_kind": "Drift",
        "error": "It is implausible.",
        "requested_at": NOW - DAY,
        "finished_at": NOW - timedelta(hours=1),
        "created_at": NOW - DAY,
    }
    coming = dict.fromkeys(("report_id", "error_kind", "error", "requested_at", "finished_at"))
    other = {"id": uuid7(NOW), "dataset": "returns", "marketplace": "", "state": "planned"}
    planned = row | coming | other | {"reason": "backfill", "remarks": {}}
    async with house.database.session(account_id) as session:
        await session.execute(insert(table_of(Run)), [row, planned])
    return run_id


async def _change(house: House, account_id: UUID, slug: str) -> UUID:
    """A price change that was proposed, and one that was refused."""
    change_id = uuid7(NOW)
    by = {"name": f"robot of {slug}", "client": "Claude", "address": "203.0.113.9"}
    async with journal(house.database, house.clock, account_id, f"key {slug}") as step:
        step.session.add(
            ChangeRow(
                account_id=account_id,
                id=change_id,
                tool="set_price",
                state="proposed",
                fingerprint="f" * 64,
                arguments={},
                target={"sku": f"{slug}-sku-1", "marketplace": "US"},
                before={"price": "19.99", "currency": "USD"},
                after={"price": "17.49", "currency": "USD"},
                observed={},
                payload={},
                measures={},
                summary=f"Price of {slug}-sku-1 in US: 19.99 to 17.49 USD",
                warnings=[],
                reversible=True,
                reason=f"Sale at {slug}",
                proposed_by=by,
                proposed_at=NOW,
                expires_at=NOW + timedelta(minutes=15),
            )
        )
        await step.session.flush()
        await step.write("proposed", change_id, {"by": by})
        told = {"by": by, "tool": "set_price", "error_kind": "blocked_by_guardrail"}
        await step.write("refused", None, {**told, "summary": f"Too much for {slug}. \0\0 \\u0000"})
    return change_id
