"""Four eyes turned on after an agreement: what has not left the house yet needs a second person, too."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import update
from tests.writes.conftest import Bench, organisation_of

from stockroom.core.scope import Scope
from stockroom.tenancy.models import Organisation
from stockroom.tools.write.set_planning_inputs import TOOL as INPUTS
from stockroom.writes.shown import Preview


async def want_two(bench: Bench) -> None:
    organisation_id = await organisation_of(bench.database, bench.account.id)
    async with bench.database.organisation_session(organisation_id) as session:
        await session.execute(update(Organisation).values(four_eyes=True))


async def proposed_for_lin(bench: Bench) -> Preview:
    asker = replace(bench.asker, person="lin@example.com")
    return await bench.gate().propose(asker, "set_price", bench.wanted())


async def test_what_the_proposer_approved_before_does_not_leave(bench: Bench) -> None:
    preview, gate = await proposed_for_lin(bench), bench.gate()
    await gate.approve(bench.person("lin"), preview.id, preview.fingerprint)
    await want_two(bench)
    await gate.execute(bench.account.id, preview.id)

    row = await bench.row(preview.id)
    assert (row.state, row.problem_kind) == ("blocked", "not_allowed")
    assert await bench.sent() == 0
    assert (await bench.actions())[-1] == "blocked"


async def test_what_a_key_confirmed_before_does_not_leave(bench: Bench) -> None:
    change_id = await bench.confirmed()
    await want_two(bench)
    await bench.gate().execute(bench.account.id, change_id)
    assert (await bench.row(change_id)).state == "blocked"
    assert await bench.sent() == 0


async def test_what_somebody_else_approved_before_leaves(bench: Bench) -> None:
    preview, gate = await proposed_for_lin(bench), bench.gate()
    await gate.approve(bench.person("kim"), preview.id, preview.fingerprint)
    await want_two(bench)
    await gate.execute(bench.account.id, preview.id)
    assert (await bench.row(preview.id)).state == "sent"


@pytest.mark.requirement("once")
async def test_what_is_only_kept_here_needs_nobody_else(bench: Bench) -> None:
    scopes = frozenset({Scope.PLANNING_WRITE})
    await bench.set_key(scopes=list(scopes), limits={})
    planner = replace(bench.asker, scopes=scopes, limits={})
    wanted = {"marketplace": "US", "sku": "LAMP", "inputs": {"moq_units": 5}}
    preview = await bench.gate(INPUTS).propose(planner, INPUTS.name, wanted)
    await want_two(bench)
    done = await bench.gate(INPUTS).confirm(planner, preview.id, preview.fingerprint)
    assert done.state == "verified"
