"""Agreeing: by fingerprint, by the key that proposed, in time, within its limits; else not."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import text
from tests.writes.conftest import Bench

from stockroom.core.errors import (
    GuardrailError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    StaleError,
    StockroomError,
    StoppedError,
)
from stockroom.core.scope import Scope
from stockroom.spec.tool import TargetAccount
from stockroom.writes.asker import Asker
from stockroom.writes.models import ChangeRow
from stockroom.writes.shown import Preview


async def jobs(bench: Bench) -> list[tuple[str, str]]:
    async with bench.database.system_session() as session:
        rows = await session.execute(
            text("select task_name, args->>'change_id' from queue.procrastinate_jobs order by id")
        )
        return [(row[0], row[1]) for row in rows]


async def set_state(bench: Bench, preview: Preview, state: str) -> None:
    async with bench.database.session(bench.account.id) as session:
        row = await session.get_one(ChangeRow, (bench.account.id, preview.id))
        row.state, row.problem, row.amazon_says = state, "For a reason.", ["7: no"]


async def refused(
    bench: Bench,
    error: type[StockroomError],
    preview: Preview,
    asker: Asker | None = None,
    fingerprint: str | None = None,
) -> StockroomError:
    """Confirm, expect the refusal, and that it is in the audit and queued nothing."""
    with pytest.raises(error) as caught:
        await bench.gate().confirm(
            asker or bench.asker, preview.id, fingerprint or preview.fingerprint
        )
    assert (await bench.actions())[-1] == "refused"
    assert await jobs(bench) == []
    return caught.value


async def test_a_confirmation_and_its_job_are_committed_together(bench: Bench) -> None:
    change_id = await bench.confirmed()

    assert (await bench.row(change_id)).state == "confirmed"
    assert await jobs(bench) == [("writes.execute", str(change_id))]
    assert await bench.actions() == ["proposed", "confirmed"]


async def test_a_confirmation_by_a_key_is_audited_as_delegated(bench: Bench) -> None:
    await bench.confirmed()
    assert '"delegated":true' in (await bench.audit())[-1].details


async def test_confirming_twice_answers_the_state_and_queues_once(bench: Bench) -> None:
    preview = await bench.proposed()
    gate = bench.gate()
    first = await gate.confirm(bench.asker, preview.id, preview.fingerprint)
    again = await gate.confirm(bench.asker, preview.id, preview.fingerprint)

    assert first == again
    assert first.state == "confirmed"
    assert len(await jobs(bench)) == 1


@pytest.mark.parametrize("state", ["confirmed", "executing", "sent", "unknown", "verified"])
async def test_confirming_again_what_is_on_its_way_or_done_answers_its_state(
    bench: Bench, state: str
) -> None:
    preview = await bench.proposed()
    await set_state(bench, preview, state)
    again = await bench.gate().confirm(bench.asker, preview.id, preview.fingerprint)
    assert again.state == state


@pytest.mark.parametrize(
    ("state", "error"),
    [
        ("cancelled", InvalidInputError),
        ("rejected", InvalidInputError),
        ("failed", InvalidInputError),
        ("blocked", StaleError),
        ("expired", StaleError),
    ],
)
async def test_what_has_ended_without_effect_cannot_be_confirmed(
    bench: Bench, state: str, error: type[StockroomError]
) -> None:
    preview = await bench.proposed()
    await set_state(bench, preview, state)
    told = await refused(bench, error, preview)

    assert state in told.summary
    assert "Propose it again" in told.next_step
    assert (await bench.row(preview.id)).state == state


@pytest.mark.requirement("no-unseen-change")
async def test_a_wrong_fingerprint_is_refused_and_audited(bench: Bench) -> None:
    await refused(bench, StaleError, await bench.proposed(), fingerprint="0" * 64)


async def test_an_expired_preview_is_refused_and_says_so(bench: Bench) -> None:
    preview = await bench.proposed()
    bench.clock.move(15 * 60)
    error = await refused(bench, StaleError, preview)

    assert "expired" in error.summary
    assert (await bench.row(preview.id)).state == "expired"


async def test_the_last_second_of_a_preview_still_counts(bench: Bench) -> None:
    preview = await bench.proposed()
    bench.clock.move(15 * 60 - 1)
    state = await bench.gate().confirm(bench.asker, preview.id, preview.fingerprint)
    assert state.state == "confirmed"


async def test_another_key_of_the_account_is_refused(bench: Bench) -> None:
    preview = await bench.proposed()
    await refused(bench, NotAllowedError, preview, asker=await bench.another_key())


async def test_a_key_without_the_power_to_confirm_is_refused(bench: Bench) -> None:
    asker = replace(bench.asker, scopes=frozenset({Scope.LISTINGS_WRITE}))
    await refused(bench, NotAllowedError, await bench.proposed(), asker=asker)


async def test_a_key_without_a_daily_limit_may_not_confirm(bench: Bench) -> None:
    asker = replace(bench.asker, limits={})
    error = await refused(bench, GuardrailError, await bench.proposed(), asker=asker)
    assert "changes_per_day" in error.next_step


async def test_the_stop_switch_holds_back_a_confirmation(bench: Bench) -> None:
    preview = await bench.proposed()
    await bench.set_account(stopped=True)
    await refused(bench, StoppedError, preview)


async def test_limits_that_were_tightened_after_the_preview_count(bench: Bench) -> None:
    preview = await bench.proposed()
    rule = {"tool": "set_price", "measure": "relative_change", "max": "0.0001"}
    asker = replace(bench.asker, limits={"changes_per_day": 5, "rules": [rule]})
    await refused(bench, GuardrailError, preview, asker=asker)


async def test_the_daily_limit_counts_confirmations_of_24_hours(bench: Bench) -> None:
    asker = replace(bench.asker, limits={"changes_per_day": 1})
    gate = bench.gate()
    first = await bench.proposed()
    second = await bench.proposed(str(bench.listing.price + 1))
    await gate.confirm(asker, first.id, first.fingerprint)
    with pytest.raises(GuardrailError, match="1 changes in 24 hours"):
        await gate.confirm(asker, second.id, second.fingerprint)

    bench.clock.move(24 * 3600)
    third = await bench.proposed(str(bench.listing.price + 2))
    assert (await gate.confirm(asker, third.id, third.fingerprint)).state == "confirmed"


async def test_a_change_that_does_not_exist_is_not_found(bench: Bench) -> None:
    with pytest.raises(NotFoundError):
        await bench.gate().confirm(bench.asker, uuid4(), "0" * 64)


@pytest.mark.requirement("one-account-only")
async def test_a_change_of_another_account_does_not_exist(
    bench: Bench, neighbour: TargetAccount
) -> None:
    preview = await bench.proposed()
    stranger = replace(bench.asker, account_id=neighbour.id)
    gate = bench.gate()
    for attempt in (
        gate.confirm(stranger, preview.id, preview.fingerprint),
        gate.cancel(stranger, preview.id),
        gate.revert(stranger, preview.id),
    ):
        with pytest.raises(NotFoundError) as caught:
            await attempt
        assert caught.value.field == "id"
    assert (await bench.row(preview.id)).state == "proposed"


async def test_a_cancelled_change_is_not_carried_out(bench: Bench) -> None:
    change_id = await bench.confirmed()
    gate = bench.gate()
    assert (await gate.cancel(bench.asker, change_id, "wrong SKU")).state == "cancelled"
    assert (await gate.cancel(bench.asker, change_id)).state == "cancelled"
    await gate.execute(bench.account.id, change_id)

    assert await bench.sent() == 0
    assert await bench.actions() == ["proposed", "confirmed", "cancelled"]


async def test_what_was_sent_cannot_be_cancelled(bench: Bench) -> None:
    change_id = await bench.confirmed()
    await bench.gate().execute(bench.account.id, change_id)
    with pytest.raises(InvalidInputError, match="sent"):
        await bench.gate().cancel(bench.asker, change_id)


async def test_a_key_without_the_tool_may_not_cancel(bench: Bench) -> None:
    preview = await bench.proposed()
    asker = replace(bench.asker, scopes=frozenset({Scope.STOCK_READ}))
    with pytest.raises(NotAllowedError):
        await bench.gate().cancel(asker, preview.id)
    assert (await bench.actions())[-1] == "refused"
