"""People decide: what was shown, by whoever may, with a fresh proof where it costs; or no, and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text, update
from tests.writes.conftest import Bench, organisation_of

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
from stockroom.spec.change import Change, Cost
from stockroom.spec.tool import Ground, TargetAccount
from stockroom.tenancy.models import Organisation
from stockroom.tenancy.roles import Role
from stockroom.tools.write.set_planning_inputs import TOOL as INPUTS
from stockroom.tools.write.set_price import SetPrice, SetPriceArguments
from stockroom.writes.approver import Approver
from stockroom.writes.shown import Preview

Person = Callable[..., Approver]
RECORDS = frozenset({Scope.PLANNING_WRITE})
MAY_ONLY_PROPOSE = frozenset({Scope.LISTINGS_WRITE})


@dataclass
class Costly(SetPrice):
    """A price change that spends money."""

    async def plan(self, arguments: SetPriceArguments, ground: Ground) -> Change:
        return replace(await super().plan(arguments, ground), costs=Cost("12.30", "USD"))


@dataclass
class Final(SetPrice):
    """A price change that cannot be undone."""

    async def plan(self, arguments: SetPriceArguments, ground: Ground) -> Change:
        return replace(await super().plan(arguments, ground), irreversible="It stays.")


@pytest.fixture
def person(bench: Bench) -> Person:
    """A member who proved who they are a minute ago: ``person("lin", Role.VIEWER)``."""
    bench.asker = replace(bench.asker, scopes=MAY_ONLY_PROPOSE)

    return bench.person


async def jobs(bench: Bench) -> list[str]:
    async with bench.database.system_session() as session:
        asked = text("select args->>'change_id' from queue.procrastinate_jobs order by id")
        return list((await session.execute(asked)).scalars())


async def refused(
    bench: Bench, error: type[StockroomError], approver: Approver, preview: Preview, **more: Any
) -> StockroomError:
    """Approve, expect the refusal, and that it is in the audit and queued nothing."""
    given = {"fingerprint": preview.fingerprint, **more}
    with pytest.raises(error) as caught:
        await bench.gate().approve(approver, preview.id, **given)
    last = (await bench.audit())[-1]
    assert (last.action, last.actor) == ("refused", approver.actor)
    assert await jobs(bench) == []
    return caught.value


async def set_four_eyes(bench: Bench) -> None:
    organisation_id = await organisation_of(bench.database, bench.account.id)
    async with bench.database.organisation_session(organisation_id) as session:
        await session.execute(update(Organisation).values(four_eyes=True))


# --- approve ----------------------------------------------------------------------------------


@pytest.mark.requirement("approved-by-person")
async def test_what_a_person_approves_is_carried_out_and_audited_as_theirs(
    bench: Bench, person: Person
) -> None:
    preview, lin, gate = await bench.proposed(), person(), bench.gate()

    state = await gate.approve(lin, preview.id, preview.fingerprint)
    assert (state.state, state.delegated) == ("confirmed", False)
    assert await jobs(bench) == [str(preview.id)]
    assert await bench.sent() == 0

    await gate.execute(bench.account.id, preview.id)
    bench.clock.move(30)
    await gate.verify(bench.account.id, preview.id)
    row = await bench.row(preview.id)
    assert row.state == "verified"
    assert row.confirmed_by == {"name": "lin", "person": "lin@example.com", "client": "console"}
    assert await bench.actions() == ["proposed", "confirmed", "executing", "sent", "verified"]
    agreed = (await bench.audit())[1]
    assert agreed.actor == "member lin@example.com"
    assert '"guardrails":[{' in agreed.details
    assert "203.0.113.7" in agreed.details


async def test_approving_twice_answers_the_state_and_queues_once(
    bench: Bench, person: Person
) -> None:
    preview, gate = await bench.proposed(), bench.gate()
    first = await gate.approve(person(), preview.id, preview.fingerprint)
    again = await gate.approve(person("kim"), preview.id, preview.fingerprint)
    assert first == again
    assert len(await jobs(bench)) == 1


@pytest.mark.requirement("approved-by-person")
@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
async def test_who_may_not_decide_is_refused_and_audited(
    bench: Bench, person: Person, role: Role
) -> None:
    preview = await bench.proposed()
    await refused(bench, NotAllowedError, person(role=role), preview)
    with pytest.raises(NotAllowedError):
        await bench.gate().reject(person(role=role), preview.id, "no")
    assert (await bench.actions())[-1] == "refused"
    assert (await bench.row(preview.id)).state == "proposed"


@pytest.mark.requirement("no-unseen-change")
async def test_another_fingerprint_than_the_pages_is_refused(bench: Bench, person: Person) -> None:
    await refused(bench, StaleError, person(), await bench.proposed(), fingerprint="0" * 64)


async def test_a_lapsed_preview_cannot_be_approved(bench: Bench, person: Person) -> None:
    preview = await bench.proposed()
    bench.clock.move(15 * 60)
    await refused(bench, StaleError, person(), preview)
    assert (await bench.row(preview.id)).state == "expired"


@pytest.mark.requirement("one-account-only")
async def test_a_change_of_another_account_is_not_there_to_decide_about(
    bench: Bench, person: Person, neighbour: TargetAccount
) -> None:
    preview, gate = await bench.proposed(), bench.gate()
    stranger = replace(person(), account_id=neighbour.id)
    with pytest.raises(NotFoundError):
        await gate.approve(stranger, preview.id, preview.fingerprint)
    with pytest.raises(NotFoundError):
        await gate.reject(stranger, preview.id, "no")


@pytest.mark.requirement("costs-restated")
@pytest.mark.parametrize(("tool", "amount"), [(Costly(), "12.30 USD"), (Final(), "")])
async def test_what_costs_or_is_final_wants_a_fresh_proof_and_no_key(
    bench: Bench, person: Person, tool: SetPrice, amount: str
) -> None:
    gate = bench.gate(tool)
    preview = await gate.propose(bench.asker, "set_price", bench.wanted())
    asker = replace(bench.asker, scopes=MAY_ONLY_PROPOSE | {Scope.CONFIRM})
    with pytest.raises(NotAllowedError):
        await gate.confirm(asker, preview.id, preview.fingerprint)

    told = await refused(bench, NotAllowedError, person(proved=15), preview, amount=amount)
    assert "password" in told.next_step
    state = await gate.approve(person(proved=14), preview.id, preview.fingerprint, amount)
    assert state.state == "confirmed"


@pytest.mark.requirement("costs-restated")
@pytest.mark.parametrize("amount", ["", "12.3 USD", "12.30 EUR", "1.00 USD"])
async def test_another_amount_than_what_is_stored_is_refused(
    bench: Bench, person: Person, amount: str
) -> None:
    preview = await bench.gate(Costly()).propose(bench.asker, "set_price", bench.wanted())
    told = await refused(bench, StaleError, person(), preview, amount=amount)
    assert told.field == "amount"


async def test_the_limits_of_the_key_hold_for_whoever_approves(
    bench: Bench, person: Person
) -> None:
    preview = await bench.proposed()
    await bench.set_key(limits={"changes_per_day": 0})
    await refused(bench, GuardrailError, person(), preview)
    assert (await bench.row(preview.id)).state == "proposed"


async def test_a_stopped_account_or_a_revoked_key_lets_nobody_approve(
    bench: Bench, person: Person
) -> None:
    preview = await bench.proposed()
    await bench.set_account(stopped=True)
    await refused(bench, StoppedError, person(), preview)
    await bench.set_account(stopped=False)
    await bench.set_key(revoked_at=bench.clock.now())
    await refused(bench, NotAllowedError, person(), preview)


async def test_of_two_previews_of_one_price_the_second_is_blocked(
    bench: Bench, person: Person
) -> None:
    first, second = await bench.proposed(), await bench.proposed(str(bench.listing.price + 1))
    gate = bench.gate()
    await gate.approve(person(), first.id, first.fingerprint)
    await gate.execute(bench.account.id, first.id)
    with pytest.raises(StaleError, match=str(first.id)):
        await gate.approve(person(), second.id, second.fingerprint)
    assert (await bench.row(second.id)).state == "blocked"


# --- four eyes ----------------------------------------------------------------------------------


@pytest.mark.requirement("four-eyes")
async def test_with_four_eyes_nobody_approves_what_their_own_key_proposed(
    bench: Bench, person: Person
) -> None:
    await set_four_eyes(bench)
    await bench.set_key(created_by="lin@example.com")
    preview = await bench.proposed()
    told = await refused(bench, NotAllowedError, person("lin", Role.OWNER), preview)
    assert "somebody else" in told.next_step
    state = await bench.gate().approve(person("kim"), preview.id, preview.fingerprint)
    assert state.state == "confirmed"


@pytest.mark.requirement("four-eyes")
async def test_with_four_eyes_nobody_approves_what_their_own_program_proposed(
    bench: Bench, person: Person
) -> None:
    await set_four_eyes(bench)
    bench.asker = replace(bench.asker, person="lin@example.com")
    preview = await bench.proposed()
    await refused(bench, NotAllowedError, person("lin", Role.OWNER), preview)


@pytest.mark.requirement("four-eyes")
async def test_four_eyes_are_about_amazon_and_not_about_what_is_only_kept_here(
    bench: Bench, person: Person
) -> None:
    await set_four_eyes(bench)
    lin = person()
    bench.asker = replace(bench.asker, person=lin.visitor.email, scopes=RECORDS)
    await bench.set_key(scopes=RECORDS)
    gate = bench.gate(INPUTS)
    for days, by_key in ((45, True), (50, False)):
        asked = {"marketplace": "US", "sku": "LAMP-1", "inputs": {"lead_time_days": days}}
        preview = await gate.propose(bench.asker, INPUTS.name, asked)
        if by_key:
            await gate.confirm(bench.asker, preview.id, preview.fingerprint)
        else:
            await gate.approve(lin, preview.id, preview.fingerprint)
        assert (await bench.row(preview.id)).confirmed_at is not None


@pytest.mark.requirement("four-eyes")
async def test_with_four_eyes_no_key_confirms(bench: Bench, person: Person) -> None:
    preview = await bench.proposed()
    asker = replace(bench.asker, scopes=MAY_ONLY_PROPOSE | {Scope.CONFIRM})
    await set_four_eyes(bench)
    with pytest.raises(NotAllowedError, match="second person"):
        await bench.gate().confirm(asker, preview.id, preview.fingerprint)
    assert (await bench.actions())[-1] == "refused"
    await bench.gate().approve(person(), preview.id, preview.fingerprint)


async def test_without_four_eyes_an_owner_approves_what_their_key_proposed(
    bench: Bench, person: Person
) -> None:
    await bench.set_key(created_by="lin@example.com")
    preview = await bench.proposed()
    await bench.gate().approve(person("lin", Role.OWNER), preview.id, preview.fingerprint)


# --- reject -------------------------------------------------------------------------------------


async def test_a_rejection_ends_the_proposal_and_tells_the_agent_why(
    bench: Bench, person: Person
) -> None:
    preview, gate = await bench.proposed(), bench.gate()
    state = await gate.reject(person(), preview.id, " Too\u202e dear\nfor December. ")

    assert state.state == "rejected"
    assert state.problem == "A person rejected it: Too dear for December."
    assert "Do not propose it again" in state.next_step
    asker = replace(bench.asker, scopes=MAY_ONLY_PROPOSE | {Scope.CONFIRM})
    with pytest.raises(InvalidInputError, match="Too dear for December") as caught:
        await gate.confirm(asker, preview.id, preview.fingerprint)
    assert "Do not propose it again" in caught.value.next_step
    row = await bench.row(preview.id)
    assert row.rejected_by == person().signature
    assert await jobs(bench) == []
    assert await bench.actions() == ["proposed", "rejected", "refused"]


async def test_rejecting_twice_is_harmless_and_rejecting_what_was_approved_is_too_late(
    bench: Bench, person: Person
) -> None:
    gate = bench.gate()
    first = await bench.proposed()
    once = await gate.reject(person(), first.id, "no")
    assert await gate.reject(person("kim"), first.id, "never") == once
    second = await bench.proposed(str(bench.listing.price + 1))
    await gate.approve(person(), second.id, second.fingerprint)
    with pytest.raises(InvalidInputError, match="confirmed"):
        await gate.reject(person(), second.id, "no")


async def test_a_rejection_needs_a_reason_and_a_preview_that_stands(
    bench: Bench, person: Person
) -> None:
    preview, gate = await bench.proposed(), bench.gate()
    with pytest.raises(InvalidInputError) as caught:
        await gate.reject(person(), preview.id, " \u200b ")
    assert caught.value.field == "reason"
    bench.clock.move(15 * 60)
    with pytest.raises(StaleError):
        await gate.reject(person(), preview.id, "no")
    assert (await bench.row(preview.id)).state == "expired"


async def test_the_same_proposal_carries_the_rejection_for_thirty_days(
    bench: Bench, person: Person
) -> None:
    async def warnings(price: str | None = None) -> list[str]:
        preview = await bench.proposed(price)
        return [one for one in preview.warnings if "rejected" in one]

    first: UUID = (await bench.proposed()).id
    await bench.gate().reject(person(), first, "Too dear.")

    (told,) = await warnings()
    assert "2026-11-21" in told
    assert str(first) in told
    assert '"Too dear."' in told
    spelled_otherwise = f"0{bench.wanted()['price']}"
    assert await warnings(spelled_otherwise) == [told]
    item = bench.wanted()
    batch = await bench.gate().propose_batch(bench.asker, "set_price", [item])
    assert told in batch.items[0]["warnings"]
    assert await warnings(str(bench.listing.price + 3)) == []
    bench.clock.move(30 * 24 * 3600)
    assert await warnings() == []
