"""Two previews of one price: both were true when they were shown, and only one goes out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

import psycopg
import pytest
from psycopg.types.json import Jsonb
from sqlalchemy import func, insert, select, true
from sqlalchemy.dialects.postgresql.psycopg import dialect
from tests.writes.conftest import Bench

from stockroom.core.errors import StaleError
from stockroom.db.place import Place
from stockroom.spec.change import Change, Receipt, Seen, Verdict
from stockroom.spec.tool import Ground
from stockroom.tools.write.set_price import SetPrice, SetPriceArguments
from stockroom.writes.models import ChangeRow
from stockroom.writes.rivals import rivals

DIALECT = dialect()  # type: ignore[no-untyped-call] # SQLAlchemy types it no better


@dataclass
class Lagging(SetPrice):
    """An Amazon that goes on showing each price as it was first read."""

    first: dict[str, Change] = field(default_factory=dict)

    async def plan(self, arguments: SetPriceArguments, ground: Ground) -> Change:
        if arguments.price not in self.first:
            self.first[arguments.price] = await super().plan(arguments, ground)
        return self.first[arguments.price]


class Refusing(SetPrice):
    """An Amazon that says no to the call itself."""

    async def execute(self, change: Change, ground: Ground) -> Receipt:  # noqa: ARG002 - whatever is asked
        return Receipt(accepted=False, answer={"status": "INVALID"}, problems=("7: no",))


class RulingOut(SetPrice):
    """An Amazon that takes the change and reports an issue with it afterwards."""

    async def verify(self, change: Change, ground: Ground) -> Verdict:  # noqa: ARG002 - whatever is asked
        return Verdict(Seen.REFUSED, {}, ("18155: too low",))


@dataclass
class Meanwhile(SetPrice):
    """The tool, with something that happens while it reads."""

    happens: Callable[[], Awaitable[None]]

    async def plan(self, arguments: SetPriceArguments, ground: Ground) -> Change:
        change = await super().plan(arguments, ground)
        await self.happens()
        return change


async def two(bench: Bench, tool: SetPrice) -> tuple[UUID, UUID]:
    """Two changes of one price, both shown and agreed to before either was carried out."""
    gate, ids = bench.gate(tool), []
    for more in (1, 2):
        wanted = bench.wanted(str(bench.listing.price + Decimal(more)))
        preview = await gate.propose(bench.asker, tool.name, wanted)
        await gate.confirm(bench.asker, preview.id, preview.fingerprint)
        ids.append(preview.id)
    return ids[0], ids[1]


async def states(bench: Bench, *ids: UUID) -> list[str]:
    return [(await bench.row(one)).state for one in ids]


async def set_state(bench: Bench, change_id: UUID, state: str) -> None:
    async with bench.database.session(bench.account.id) as session:
        row = await session.get_one(ChangeRow, (bench.account.id, change_id))
        row.state, row.taken_at = state, bench.clock.now()


@pytest.mark.requirement("no-unseen-change")
async def test_of_two_previews_carried_out_at_once_one_goes_out(bench: Bench) -> None:
    ids = await two(bench, SetPrice())
    await asyncio.gather(*(bench.gate().execute(bench.account.id, one) for one in ids))

    assert sorted(await states(bench, *ids)) == ["blocked", "sent"]
    assert await bench.sent() == 1


@pytest.mark.requirement("no-unseen-change")
async def test_the_second_is_stale_while_amazon_does_not_show_the_first(bench: Bench) -> None:
    first, second = await two(bench, SetPrice())
    await bench.gate().execute(bench.account.id, first)
    await bench.gate().execute(bench.account.id, second)

    row = await bench.row(second)
    assert (row.state, row.problem_kind) == ("blocked", "stale")
    assert str(first) in (row.problem or "")
    assert await bench.sent() == 1


@pytest.mark.requirement("no-unseen-change")
async def test_the_second_is_stale_after_the_first_got_through_whatever_amazon_shows(
    bench: Bench,
) -> None:
    tool = Lagging()
    first, second = await two(bench, tool)
    await bench.gate(tool).execute(bench.account.id, first)
    bench.clock.move(30)
    await bench.gate(tool).verify(bench.account.id, first)
    await bench.gate(tool).execute(bench.account.id, second)

    assert await states(bench, first, second) == ["verified", "blocked"]
    assert await bench.sent() == 1


async def test_what_amazon_took_and_then_ruled_out_makes_the_second_stale(bench: Bench) -> None:
    first, second = await two(bench, SetPrice())
    bench.clock.move(1)
    await bench.gate().execute(bench.account.id, first)
    bench.clock.move(10)
    await bench.gate(RulingOut()).verify(bench.account.id, first)
    await bench.gate(Lagging()).execute(bench.account.id, second)

    assert await states(bench, first, second) == ["rejected", "blocked"]


async def test_what_amazon_turned_down_leaves_the_second_as_it_was_shown(bench: Bench) -> None:
    first, second = await two(bench, SetPrice())
    bench.clock.move(1)
    await bench.gate(Refusing()).execute(bench.account.id, first)
    await bench.gate().execute(bench.account.id, second)

    assert await states(bench, first, second) == ["rejected", "sent"]


@pytest.mark.parametrize("state", ["executing", "sent", "unknown"])
async def test_a_proposal_waits_for_a_change_of_its_target_in_flight(
    bench: Bench, state: str
) -> None:
    first = await bench.confirmed()
    await set_state(bench, first, state)
    with pytest.raises(StaleError) as refused:
        await bench.proposed(str(bench.listing.price + 2))

    assert f"Wait for change {first}" in refused.value.next_step
    assert (await bench.actions())[-1] == "refused"


@pytest.mark.parametrize("state", ["executing", "sent", "unknown"])
async def test_a_confirmation_ends_a_preview_that_was_overtaken(bench: Bench, state: str) -> None:
    preview = await bench.proposed(str(bench.listing.price + 2))
    await set_state(bench, await bench.confirmed(), state)
    with pytest.raises(StaleError):
        await bench.gate().confirm(bench.asker, preview.id, preview.fingerprint)

    assert await states(bench, preview.id) == ["blocked"]
    assert (await bench.actions())[-2:] == ["blocked", "refused"]


async def test_previews_and_agreements_of_one_target_may_wait_side_by_side(bench: Bench) -> None:
    first, second = await two(bench, SetPrice())
    third = await bench.proposed(str(bench.listing.price + 3))
    assert await states(bench, first, second, third.id) == ["confirmed", "confirmed", "proposed"]


async def test_a_change_that_got_through_while_the_values_were_read_refuses_the_proposal(
    bench: Bench,
) -> None:
    async def carried_out() -> None:
        bench.clock.move(1)
        await bench.carried_out()

    gate = bench.gate(Meanwhile(carried_out))
    with pytest.raises(StaleError, match="out of date"):
        await gate.propose(
            bench.asker, "set_price", bench.wanted(str(bench.listing.price + Decimal(2)))
        )


async def test_another_sku_does_not_wait(bench: Bench) -> None:
    await bench.gate().execute(bench.account.id, await bench.confirmed())
    other = next(
        one for one in bench.listings if one.sku != bench.listing.sku and one.maximum_price is None
    )
    wanted = bench.wanted(str(other.price + 1), sku=other.sku, currency=other.currency)
    preview = await bench.gate().propose(bench.asker, "set_price", wanted)
    await bench.gate().confirm(bench.asker, preview.id, preview.fingerprint)
    await bench.gate().execute(bench.account.id, preview.id)
    assert await states(bench, preview.id) == ["sent"]


async def test_a_rival_is_found_by_index(bench: Bench, place: Place) -> None:
    preview = await bench.proposed()
    await many_targets(bench, preview.id)
    query = rivals(
        bench.account.id,
        "set_price",
        {"sku": bench.listing.sku, "marketplace": "US"},
        since=bench.clock.now(),
        change_id=preview.id,
    ).compile(dialect=DIALECT, compile_kwargs={"render_postcompile": True})
    used = {
        name: Jsonb(value) if isinstance(value, dict) else value
        for name, value in query.params.items()
    }
    with psycopg.connect(place.conninfo(place.admin), autocommit=True) as owner:
        owner.execute("analyze app.changes")
        rows = owner.execute(f"explain {query}".encode(), used).fetchall()
    plan = "\n".join(row[0] for row in rows)
    assert "ix_changes_target" in plan
    assert "Seq Scan" not in plan


async def many_targets(bench: Bench, change_id: UUID) -> None:
    """Thousands of changes like this one, each of a SKU of its own."""
    copies = func.generate_series(1, 5000).table_valued("n", name="copies").render_derived()
    new = {
        "id": func.gen_random_uuid(),
        "target": func.jsonb_build_object("sku", copies.c.n, "marketplace", "US"),
    }
    names = ChangeRow.__table__.columns.keys()
    like = [new.get(name, ChangeRow.__table__.c[name]) for name in names]
    rows = select(*like).join_from(ChangeRow, copies, true()).where(ChangeRow.id == change_id)
    async with bench.database.session(bench.account.id) as session:
        await session.execute(insert(ChangeRow).from_select(names, rows))
