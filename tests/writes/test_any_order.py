"""Whatever is asked of the gate, in whatever order, and wherever a process dies meanwhile.

Hypothesis proposes, confirms (also wrongly), cancels, reverts, lets time pass, moves prices
at Amazon and lets two workers race, while processes die at any of their transactions
(before or after its commit) and on either side of the call to Amazon. Afterwards
everything is settled, and Amazon's log, the changes and the audit must agree.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any, ClassVar, TypeVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from tests.writes.conftest import MARKET, Bench

from stockroom.core.errors import StockroomError
from stockroom.core.marketplaces import MARKETPLACES
from stockroom.db.engine import Database
from stockroom.spec.change import Change, Receipt
from stockroom.spec.tool import Ground
from stockroom.tools.write.set_price import SetPrice
from stockroom.writes.asker import Asker
from stockroom.writes.execute import CALL_ENDS
from stockroom.writes.gate import Gate
from stockroom.writes.means import PREVIEW_LASTS
from stockroom.writes.models import AuditRow, ChangeRow
from stockroom.writes.shown import Preview
from stockroom.writes.states import STEPS, State
from stockroom.writes.trail import verify_account

PATIENT = {"changes_per_day": 10_000, "previews_per_minute": 6000}
T = TypeVar("T")
UNSETTLED = {State.CONFIRMED, State.EXECUTING, State.SENT, State.UNKNOWN}
_NO_LOOK_IS_LEFT = 72 * 3600


class DiedError(Exception):
    """The process ended here."""


@dataclass
class Life:
    """How many moments a process has left; 0: it lives on."""

    left: int

    def moment(self) -> None:
        """One more is over."""
        self.left -= 1
        if self.left == 0:
            raise DiedError


@dataclass(frozen=True, slots=True)
class Mortal(Database):
    """The database of a process that may die before or after any commit."""

    life: Life

    @asynccontextmanager
    async def system_session(self) -> AsyncIterator[AsyncSession]:
        async with Database.system_session(self) as session:
            yield session
            self.life.moment()
        self.life.moment()


@dataclass
class MortalTool(SetPrice):
    """The real tool, in that process; remembers what it was about to send."""

    life: Life
    calls: list[Change]

    async def execute(self, change: Change, ground: Ground) -> Receipt:
        self.life.moment()
        self.calls.append(change)
        receipt = await super().execute(change, ground)
        self.life.moment()
        return receipt


@dataclass
class Story:
    """What one example did, and what must be true of it."""

    bench: Bench
    stranger: Asker
    previews: list[Preview] = field(default_factory=list)
    agreed: set[UUID] = field(default_factory=set)
    """Changes that somebody confirmed as they were shown, with the right key."""
    calls: list[Change] = field(default_factory=list)
    others: set[str] = field(default_factory=set)
    """Requests to Amazon that were not ours."""
    logged: int = 0
    audited: int = 0

    async def begin(self) -> None:
        """Remember where Amazon's log and the audit stand."""
        self.logged, self.audited = await self.bench.sent(), len(await self.bench.audit())

    def gate(self, lives: int = 0) -> Gate:
        """A process that has so many moments left."""
        life, database = Life(lives), self.bench.database
        parts = {one.name: getattr(database, one.name) for one in fields(Database)}
        mortal = replace(self.bench, database=Mortal(**parts, life=life))
        return mortal.gate(MortalTool(life, self.calls))

    def pick(self, which: int) -> Preview | None:
        """One of the previews so far, the newest first."""
        return self.previews[-1 - which % len(self.previews)] if self.previews else None

    # --- what may happen ----------------------------------------------------------------------------

    async def propose(self, listing: int, cents: int, lives: int) -> None:
        one = self.bench.listings[listing]
        price = f"{one.price + Decimal(cents) / 100:.2f}"
        wanted = {**self.bench.wanted(price), "sku": one.sku}
        await self._shown(self.gate(lives).propose(self.bench.asker, "set_price", wanted))

    async def revert(self, which: int, lives: int) -> None:
        preview = self.pick(which)
        if preview:
            await self._shown(self.gate(lives).revert(self.bench.asker, preview.id))

    async def _shown(self, asked: Awaitable[Preview]) -> None:
        preview = await alive(asked)
        if preview is not None:
            self.previews.append(preview)

    async def confirm(self, which: int, how: str, lives: int) -> None:
        preview = self.pick(which)
        if preview is None:
            return
        asker = self.stranger if how == "another key" else self.bench.asker
        fingerprint = "0" * 64 if how == "another fingerprint" else preview.fingerprint
        if how == "as shown":
            self.agreed.add(preview.id)
        before = (await self.bench.row(preview.id)).state
        await alive(self.gate(lives).confirm(asker, preview.id, fingerprint))
        if how != "as shown" and before == State.PROPOSED:
            after = (await self.bench.row(preview.id)).state
            assert after in {State.PROPOSED, State.EXPIRED, State.BLOCKED}

    async def cancel(self, which: int, lives: int) -> None:
        preview = self.pick(which)
        if preview:
            await alive(self.gate(lives).cancel(self.bench.asker, preview.id))

    async def race(self, which: int, lives: tuple[int, int]) -> None:
        preview = self.pick(which)
        if preview:
            mine = (self.bench.account.id, preview.id)
            await asyncio.gather(*(alive(self.gate(one).execute(*mine)) for one in lives))

    async def agree(self, listing: int, cents: int) -> None:
        """A preview that is confirmed at once: without some, little else can happen."""
        await self.propose(listing, cents, lives=0)
        await self.confirm(0, "as shown", lives=0)

    async def look(self, which: int, later: int, lives: int) -> None:
        preview = self.pick(which)
        self.bench.clock.move(later)
        if preview:
            await alive(self.gate(lives).verify(self.bench.account.id, preview.id))

    async def sweep(self, lives: int) -> None:
        await alive(self.gate(lives).sweep(self.bench.account.id))

    async def pass_time(self, seconds: int) -> None:
        self.bench.clock.move(seconds)

    async def price_moves(self, cents: int) -> None:
        entry = (await self.bench.live_offer())["ALL"]
        price = self.bench.listing.price + 4 + Decimal(cents) / 100  # never one that we propose
        entry["our_price"][0]["schedule"][0]["value_with_tax"] = float(price)
        patch = {"op": "merge", "path": "/attributes/purchasable_offer", "value": [entry]}
        body = {"productType": self.bench.listing.product_type, "patches": [patch]}
        sku = self.bench.listing.sku
        answer = await self.bench.amazon.patch_listing(
            sku, MARKETPLACES[MARKET], body, preview=False
        )
        self.others.add(answer.request_id)

    # --- what must be true --------------------------------------------------------------------------

    async def settled(self) -> None:
        """Let workers that live on finish everything."""
        gate, account_id = self.gate(), self.bench.account.id
        for pause in (200, 60, 60, 900, _NO_LOOK_IS_LEFT, 60):
            waiting = [row for row in await self._rows() if row.state in UNSETTLED]
            if not waiting:
                return
            self.bench.clock.move(pause)
            await gate.sweep(account_id)
            for row in waiting:
                await gate.execute(account_id, row.id)
                await gate.verify(account_id, row.id)
        assert not [row.state for row in await self._rows() if row.state in UNSETTLED]

    async def _rows(self) -> list[ChangeRow]:
        ids = [preview.id for preview in self.previews]
        async with self.bench.database.session(self.bench.account.id) as session:
            rows = await session.scalars(select(ChangeRow).where(ChangeRow.id.in_(ids)))
            return list(rows)

    async def check(self) -> None:
        """Hold changes, audit and Amazon's log against each other."""
        await self.settled()
        bench = self.bench
        assert (await verify_account(bench.database, bench.account.id)).broken is None
        trail = (await bench.audit())[self.audited :]
        rows = await self._rows()
        taken = [one for row in rows for one in [self._walked(row, trail)] if one]
        written = await self._matched(taken)
        for row in rows:
            if row.state == State.VERIFIED:
                assert row.id in written
                assert row.last_verdict
                assert row.last_verdict["live"] == row.after
        shown = {preview.fingerprint: preview for preview in self.previews}
        for call in self.calls:
            assert call.after == shown[call.fingerprint].after
        assert len(self.calls) <= len(taken)

    def _walked(self, row: ChangeRow, trail: list[AuditRow]) -> AuditRow | None:
        """Check the way of one change; the audit row of its being taken."""
        steps = [one for one in trail if one.change_id == row.id and one.action != "refused"]
        states = [State(one.action) for one in steps]
        assert states[0] == State.PROPOSED
        assert states[-1] == row.state
        assert all(after in STEPS[before] for before, after in pairwise(states))
        at = dict(zip(states, steps, strict=True))
        assert len(at) == len(states)  # no step twice: so it was taken once at most
        if State.CONFIRMED in at:
            assert row.id in self.agreed
            assert at[State.CONFIRMED].at < at[State.PROPOSED].at + PREVIEW_LASTS
        if State.EXECUTING not in at:
            return None
        assert at[State.EXECUTING].at < at[State.CONFIRMED].at + PREVIEW_LASTS
        assert json.loads(at[State.EXECUTING].details)["guardrails"]
        return at[State.EXECUTING]

    async def _matched(self, taken: list[AuditRow]) -> set[UUID | None]:
        """Find for every write that Amazon received the one change that was taken for it."""
        asked = {"operation": "patchListingsItem"}
        log = (await self.bench.http.get(f"{self.bench.simulator}/_log", params=asked)).json()
        left = sorted(taken, key=lambda one: one.seq)
        written = set()
        for entry in log[self.logged :]:
            if entry["request_id"] in self.others:
                continue
            at = datetime.fromisoformat(entry["at"])
            own = [one for one in left if _belongs(one, entry["sku"], at)]
            assert own, f"{entry} was sent for no change, or twice for one"
            left.remove(own[0])
            written.add(own[0].change_id)
        return written


def _belongs(taken: AuditRow, sku: str, at: datetime) -> bool:
    target = json.loads(taken.details)["change"]["target"]
    slack = timedelta(milliseconds=1)
    return target["sku"] == sku and taken.at - slack <= at <= taken.at + CALL_ENDS


async def alive(asked: Awaitable[T]) -> T | None:
    """What was answered; None when it was refused, or the process died."""
    try:
        return await asked
    except (StockroomError, DiedError):
        return None


# --- the machine -----------------------------------------------------------------------------------

WHICH = st.integers(0, 3)
LIVES = st.sampled_from([0, 0, 0, *range(1, 11)])
"""Mostly a process lives on; else it dies at one of its next moments."""
CENTS = st.integers(1, 300)
LISTING = st.integers(0, 2)
HOW = st.sampled_from(["as shown", "as shown", "another key", "another fingerprint"])
EVENTS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "pass_time": {"seconds": st.sampled_from([10, 30, 200, 15 * 60])},
    "agree": {"listing": LISTING, "cents": CENTS},
    "race": {"which": WHICH, "lives": st.tuples(LIVES, LIVES)},
    "look": {"which": WHICH, "later": st.sampled_from([0, 30, 30]), "lives": LIVES},
    "propose": {"listing": LISTING, "cents": CENTS, "lives": LIVES},
    "confirm": {"which": WHICH, "how": HOW, "lives": LIVES},
    "cancel": {"which": WHICH, "lives": LIVES},
    "revert": {"which": WHICH, "lives": LIVES},
    "sweep": {"lives": LIVES},
    "price_moves": {"cents": CENTS},
}
OFTEN = [*EVENTS, "agree", "race", "race", "race", "look", "look", "propose", "confirm", "confirm"]
Event = tuple[str, dict[str, Any]]


def event(name: str) -> st.SearchStrategy[Event]:
    """Something that happens, with all that must be known of it."""
    return st.tuples(st.just(name), st.fixed_dictionaries(EVENTS[name]))


class AnyOrder(RuleBasedStateMachine):
    """One example: a story that happens on the test's own loop, beside this thread.

    One rule for everything: of many rules each example would leave most out.
    """

    loop: ClassVar[asyncio.AbstractEventLoop]
    opened: ClassVar[Callable[[], Story]]

    def __init__(self) -> None:
        super().__init__()
        self.story = type(self).opened()
        self.wait(self.story.begin())

    def wait(self, asked: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(asked, self.loop).result()

    @rule(event=st.sampled_from(OFTEN).flatmap(event))
    def happens(self, event: Event) -> None:
        name, arguments = event
        self.wait(getattr(self.story, name)(**arguments))

    def teardown(self) -> None:
        self.wait(self.story.check())


async def run(bench: Bench, **effort: Any) -> None:
    """Tell so many stories of so many steps."""
    bench.asker = replace(bench.asker, limits=PATIENT)
    await bench.set_key(limits=PATIENT)
    stranger = replace(await bench.another_key(), limits=PATIENT)

    class Here(AnyOrder):
        loop = asyncio.get_running_loop()
        opened = staticmethod(lambda: Story(bench, stranger))

    told = settings(
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
        **effort,
    )
    await asyncio.to_thread(run_state_machine_as_test, Here, settings=told)


@pytest.mark.requirement("once")
@pytest.mark.requirement("no-unseen-change")
async def test_in_any_order_a_change_happens_once_as_shown_and_agreed(bench: Bench) -> None:
    await run(bench, max_examples=4, stateful_step_count=20, derandomize=True)


@pytest.mark.slow
@pytest.mark.parametrize("_round", range(4))
async def test_in_very_many_orders_too(bench: Bench, _round: int) -> None:
    await run(bench, max_examples=40, stateful_step_count=40)
