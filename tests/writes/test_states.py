"""The drawing of the states, held against the table."""

from __future__ import annotations

from typing import get_args

from stockroom.tools.change_rows import CHANGES
from stockroom.tools.read.changes import STATES
from stockroom.writes.models import ChangeRow
from stockroom.writes.states import STEPS, State

SENDS = State.EXECUTING


def _reachable(start: State, without: State | None = None) -> set[State]:
    seen: set[State] = set()
    frontier = {start}
    while frontier:
        state = frontier.pop()
        seen.add(state)
        frontier |= {to for to in STEPS[state] if to not in seen and to is not without}
    return seen


def test_every_state_can_be_reached_from_a_proposal() -> None:
    assert _reachable(State.PROPOSED) == set(State)


def test_nothing_is_sent_without_a_confirmation() -> None:
    assert SENDS not in _reachable(State.PROPOSED, without=State.CONFIRMED)


def test_what_was_sent_is_never_sent_again() -> None:
    for after in STEPS[SENDS]:
        assert SENDS not in _reachable(after)


def test_nobody_knows_is_settled_only_by_reading_back() -> None:
    assert STEPS[State.UNKNOWN] == {State.VERIFIED, State.FAILED}


def test_the_changes_tool_knows_every_state_and_only_stored_columns() -> None:
    assert set(get_args(STATES)) == set(State)
    assert set(CHANGES.columns) <= set(ChangeRow.__table__.columns.keys())
