"""Watch: how far a change has come, in words of our own, for whoever waits for it.

Nothing of Amazon's or of a listing is in these words: they are shown while a call lasts,
beside texts that no data may pose as.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stockroom.spec.tool import ChangeTool, FinishesLater, Stage
from stockroom.writes.batch import Batch, rows_of, standing
from stockroom.writes.means import Means
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
        standing: What the caller is told of it at this moment.
        passed: Steps, or changes of a batch, that lie behind it.
        total: Of how many.
        said: The same in a sentence.
        over: Nothing more is worth waiting for.
    """

    standing: ChangeState | Batch
    passed: int
    total: int
    said: str
    over: bool


async def watch(means: Means, party: Party, earlier: ChangeState | Batch) -> Sight:
    """Look once at a change, or a batch, that was confirmed; no connection is kept.

    Raises:
        NotFoundError: It is not within reach.
    """
    async with means.database.session(party.account_id) as session:
        rows = await rows_of(session, party, earlier.id)
    tool, now = means.tools[rows[0].tool], standing(rows, earlier.id, means.base_url)
    if isinstance(now, Batch) and isinstance(earlier, Batch):
        return _of_several(now.since(earlier), rows, tool)
    return _of_one(now, rows[0], tool)


def _of_one(now: ChangeState | Batch, row: ChangeRow, tool: ChangeTool) -> Sight:
    stages = _stages(tool) or ()
    state, total = State(row.state), _OVER + len(stages)
    if state in _ENDED:
        return Sight(now, total, total, _ENDED[state], over=True)
    passed, said = _PASSED[state]
    if state is State.SENT:
        seen = (row.last_verdict or {}).get("live", {})
        for number, stage in enumerate(stages, start=1):
            if any(seen.get(name) for name in stage.shown_by):
                passed, said = _PASSED[state][0] + number, stage.said
    return Sight(now, passed, total, said, over=_is_over(row, tool))


def _of_several(now: Batch, rows: Sequence[ChangeRow], tool: ChangeTool) -> Sight:
    over = sum(_is_over(row, tool) for row in rows)
    said = f"{over} of {len(rows)} changes were answered or have ended."
    return Sight(now, over, len(rows), said, over=over == len(rows))


def _is_over(row: ChangeRow, tool: ChangeTool) -> bool:
    """It ended; or Amazon has it, and shows it in its own time; or it still waits to be confirmed."""
    state = State(row.state)
    if state is State.SENT:
        return _stages(tool) is None
    return not STEPS[state] or state is State.PROPOSED


def _stages(tool: ChangeTool) -> tuple[Stage, ...] | None:
    """What Amazon comes to while it works for minutes; None: it does not."""
    return tool.stages if isinstance(tool, FinishesLater) else None
