"""Raw documents go when they have been kept long enough; what was read from them stays."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from tests.reports.lines import quoted
from tests.sync.conftest import NOW, Desk, connected

from stockroom.amazon.connection import AmazonConnections
from stockroom.simulator.world import World
from stockroom.spec.run import RunState
from stockroom.sync.replay import Replay
from stockroom.sync.retention import Forgotten, forget_old

DAY = date(2026, 11, 18)
LATER = NOW + timedelta(days=91)
HELD = "select (select count(*) from raw.documents), (select count(*) from raw.document_chunks)"


def ledger(*skus: str) -> str:
    return quoted(*({"MSKU": sku} for sku in skus))


async def forget(desk: Desk, **more: Any) -> Forgotten:
    account = desk.seller.facts.id
    return await forget_old(desk.database, account, **{"now": LATER, "days": 90, **more})


async def test_old_documents_are_deleted_and_their_rows_stay(desk: Desk) -> None:
    await desk.filled("ledger_summary", ledger("A", "B"), DAY)
    await desk.engine.derive(desk.seller.facts)
    assert (await forget(desk, now=NOW + timedelta(days=89))).documents == 0
    assert await desk.rows(HELD) == [(1, 1)]
    forgotten = await forget(desk)
    assert (forgotten.documents, forgotten.bytes) == (1, len(ledger("A", "B").encode()))
    assert await desk.rows(HELD) == [(0, 0)]
    assert await desk.rows("select count(*) from core.ledger_days") == [(2,)]
    found = await Replay(desk.engine, desk.seller.facts, desk.seller.amazon).of("ledger_summary")
    assert (found.documents, len(found.gone)) == (0, 1)


async def test_what_is_withheld_is_kept_until_it_is_settled(desk: Desk) -> None:
    many = [f"S{n:02}" for n in range(30)]
    await desk.filled("ledger_summary", ledger(*many), DAY)
    await desk.engine.derive(desk.seller.facts)
    held = await desk.filled("ledger_summary", ledger(*many[:3]), DAY)
    assert held.state == RunState.QUARANTINED
    assert (await forget(desk)).documents == 1
    assert await desk.rows("select id from raw.documents") == [(held.id,)]
    await desk.store(held.but(state=RunState.DISCARDED.value))
    assert (await forget(desk)).documents == 1
    assert await desk.rows(HELD) == [(0, 0)]


async def test_a_document_that_is_not_loaded_yet_is_kept(desk: Desk) -> None:
    await desk.landed("ledger_summary", ledger("A"), DAY)
    assert (await forget(desk)).documents == 0


async def test_what_a_landing_left_half_done_goes_too(desk: Desk) -> None:
    run = await desk.landed("ledger_summary", ledger("A"), DAY)
    await desk.rows("delete from raw.documents returning 1")
    await forget(desk)
    assert await desk.rows(HELD) == [(0, 1)]  # its run may still land it
    await desk.store(run.but(state=RunState.FAILED.value))
    await forget(desk)
    assert await desk.rows(HELD) == [(0, 0)]


async def test_another_accounts_documents_are_not_seen(
    desk: Desk, connections: AmazonConnections, world: World
) -> None:
    await desk.filled("ledger_summary", ledger("A"), DAY)
    await desk.engine.derive(desk.seller.facts)
    others = [one for one in world.sellers.values() if one.slug != desk.seller.facts.slug]
    other = await connected(desk.database, connections, others[0])
    found = await forget_old(desk.database, other.facts.id, now=LATER, days=90)
    assert found.documents == 0
    assert await desk.rows(HELD) == [(1, 1)]
