"""The gate behind a real worker, and its rows as the reader and the auditor see them."""

from __future__ import annotations

import json
from uuid import UUID, uuid4

import psycopg
import pytest
from procrastinate import App, PsycopgConnector
from sqlalchemy import func, insert, select, text, true
from sqlalchemy.exc import ProgrammingError
from tests.writes.conftest import Bench

from stockroom.core.errors import InvalidInputError
from stockroom.db.place import Place
from stockroom.db.query import Query
from stockroom.db.reach import EVERYWHERE
from stockroom.spec.tool import TargetAccount
from stockroom.tools.read.changes import QUERIES, changes
from stockroom.tools.write.set_price import TOOL
from stockroom.writes import jobs
from stockroom.writes.doors import GATE_TOOLS, proposal_arguments, split_proposal
from stockroom.writes.models import AuditRow, ChangeRow
from stockroom.writes.owed import Word
from stockroom.writes.trail import verify_account


async def work(bench: Bench) -> None:
    """One worker, until the queue has nothing that is due."""
    connector = PsycopgConnector(
        conninfo=bench.database.writer_conninfo, kwargs={"options": "-c search_path=queue"}
    )
    app = App(connector=connector)
    jobs.register(app, bench.gate())
    async with app.open_async():
        await app.run_worker_async(
            wait=False, install_signal_handlers=False, listen_notify=False, queues=[jobs.QUEUE]
        )


async def test_a_worker_carries_out_what_was_confirmed(bench: Bench) -> None:
    change_id = await bench.confirmed()
    await work(bench)

    assert (await bench.row(change_id)).state == "sent"
    assert await bench.sent() == 1


async def test_a_worker_tells_the_audit_what_it_is_owed_once(bench: Bench) -> None:
    word = Word(bench.account.id, "operator", "organisation_stopped", {"since": "now"})
    for _ in range(2):
        async with bench.database.session(bench.account.id) as session:
            await jobs.owe(session, word)
    await work(bench)
    (row,) = await bench.audit()
    assert (row.actor, row.action, row.details) == (word.actor, word.action, '{"since":"now"}')


async def test_a_lost_job_can_be_given_back_while_its_twin_waits(bench: Bench) -> None:
    change_id = uuid4()
    async with bench.database.session(bench.account.id) as session:
        await jobs.defer(session, bench.clock, jobs.VERIFY, bench.account.id, change_id)
        await session.execute(text("update queue.procrastinate_jobs set status = 'doing'"))
        await jobs.defer(session, bench.clock, jobs.VERIFY, bench.account.id, change_id)
    app = App(connector=PsycopgConnector(conninfo=bench.database.writer_conninfo))
    async with app.open_async():
        (lost,) = await app.job_manager.list_jobs_async(status="doing")
        await app.job_manager.retry_job(lost)
        assert len(list(await app.job_manager.list_jobs_async(status="todo"))) == 2


async def test_a_transaction_that_fails_takes_its_job_along(bench: Bench) -> None:
    async with bench.database.session(bench.account.id) as session:
        await jobs.defer(session, bench.clock, jobs.VERIFY, bench.account.id, uuid4())
        await session.rollback()
    async with bench.database.system_session() as session:
        assert await session.scalar(text("select count(*) from queue.procrastinate_jobs")) == 0


# --- the audit in the database ----------------------------------------------------------------


async def test_the_chain_of_a_whole_life_holds(bench: Bench) -> None:
    await bench.carried_out()
    assert (await verify_account(bench.database, bench.account.id)).broken is None
    assert [row.seq for row in await bench.audit()] == [1, 2, 3, 4, 5]


@pytest.mark.requirement("audit-append-only")
@pytest.mark.parametrize(
    "statement", ["update app.audit set actor = 'me'", "delete from app.audit"]
)
async def test_the_writer_can_neither_change_nor_remove_audit_rows(
    bench: Bench, statement: str
) -> None:
    await bench.proposed()
    with pytest.raises(ProgrammingError) as refused:
        async with bench.database.session(bench.account.id) as session:
            await session.execute(text(statement))
    assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege)


# --- the changes tool ----------------------------------------------------------------------------


async def test_changes_tells_state_values_and_problem(bench: Bench) -> None:
    change_id = await bench.confirmed()
    await bench.moved_price(bench.listing.price + 3)
    await bench.gate().execute(bench.account.id, change_id)

    async with bench.database.read(bench.account.id, EVERYWHERE) as db:
        answer = await changes.ask(db, bench.clock, id=change_id)
    (row,) = (dict(zip(answer.columns, values, strict=True)) for values in answer.rows)
    assert len(answer.columns) <= 14
    assert (row["id"], row["tool"], row["state"]) == (str(change_id), "set_price", "blocked")
    assert (row["sku"], row["marketplace"]) == (bench.listing.sku, "US")
    assert row["problem_kind"] == "stale"
    assert row["before"] == {"price": str(bench.listing.price), "currency": "USD"}


async def test_changes_with_an_id_shows_the_trail(bench: Bench) -> None:
    change_id = await bench.carried_out()
    async with bench.database.read(bench.account.id, EVERYWHERE) as db:
        answer = await changes.ask(db, bench.clock, id=change_id, detail="full")
    trail = answer.rows[0][list(answer.columns).index("trail")]
    assert [step[2] for step in trail] == await bench.actions()
    assert json.dumps(answer.rows)


async def test_changes_pages_newest_first_and_filters_by_state(bench: Bench) -> None:
    ids: list[str] = []
    for cents in range(3):
        preview = await bench.proposed(str(bench.listing.price + 1 + cents))
        ids.insert(0, str(preview.id))
        bench.clock.move(1)
    await bench.gate().cancel(bench.asker, preview.id)

    async with bench.database.read(bench.account.id, EVERYWHERE) as db:
        first = await changes.ask(db, bench.clock, limit=2)
        second = await changes.ask(db, bench.clock, limit=2, cursor=first.next_cursor)
        waiting = await changes.ask(db, bench.clock, state="proposed")
    assert [row[0] for row in (*first.rows, *second.rows)] == ids
    assert second.next_cursor is None
    assert [row[0] for row in waiting.rows] == ids[1:]


async def test_changes_shows_a_lapsed_preview_as_expired_before_any_sweep(bench: Bench) -> None:
    preview = await bench.proposed()
    bench.clock.move(15 * 60)
    async with bench.database.read(bench.account.id, EVERYWHERE) as db:
        expired = await changes.ask(db, bench.clock, state="expired")
        waiting = await changes.ask(db, bench.clock, state="proposed")
    assert [row[0] for row in expired.rows] == [str(preview.id)]
    assert waiting.rows == []


@pytest.mark.parametrize("query", QUERIES)
async def test_changes_finds_its_rows_by_index(bench: Bench, place: Place, query: Query) -> None:
    preview = await bench.proposed()
    await many_more(bench, preview.id)
    with psycopg.connect(place.conninfo(place.admin), autocommit=True) as owner:
        owner.execute("analyze app.changes")
        owner.execute("analyze app.audit")
    plan = await plan_of(bench, query, id=preview.id, limit=51, now=bench.clock.now())

    assert "Seq Scan" not in plan
    assert "Sort" not in plan


async def many_more(bench: Bench, change_id: UUID) -> None:
    """Thousands of rows like the ones of a change."""
    copies = func.generate_series(1, 5000).table_valued("n", name="copies").render_derived()
    async with bench.database.session(bench.account.id) as session:
        for model, new in (
            (ChangeRow, {"id": func.gen_random_uuid()}),
            (AuditRow, {"seq": copies.c.n + 1, "change_id": func.gen_random_uuid()}),
        ):
            names = model.__table__.columns.keys()
            like = [new.get(name, model.__table__.c[name]) for name in names]
            where = (ChangeRow.id == change_id) if model is ChangeRow else AuditRow.seq == 1
            rows = select(*like).join_from(model, copies, true()).where(where)
            await session.execute(insert(model).from_select(names, rows))


async def plan_of(bench: Bench, query: Query, **params: object) -> str:
    """The plan that every caller of a prepared statement gets, as the reader."""
    async with (
        bench.database.reader.connection() as connection,
        connection.transaction(),
        connection.cursor() as cursor,
    ):
        await cursor.execute("select set_config('app.account', %s, true)", (str(bench.account.id),))
        used = {key: value for key, value in params.items() if f"%({key})s" in query.sql}
        await cursor.execute(f"explain {query.sql}".encode(), {**query.defaults, **used})
        return "\n".join(row[0] for row in await cursor.fetchall())


async def test_changes_explains_that_it_is_empty(bench: Bench) -> None:
    async with bench.database.read(bench.account.id, EVERYWHERE) as db:
        assert "ever proposed" in (await changes.ask(db, bench.clock)).notes[0]
        assert "reach" in (await changes.ask(db, bench.clock, id=uuid4())).notes[0]
        with pytest.raises(InvalidInputError):
            await changes.ask(db, bench.clock, cursor="WzFd")


async def test_another_account_sees_nothing(bench: Bench, neighbour: TargetAccount) -> None:
    await bench.carried_out()
    async with bench.database.read(neighbour.id, EVERYWHERE) as db:
        assert (await changes.ask(db, bench.clock)).rows == []


# --- the gate's own tools ------------------------------------------------------------------------


async def test_the_gates_tools_are_called_by_their_arguments(bench: Bench) -> None:
    tools = {tool.name: tool for tool in GATE_TOOLS}
    model = proposal_arguments(TOOL)
    given = model.model_validate({**bench.wanted(), "reason": "sale", "idempotency_key": "1"})
    own, reason, key = split_proposal(given)
    gate = bench.gate()
    preview = await gate.propose(bench.asker, TOOL.name, own, reason=reason, idempotency_key=key)
    assert (await bench.row(preview.id)).reason == "sale"

    confirm, cancel = tools["confirm_change"], tools["cancel_change"]
    asked = {"id": str(preview.id), "fingerprint": preview.fingerprint}
    state = await confirm.call(gate, bench.asker, confirm.arguments.model_validate(asked))
    assert state.facts()["state"] == "confirmed"
    asked = {"id": str(preview.id), "reason": "no"}
    state = await cancel.call(gate, bench.asker, cancel.arguments.model_validate(asked))
    assert json.loads(json.dumps(state.facts()))["state"] == "cancelled"
