"""What must be true at the end of every story of the gate."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

from sqlalchemy import select
from tests.writes.story import Story

from stockroom.core.ids import digest
from stockroom.records.planning_inputs import PlanningInput
from stockroom.writes.execute import CALL_ENDS
from stockroom.writes.means import PREVIEW_LASTS
from stockroom.writes.models import AuditRow, ChangeRow
from stockroom.writes.states import STEPS, State
from stockroom.writes.trail import verify_account

UNSETTLED = {State.CONFIRMED, State.EXECUTING, State.SENT, State.UNKNOWN}
_NO_LOOK_IS_LEFT = 72 * 3600


async def check(story: Story) -> None:
    """Let workers finish, then hold changes, audit, records and Amazon's log against each other."""
    await settle(story)
    bench = story.bench
    assert (await verify_account(bench.database, bench.account.id)).broken is None
    trail, rows = (await bench.audit())[story.audited :], await story.rows()
    told = {one.change_id for one in trail if one.action != "refused"}
    assert told - story.earlier <= {row.id for row in rows}
    taken = {one.change_id: one for row in rows for one in [_walked(story, row, trail)] if one}
    _check_calls(story, rows, taken)
    written = await _written(story, rows, taken)
    for row in rows:
        if row.state == State.VERIFIED and not row.local:
            assert row.id in written
            assert row.last_verdict
            assert row.last_verdict["live"].keys() == row.after.keys()
            assert row.tool != "set_price" or row.last_verdict["live"] == row.after
    await _check_records(story, rows)


async def settle(story: Story) -> None:
    """Let workers that live on finish everything."""
    gate, account_id = story.gate(), story.bench.account.id
    for pause in (200, 60, 60, 900, _NO_LOOK_IS_LEFT, 60):
        waiting = [row for row in await story.rows() if row.state in UNSETTLED]
        if not waiting:
            return
        story.bench.clock.move(pause)
        await gate.sweep(account_id)
        for row in waiting:
            await gate.execute(account_id, row.id)
            await gate.verify(account_id, row.id)
    assert not [row.state for row in await story.rows() if row.state in UNSETTLED]


def check_calls_so_far(story: Story) -> None:
    """What can be seen at any moment: no change goes out twice, or otherwise than it was shown."""
    assert len({call.id for call in story.calls}) == len(story.calls)
    fingerprints = {one.id: one.fingerprint for one in story.shown}
    for call in story.calls:
        assert call.id is not None
        assert call.fingerprint == fingerprints[call.id]
        assert digest(call.payload) == digest(story.payloads[call.id])


def _check_calls(
    story: Story, rows: Iterable[ChangeRow], taken: dict[UUID | None, AuditRow]
) -> None:
    check_calls_so_far(story)
    assert {call.id for call in story.calls} <= taken.keys()
    for row in rows:
        if row.id in story.payloads:
            assert row.payload == story.payloads[row.id]


def _walked(story: Story, row: ChangeRow, trail: list[AuditRow]) -> AuditRow | None:
    """Check the way of one change; the audit row of its being taken."""
    steps = [one for one in trail if one.change_id == row.id and one.action != "refused"]
    states = [State(one.action) for one in steps]
    assert states[0] == State.PROPOSED or states == [
        State.BLOCKED
    ]  # of several, one that cannot be
    assert states[-1] == row.state
    assert all(after in STEPS[before] for before, after in pairwise(states))
    at = dict(zip(states, steps, strict=True))
    assert len(at) == len(states)  # no step twice: so it was taken once at most
    if State.CONFIRMED in at:
        assert (row.id, at[State.CONFIRMED].actor) in story.agreed
        assert at[State.CONFIRMED].at < at[State.PROPOSED].at + PREVIEW_LASTS
    carried_out = at.get(State.VERIFIED if row.local else State.EXECUTING)
    if carried_out is None:
        return None
    assert carried_out.at < at[State.CONFIRMED].at + PREVIEW_LASTS
    assert json.loads(carried_out.details)["guardrails"]
    return None if row.local else carried_out


async def _written(
    story: Story, rows: Iterable[ChangeRow], taken: dict[UUID | None, AuditRow]
) -> set[UUID]:
    """Find for every write that Amazon received the one change that was taken for it.

    The body that Amazon received is the one that was shown.
    """
    asked = {"operation": "patchListingsItem"}
    log = (await story.bench.http.get(f"{story.bench.simulator}/_log", params=asked)).json()
    left = {row.id: row for row in rows if row.id in taken}
    written = set[UUID]()
    for entry in log[story.logged :]:
        if entry["request_id"] in story.others:
            continue
        at, body = datetime.fromisoformat(entry["at"]), entry["body"]
        own = [
            row.id
            for row in left.values()
            if (row.target["sku"], digest(story.payloads[row.id])) == (entry["sku"], body)
            and _in_time(taken[row.id].at, at)
        ]
        assert own, f"{entry} was sent for no change, or twice for one"
        del left[own[0]]
        written.add(own[0])
    return written


def _in_time(taken: datetime, at: datetime) -> bool:
    """The call follows at once; the log's milliseconds are cut off."""
    return taken - timedelta(milliseconds=1) <= at <= taken + CALL_ENDS


async def _check_records(story: Story, rows: Iterable[ChangeRow]) -> None:
    """What is only kept here is on file once where it was agreed to and done, and nowhere else."""
    ids = {row.id for row in rows}
    async with story.bench.database.session(story.bench.account.id) as session:
        found = Counter(await session.scalars(select(PlanningInput.change_id)))
    kept = {change_id: n for change_id, n in found.items() if change_id in ids}
    done = [row.id for row in rows if row.local and row.state == State.VERIFIED]
    assert kept == dict.fromkeys(done, 1)
