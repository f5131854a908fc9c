"""Watch: how far a change has come, in words of our own, for whoever waits for it.

Nothing of Amazon's or of a listing is in these words: they are shown while a call lasts,
beside texts that no data may pose as.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from stockroom.spec.tool import ChangeTool, FinishesLater, Stage
from stockroom.writes.batch import Batch, rows_of, standing
from stockroom.writes.means import Means, known
from stockroom.writes.models import ChangeRow
from stockroom.writes.party import Party
from stockroom.writes.shown import ChangeState
from stockroom.writes.states import STEPS, State

_PASSED = {
    State.PROPOSED: (0, "It waits to be confirmed."),
    State.CONFIRMED: (1, "Confirmed; it is about to be sent."),
    State.EXECUTING: (2, "It is being sent to Amazon."),
    State.SENT: (3, "Amazon accepted it and has not shown it yet."),
    State.UNKNOWN: (3, "Amazon did not answer; it is being read back."),
}
_ENDED = {
    State.VERIFIED: "Done: it is in force.",
    State.REJECTED: "It was turned down.",
    State.CANCELLED: "It was taken back; nothing was changed.",
    State.EXPIRED: "It has expired; nothing was changed.",
    State.BLOCKED: "It was held back; nothing was changed.",
    State.FAILED: "It did not happen.",
}
_OVER = 4


@dataclass(frozen=True, slots=True)
class Sight:
    """How far it has come.

    Args:
        passed: Steps, or changes of a batch, that lie behind it.
        total: Of how many.
        said: The same in a sentence.
        over: Nothing more is worth waiting for.
    """

    passed: int
    total: int
    said: str
    over: bool


async def watch(means: Means, party: Party, agreed: ChangeState | Batch) -> Sight:
    """Look once at a change, or a batch, that the party confirmed; no connection is kept.

    As little is read as says how far it is: somebody looks twice a second.

    Raises:
        NotFoundError: It is gone.
    """
    tool, mine = means.tools[agreed.tool], ChangeRow.account_id == party.account_id
    async with means.database.session(party.account_id) as session:
        if isinstance(agreed, Batch):
            states = select(ChangeRow.state).where(mine, ChangeRow.batch_id == agreed.id)
            return _of_several([State(one) for one in await session.scalars(states)], tool)
        one = select(ChangeRow.state, ChangeRow.last_verdict).where(mine, ChangeRow.id == agreed.id)
        found = (await session.execute(one)).first() or known(None)
        return _of_one(State(found.state), (found.last_verdict or {}).get("live", {}), tool)


async def stands(means: Means, party: Party, agreed: ChangeState | Batch) -> ChangeState | Batch:
    """How a change, or a batch, stands by now, with what was refused of it when it was confirmed.

    Raises:
        NotFoundError: It is not within reach.
    """
    async with means.database.session(party.account_id) as session:
        rows = await rows_of(session, party, agreed.id)
    now = standing(rows, agreed.id, means.base_url)
    if isinstance(now, Batch) and isinstance(agreed, Batch):
        return now.since(agreed)
    return now


def _of_one(state: State, seen: Mapping[str, Any], tool: ChangeTool) -> Sight:
    stages = _stages(tool) or ()
    total = _OVER + len(stages)
    if state in _ENDED:
        return Sight(total, total, _ENDED[state], over=True)
    passed, said = _PASSED[state]
    if state is State.SENT:
        for number, stage in enumerate(stages, start=1):
            if any(seen.get(name) for name in stage.shown_by):
                passed, said = _PASSED[state][0] + number, stage.said
    return Sight(passed, total, said, over=_is_over(state, tool))


def _of_several(states: Sequence[State], tool: ChangeTool) -> Sight:
    over = sum(_is_over(state, tool) for state in states)
    said = f"{over} of {len(states)} changes were answered or have ended."
    return Sight(over, len(states), said, over=over == len(states))


def _is_over(state: State, tool: ChangeTool) -> bool:
    """It ended; or Amazon has it, and shows it in its own time; or it still waits to be confirmed."""
    if state is State.SENT:
        return _stages(tool) is None
    return not STEPS[state] or state is State.PROPOSED


def _stages(tool: ChangeTool) -> tuple[Stage, ...] | None:
    """What Amazon comes to while it works for minutes; None: it does not."""
    return tool.stages if isinstance(tool, FinishesLater) else None
