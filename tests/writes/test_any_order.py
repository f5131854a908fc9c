"""Whatever is asked of the gate, in whatever order, and wherever a process dies meanwhile.

Hypothesis proposes (one or several, repeats with idempotency keys), has keys confirm and
persons approve and reject (also wrongly, also those who may not), cancels, reverts, turns the
stop switch and four eyes, lets time pass, moves prices at Amazon and lets two workers race,
while processes die at any of their transactions (before or after its commit) and on either
side of the call to Amazon. Afterwards everything is settled, and Amazon's log, the changes,
the records and the audit must agree.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from tests.writes.conftest import Bench
from tests.writes.mortal import alive
from tests.writes.story import PATIENT, SCOPES, Story
from tests.writes.truths import check, check_calls_so_far

from stockroom.writes.means import PREVIEW_LASTS

WHICH = st.integers(0, 5)
LIVES = st.one_of(st.just(0), st.integers(1, 12))
"""Mostly a process lives on; else it dies at one of its next moments."""
FIGURE = st.integers(1, 300)
LISTING = st.integers(0, 2)
TOOL = st.sampled_from(["set_price", "set_price", "set_quantity", "set_planning_inputs"])
SEVERAL = st.sampled_from(["set_price", "set_planning_inputs"])
KEY = st.sampled_from([None, None, "one", "other"])
HOW = st.sampled_from(["as shown", "as shown", "another key", "another fingerprint"])
WHO = st.sampled_from(["kim", "kim", "lin", "vic"])
SEEN = st.sampled_from(["as shown", "as shown", "as shown", "another fingerprint"])
EVENTS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "pass_time": {"seconds": st.sampled_from([10, 30, 200, 15 * 60])},
    "agree": {"tool": TOOL, "listing": LISTING, "figure": FIGURE},
    "race": {"which": WHICH, "lives": st.tuples(LIVES, LIVES)},
    "look": {"which": WHICH, "later": st.sampled_from([0, 30, 30]), "lives": LIVES},
    "propose": {"tool": TOOL, "listing": LISTING, "figure": FIGURE, "lives": LIVES, "key": KEY},
    "propose_several": {"tool": SEVERAL, "figure": FIGURE, "lives": LIVES, "key": KEY},
    "confirm": {"which": WHICH, "how": HOW, "lives": LIVES},
    "approve": {"which": WHICH, "who": WHO, "how": SEEN, "lives": LIVES},
    "reject": {"which": WHICH, "who": WHO, "lives": LIVES},
    "cancel": {"which": WHICH, "lives": LIVES},
    "revert": {"which": WHICH, "lives": LIVES},
    "sweep": {"lives": LIVES},
    "price_moves": {"cents": FIGURE},
    "turn": {
        "stopped": st.sampled_from([False, False, False, True]),
        "two_wanted": st.booleans(),
    },
}
OFTEN = [
    *(*EVENTS, "agree", "agree", "race", "race", "race", "look", "look"),
    *("propose", "propose_several", "confirm", "confirm", "approve", "approve"),
]
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
        check_calls_so_far(self.story)

    def teardown(self) -> None:
        self.wait(check(self.story))


@pytest.fixture
async def story(bench: Bench) -> Callable[[], Story]:
    """Opens stories of one account, one after the other."""
    bench.asker = replace(bench.asker, limits=PATIENT, scopes=frozenset(SCOPES))
    await bench.set_key(limits=PATIENT, scopes=list(SCOPES))
    another = await bench.another_key()
    stranger = replace(another, limits=PATIENT, scopes=frozenset(SCOPES))
    return lambda: Story(bench, stranger)


async def run(story: Callable[[], Story], **effort: Any) -> None:
    """Tell so many stories of so many steps."""

    class Here(AnyOrder):
        loop = asyncio.get_running_loop()
        opened = staticmethod(story)

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
async def test_in_any_order_a_change_happens_once_as_shown_and_agreed(
    story: Callable[[], Story],
) -> None:
    await run(
        story, max_examples=3, stateful_step_count=20, derandomize=True, phases=[Phase.generate]
    )


@pytest.mark.requirement("once")
async def test_wherever_a_worker_dies_each_change_happens_once(story: Callable[[], Story]) -> None:
    """An executor dies at each of its moments, one change each, then a look at each of its own.

    Two workers find each second change at once, and the others after the agreement is over.
    """
    told = story()
    await told.begin()
    account_id = told.bench.account.id
    for moment in range(1, 13):
        await told.agree("set_price", moment, 50)
    ids = [one.id for one in told.shown]
    for moment, change_id in enumerate(ids, 1):
        await alive(told.gate(moment).execute(account_id, change_id))
    states = [row.state for row in await told.rows()]
    assert {"confirmed", "executing", "sent"} <= set(states)
    for which in range(0, len(ids), 2):
        await told.race(which, (0, 0))
    told.bench.clock.move(PREVIEW_LASTS.total_seconds())
    for which in range(1, len(ids), 2):
        await told.race(which, (0, 0))
    for moment, change_id in enumerate(ids, 1):
        await alive(told.gate(1 + moment % 6).verify(account_id, change_id))
    await check(told)
    ended = {row.state for row in await told.rows()}
    assert ended == {"verified", "expired", "failed"}  # of one nobody knew whether it had left


@pytest.mark.slow
@pytest.mark.parametrize("_round", range(4))
async def test_in_very_many_orders_too(story: Callable[[], Story], _round: int) -> None:
    await run(story, max_examples=40, stateful_step_count=40)
