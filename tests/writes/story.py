"""A story of the gate: whatever may be asked of it, by whomever, while processes die and time passes.

It knows what it was shown and who may agree to what; ``truths`` holds the end of it against
Amazon's log, the changes and the audit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from tests.writes.conftest import MARKET, Bench, organisation_of
from tests.writes.mortal import alive, mortal_gate

from stockroom.core.marketplaces import MARKETPLACES
from stockroom.core.scope import Scope
from stockroom.spec.change import Change
from stockroom.tenancy.models import Organisation
from stockroom.tenancy.roles import Role
from stockroom.writes.approver import Approver
from stockroom.writes.asker import Asker
from stockroom.writes.batch import Batch
from stockroom.writes.gate import Gate
from stockroom.writes.models import ChangeRow
from stockroom.writes.shown import Preview
from stockroom.writes.states import State

SCOPES = (Scope.LISTINGS_WRITE, Scope.PLANNING_WRITE, Scope.CONFIRM)
PATIENT = {"changes_per_day": 10_000, "previews_per_minute": 6000}
PROPOSER = "lin"
"""The member in whose name the agent proposes."""
NOT_AGREED = {State.PROPOSED, State.EXPIRED, State.BLOCKED}


@dataclass(frozen=True)
class Shown:
    """Something that was shown: a change, or several together."""

    id: UUID
    fingerprint: str
    changes: tuple[UUID, ...]
    together: bool = False


@dataclass
class Story:
    """What one example did, and what it was told."""

    bench: Bench
    stranger: Asker
    shown: list[Shown] = field(default_factory=list)
    payloads: dict[UUID, Any] = field(default_factory=dict)
    """Of each change that was shown, what would be sent, as it was stored then."""
    agreed: set[tuple[UUID, str]] = field(default_factory=set)
    """Changes, and who agreed to them as they were shown and might."""
    calls: list[Change] = field(default_factory=list)
    others: set[str] = field(default_factory=set)
    """Requests to Amazon that were not ours."""
    first: dict[str, tuple[Any, UUID]] = field(default_factory=dict)
    """What was asked first under an idempotency key, and what was answered."""
    stopped: bool = False
    two_wanted: bool = False
    earlier: set[UUID] = field(default_factory=set)
    logged: int = 0
    audited: int = 0

    async def begin(self) -> None:
        """Remember where changes, Amazon's log and the audit stand; all switches are off."""
        self.earlier = {row.id for row in await self.rows()}
        self.logged, self.audited = await self.bench.sent(), len(await self.bench.audit())
        await self.bench.set_account(stopped=False)
        await self._want_two(wanted=False)

    @property
    def agent(self) -> Asker:
        """The program that proposes, in somebody's name."""
        person = f"{PROPOSER}@example.com"
        return replace(self.bench.asker, person=person, scopes=frozenset(SCOPES), limits=PATIENT)

    def gate(self, lives: int = 0) -> Gate:
        """A process that has so many moments left."""
        return mortal_gate(self.bench, self.calls, lives)

    async def rows(self) -> list[ChangeRow]:
        """Every change of this story, also those that nobody was shown because a process died."""
        async with self.bench.database.session(self.bench.account.id) as session:
            rows = await session.scalars(select(ChangeRow).order_by(ChangeRow.id))
            return [row for row in rows if row.id not in self.earlier]

    def _pick(self, which: int) -> Shown | None:
        """One of those shown so far, the newest first."""
        return self.shown[-1 - which % len(self.shown)] if self.shown else None

    # --- proposals ------------------------------------------------------------------------------------

    def _wanted(self, tool: str, listing: int, figure: int) -> dict[str, Any]:
        if tool == "set_planning_inputs":
            inputs = {"moq_units": figure}
            return {"marketplace": MARKET, "sku": f"SKU-{listing}", "inputs": inputs}
        if tool == "set_quantity":
            # Orders lower a quantity and never raise one: only a higher one tells who set it.
            one = next(one for one in self.bench.listings if one.channel == "FBM")
            more = (one.merchant_quantity or 0) + 1000 + figure
            return {"sku": one.sku, "marketplace": MARKET, "quantity": more}
        one = self.bench.listings[listing]
        price = f"{one.price + Decimal(figure) / 100:.2f}"
        return {**self.bench.wanted(price), "sku": one.sku}

    async def propose(
        self, tool: str, listing: int, figure: int, lives: int, key: str | None = None
    ) -> None:
        wanted, named = self._wanted(tool, listing, figure), self._key(key)
        asked = self.gate(lives).propose(self.agent, tool, wanted, idempotency_key=named)
        await self._told(asked, named, (tool, wanted))

    async def propose_several(
        self, tool: str, figure: int, lives: int, key: str | None = None
    ) -> None:
        items, named = [self._wanted(tool, n, figure + n) for n in (0, 1)], self._key(key)
        asked = self.gate(lives).propose_batch(self.agent, tool, items, idempotency_key=named)
        await self._told(asked, named, (tool, items))

    async def revert(self, which: int, lives: int) -> None:
        shown = self._pick(which)
        if shown and shown.together:
            await self._told(self.gate(lives).revert_batch(self.agent, shown.id))
        elif shown:
            await self._told(self.gate(lives).revert(self.agent, shown.id))

    def _key(self, name: str | None) -> str | None:
        return None if name is None else f"{name} of {self.audited}"

    async def _told(
        self, asked: Awaitable[Preview | Batch], key: str | None = None, what: Any = None
    ) -> None:
        told = await alive(asked)
        if told is None:
            return
        if key is not None:  # a repeat answers the first, and other arguments are refused
            assert self.first.setdefault(key, (what, told.id)) == (what, told.id)
        if any(one.id == told.id for one in self.shown):
            return
        mine = {told.id} if isinstance(told, Preview) else {UUID(one["id"]) for one in told.items}
        rows = [row for row in await self.rows() if row.id in mine and row.fingerprint]
        self.payloads |= {row.id: row.payload for row in rows}
        self.shown += [Shown(row.id, row.fingerprint, (row.id,)) for row in rows]
        if isinstance(told, Batch):
            ids = tuple(row.id for row in rows)
            self.shown.append(Shown(told.id, told.fingerprint, ids, together=True))

    # --- decisions ------------------------------------------------------------------------------------

    async def confirm(self, which: int, how: str, lives: int) -> None:
        shown = self._pick(which)
        if shown is None:
            return
        asker = self.stranger if how == "another key" else self.agent
        mine = how == "as shown"
        fingerprint = "0" * 64 if how == "another fingerprint" else shown.fingerprint
        gate = self.gate(lives)
        act = gate.confirm_batch if shown.together else gate.confirm
        asked = act(asker, shown.id, fingerprint)
        await self._agree(shown, asker.actor, asked, may=mine, alone=mine and self.two_wanted)

    async def approve(self, which: int, who: str, how: str, lives: int) -> None:
        shown = self._pick(which)
        if shown is None:
            return
        person = self._person(who)
        fingerprint = "0" * 64 if how == "another fingerprint" else shown.fingerprint
        may = person.may and fingerprint == shown.fingerprint
        gate = self.gate(lives)
        act = gate.approve_batch if shown.together else gate.approve
        asked = act(person, shown.id, fingerprint)
        alone = who == PROPOSER and self.two_wanted
        await self._agree(shown, person.actor, asked, may=may, alone=alone)

    async def _agree(
        self, shown: Shown, actor: str, asked: Awaitable[object], *, may: bool, alone: bool
    ) -> None:
        """Agree, and see that nobody's agreement counts who may not: ``alone`` only to what stays here."""
        before = await self._these(shown.changes)
        allowed = [row for row in before if may and not self.stopped and (row.local or not alone)]
        self.agreed |= {(row.id, actor) for row in allowed}
        await alive(asked)
        forbidden = {row.id for row in before if row.state == State.PROPOSED}
        forbidden -= {row.id for row in allowed}
        assert all(row.state in NOT_AGREED for row in await self._these(forbidden))

    async def _these(self, ids: Iterable[UUID]) -> list[ChangeRow]:
        wanted = set(ids)
        return [row for row in await self.rows() if row.id in wanted] if wanted else []

    async def reject(self, which: int, who: str, lives: int) -> None:
        shown = self._pick(which)
        if shown:
            gate = self.gate(lives)
            act = gate.reject_batch if shown.together else gate.reject
            await alive(act(self._person(who), shown.id, "No."))

    async def cancel(self, which: int, lives: int) -> None:
        shown = self._pick(which)
        if shown:
            gate = self.gate(lives)
            act = gate.cancel_batch if shown.together else gate.cancel
            await alive(act(self.agent, shown.id))

    def _person(self, who: str) -> Approver:
        return self.bench.person(who, Role.VIEWER if who == "vic" else Role.APPROVER)

    async def turn(self, *, stopped: bool, two_wanted: bool) -> None:
        await self.bench.set_account(stopped=stopped)
        await self._want_two(wanted=two_wanted)
        self.stopped, self.two_wanted = stopped, two_wanted

    async def _want_two(self, *, wanted: bool) -> None:
        database = self.bench.database
        organisation_id = await organisation_of(database, self.bench.account.id)
        async with database.organisation_session(organisation_id) as session:
            await session.execute(update(Organisation).values(four_eyes=wanted))

    # --- workers and the world ------------------------------------------------------------------------

    async def agree(self, tool: str, listing: int, figure: int) -> None:
        """A preview that is agreed to at once: without some, little else can happen."""
        await self.propose(tool, listing, figure, lives=0)
        await self.approve(0, "kim", "as shown", lives=0)

    async def race(self, which: int, lives: tuple[int, int]) -> None:
        """Two workers carry out the same changes."""
        shown, before = self._pick(which), len(self.calls)
        for change_id in shown.changes if shown else ():
            mine = (self.bench.account.id, change_id)
            await asyncio.gather(*(alive(self.gate(one).execute(*mine)) for one in lives))
        called = {call.id for call in self.calls[before:]}
        for row in await self._these(one for one in called if one):
            assert not self.stopped
            by = row.confirmed_by or {}
            assert not self.two_wanted or (not row.delegated and by["name"] != PROPOSER)

    async def look(self, which: int, later: int, lives: int) -> None:
        shown = self._pick(which)
        self.bench.clock.move(later)
        for change_id in shown.changes if shown else ():
            await alive(self.gate(lives).verify(self.bench.account.id, change_id))

    async def sweep(self, lives: int) -> None:
        await alive(self.gate(lives).sweep(self.bench.account.id))

    async def pass_time(self, seconds: int) -> None:
        self.bench.clock.move(seconds)

    async def price_moves(self, cents: int) -> None:
        """Somebody else sets a price at Amazon, never one that we propose."""
        entry, one = (await self.bench.live_offer())["ALL"], self.bench.listing
        price = float(one.price + 4 + Decimal(cents) / 100)
        entry["our_price"][0]["schedule"][0]["value_with_tax"] = price
        patch = {"op": "merge", "path": "/attributes/purchasable_offer", "value": [entry]}
        body = {"productType": one.product_type, "patches": [patch]}
        market = MARKETPLACES[MARKET]
        answer = await self.bench.amazon.patch_listing(one.sku, market, body, preview=False)
        self.others.add(answer.request_id)
