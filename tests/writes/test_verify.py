"""Reading back: later each time, to one of two ends; and putting the old value back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from tests.writes.conftest import Bench

from stockroom.core.errors import AuthorizationLostError, InvalidInputError
from stockroom.spec.change import Change, Receipt, Seen, Verdict
from stockroom.spec.tool import Ground
from stockroom.tools.write.set_price import SetPrice
from stockroom.writes.shown import ChangeState
from stockroom.writes.verify import NEVER_READ, pause_after


@dataclass
class Deaf(SetPrice):
    """An Amazon that accepts and never applies, or reports what it holds against the change."""

    verdict: Verdict | None = None
    error: AuthorizationLostError | None = None

    async def execute(self, change: Change, ground: Ground) -> Receipt:  # noqa: ARG002 - deaf
        return Receipt(accepted=True, answer={"status": "ACCEPTED"})

    async def verify(self, change: Change, ground: Ground) -> Verdict:
        if self.error:
            raise self.error
        return self.verdict or await super().verify(change, ground)


async def looks(bench: Bench, tool: Deaf, *, times: int = 1, apart_s: float = 10) -> str:
    change_id = await bench.confirmed()
    gate = bench.gate(tool)
    await gate.execute(bench.account.id, change_id)
    for _ in range(times):
        bench.clock.move(apart_s)
        await gate.verify(bench.account.id, change_id)
    row = await bench.row(change_id)
    assert row.looks == times
    return row.state


async def test_a_change_that_amazon_has_not_shown_yet_stays_sent(bench: Bench) -> None:
    assert await looks(bench, Deaf(), times=2, apart_s=35 * 3600) == "sent"


async def test_a_change_that_amazon_never_shows_is_rejected_after_72_hours(bench: Bench) -> None:
    assert await looks(bench, Deaf(), times=1, apart_s=72 * 3600) == "rejected"


async def test_amazons_issue_ends_it_as_rejected_with_its_words(bench: Bench) -> None:
    verdict = Verdict(Seen.REFUSED, {"price": "1.00"}, ("18155: too low",))
    assert await looks(bench, Deaf(verdict=verdict)) == "rejected"
    last = (await bench.audit())[-1]
    assert "18155: too low" in last.details
    assert last.change_id is not None
    row = await bench.row(last.change_id)
    assert row.amazon_says == ["18155: too low"]
    assert "too low" not in (row.problem or "")


async def test_a_look_that_fails_is_only_a_look(bench: Bench) -> None:
    lost = AuthorizationLostError("The grant is gone.", status=403)
    assert await looks(bench, Deaf(error=lost), times=2, apart_s=60) == "sent"


async def test_what_cannot_be_read_for_72_hours_is_looked_at_no_more_and_blocks_nothing(
    bench: Bench,
) -> None:
    lost = AuthorizationLostError("The grant is gone.", status=403)
    assert await looks(bench, Deaf(error=lost), times=3, apart_s=24 * 3600) == "sent"
    last = (await bench.audit())[-1]
    assert (last.action, last.change_id is not None) == ("unseen", True)
    row = await bench.row(UUID(str(last.change_id)))
    assert (row.next_look_at, row.problem) == (None, NEVER_READ)
    assert "See at Amazon" in ChangeState.of(row).next_step
    bench.clock.move(24 * 3600)
    assert await bench.gate().sweep(bench.account.id) == 0
    assert (await bench.proposed()).state == "proposed"


async def test_each_look_queues_the_next_one(bench: Bench) -> None:
    await looks(bench, Deaf(), times=2)
    async with bench.database.system_session() as session:
        tasks = await session.scalars(
            text("select task_name from queue.procrastinate_jobs where scheduled_at is not null")
        )
    assert list(tasks) == ["writes.verify"] * 3


async def test_a_job_too_many_does_not_look(bench: Bench) -> None:
    change_id = await bench.confirmed()
    gate = bench.gate(Deaf())
    await gate.execute(bench.account.id, change_id)
    bench.clock.move(10)
    for _ in range(3):
        await gate.verify(bench.account.id, change_id)
    assert (await bench.row(change_id)).looks == 1


def test_looks_get_rarer_and_stay_within_three_hours() -> None:
    pauses = [pause_after(looks) for looks in range(20)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == timedelta(hours=3)


# --- revert ---------------------------------------------------------------------------------


async def test_a_verified_change_can_be_put_back_by_another_preview(bench: Bench) -> None:
    old = str(bench.listing.price)
    change_id = await bench.carried_out()

    preview = await bench.gate().revert(bench.asker, change_id)
    assert preview.after["price"] == old
    assert preview.state == "proposed"
    assert (await bench.row(preview.id)).reverts == change_id
    assert await bench.sent() == 1

    await bench.gate().confirm(bench.asker, preview.id, preview.fingerprint)
    await bench.gate().execute(bench.account.id, preview.id)
    bench.clock.move(30)
    assert (await bench.live_offer())["ALL"]["our_price"][0]["schedule"][0][
        "value_with_tax"
    ] == float(old)


async def test_what_was_not_carried_out_cannot_be_put_back(bench: Bench) -> None:
    preview = await bench.proposed()
    with pytest.raises(InvalidInputError, match="proposed"):
        await bench.gate().revert(bench.asker, preview.id)


# --- sweep ----------------------------------------------------------------------------------


async def test_the_sweep_ends_previews_whose_time_is_over(bench: Bench) -> None:
    preview = await bench.proposed()
    assert await bench.gate().sweep(bench.account.id) == 0
    bench.clock.move(15 * 60)

    assert await bench.gate().sweep(bench.account.id) == 1
    assert (await bench.row(preview.id)).state == "expired"
    assert await bench.gate().sweep(bench.account.id) == 0


async def test_the_sweep_finds_a_read_back_that_lost_its_job(bench: Bench) -> None:
    change_id = await bench.confirmed()
    await bench.gate().execute(bench.account.id, change_id)
    async with bench.database.system_session() as session:
        await session.execute(text("delete from queue.procrastinate_jobs"))
    bench.clock.move(3600)
    await bench.gate().sweep(bench.account.id)

    async with bench.database.system_session() as session:
        tasks = await session.scalars(text("select task_name from queue.procrastinate_jobs"))
        assert list(tasks) == ["writes.verify"]
