"""A key that confirms what the person at its client agrees to: asked in full, bound to what was shown."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import pytest
from mcp.shared.exceptions import MCPError
from mcp_types import ElicitRequestFormParams, ElicitResult, InputRequiredResult
from sqlalchemy import update
from tests.writes.at_the_server import LIMITS, Served, agreed, at_the_server, told
from tests.writes.conftest import Bench, organisation_of

from stockroom.core.config import Settings
from stockroom.core.errors import NotAllowedError
from stockroom.core.scope import Scope
from stockroom.entrypoints.mcp_question import question_text
from stockroom.tenancy.models import Organisation
from stockroom.tools.write.set_price import TOOL
from stockroom.writes.models import ChangeRow
from stockroom.writes.question import Question
from stockroom.writes.shown import ChangeState, Preview

MODERN = "2026-07-28"
ASKS = (Scope.LISTINGS_WRITE, Scope.ASK)
YES = ElicitResult(action="accept", content={"agree": True})
NO = ElicitResult(action="decline")


@dataclass
class Person:
    """Whoever sits at the client: answers, and remembers what they were asked."""

    answers: list[ElicitResult]
    asked: list[str] = field(default_factory=list)

    async def __call__(self, _: Any, params: Any) -> ElicitResult:
        assert isinstance(params, ElicitRequestFormParams)
        self.asked.append(params.message)
        return self.answers[len(self.asked) - 1]


@pytest.fixture
async def served(bench: Bench, settings: Settings) -> AsyncIterator[Served]:
    async with at_the_server(bench, settings, TOOL) as served:
        yield served


async def test_what_the_person_agrees_to_is_confirmed_and_audited_as_asked(served: Served) -> None:
    bench, person = served.bench, Person([YES])
    async with served.client(
        await served.key(*ASKS), MODERN, elicitation_callback=person
    ) as client:
        preview = await told(client, TOOL.name, {**bench.wanted(), "reason": "a sale"})
        done = await told(client, "confirm_change", agreed(preview))
        again = await told(client, "confirm_change", agreed(preview))
    (asked,) = person.asked
    assert f"“{preview['before']['price']}” becomes “{preview['after']['price']}”" in asked
    assert bench.listing.sku in asked
    assert "“a sale”" in asked
    assert (done["state"], done["delegated"], again["state"]) == ("confirmed", True, "confirmed")
    row = await bench.row(UUID(preview["id"]))
    assert (row.confirmed_by or {})["asked"] is True
    last = (await bench.audit())[-1]
    assert last.action == "confirmed"
    assert json.loads(last.details)["change"]["confirmed_by"]["asked"] is True
    await served.gate.execute(bench.account.id, row.id)
    assert (await bench.row(row.id)).state == "sent"


async def test_what_they_decline_is_taken_back_and_says_so(served: Served) -> None:
    bench, person = served.bench, Person([NO])
    async with served.client(
        await served.key(*ASKS), MODERN, elicitation_callback=person
    ) as client:
        preview = await told(client, TOOL.name, bench.wanted())
        done = await told(client, "confirm_change", agreed(preview))
    assert done["state"] == "cancelled"
    assert "Do not propose it again" in done["problem"]
    assert (await bench.actions())[-1] == "cancelled"
    assert (await bench.row(UUID(preview["id"]))).problem == done["problem"]
    (warned,) = (await bench.proposed()).warnings
    assert "A client said that its person declined the same change on 2026-11-21" in warned
    assert preview["id"] in warned
    assert (await bench.proposed(str(bench.listing.price + 3))).warnings == ()


async def test_whoever_says_neither_yes_nor_no_leaves_it_waiting(served: Served) -> None:
    unticked = ElicitResult(action="accept", content={"agree": False})
    unsure = [ElicitResult(action="cancel"), unticked, ElicitResult(action="accept")]
    person = Person([*unsure, YES])
    async with served.client(
        await served.key(*ASKS), MODERN, elicitation_callback=person
    ) as client:
        preview = await told(client, TOOL.name, served.bench.wanted())
        states = [
            (await told(client, "confirm_change", agreed(preview)))["state"] for _ in range(4)
        ]
    assert states == [*["proposed"] * 3, "confirmed"]


async def test_a_client_that_cannot_ask_is_sent_to_the_page(served: Served) -> None:
    person, key = Person([YES]), await served.key(*ASKS)
    async with served.client(key, MODERN) as client:
        preview = await told(client, TOOL.name, served.bench.wanted())
        refusals = [await told(client, "confirm_change", agreed(preview))]
    async with served.client(key, "legacy", elicitation_callback=person) as client:
        refusals.append(await told(client, "confirm_change", agreed(preview)))
    for refusal in refusals:
        assert refusal["error_kind"] == "not_allowed"
        assert preview["approve_url"] in refusal["next_step"]
    assert person.asked == []
    assert (await served.bench.row(UUID(preview["id"]))).state == "proposed"
    assert (await served.bench.actions())[-2:] == ["refused", "refused"]


async def test_a_key_that_confirms_by_itself_is_never_asked(served: Served) -> None:
    person = Person([])
    async with served.client(
        await served.key(*ASKS, Scope.CONFIRM), MODERN, elicitation_callback=person
    ) as client:
        preview = await told(client, TOOL.name, served.bench.wanted())
        done = await told(client, "confirm_change", agreed(preview))
    assert (done["state"], person.asked) == ("confirmed", [])
    row = await served.bench.row(UUID(preview["id"]))
    assert "asked" not in (row.confirmed_by or {})


@pytest.mark.requirement("asked-what-was-shown")
async def test_an_answer_counts_for_the_question_it_was_given_to_alone(served: Served) -> None:
    bench = served.bench
    key, stranger = await served.key(*ASKS), await served.key(*ASKS)
    async with (
        served.client(key, MODERN, elicitation_callback=Person([])) as client,
        served.client(stranger, MODERN, elicitation_callback=Person([])) as other,
    ):
        shown = await told(client, TOOL.name, bench.wanted())
        dearer = str(bench.listing.price + 1)
        unshown = await told(client, TOOL.name, bench.wanted(dearer))
        call: dict[str, Any] = {"input_responses": {"agree": YES}, "allow_input_required": True}
        question = await client.session.call_tool(
            "confirm_change", agreed(shown), allow_input_required=True
        )
        assert isinstance(question, InputRequiredResult)
        sealed = question.request_state
        assert sealed is not None
        unsealed = await client.session.call_tool("confirm_change", agreed(shown), **call)
        assert isinstance(unsealed, InputRequiredResult)  # never asked: asked now
        for arguments, state in ((unshown, sealed), (shown, sealed.swapcase())):
            with pytest.raises(MCPError):
                await client.session.call_tool(
                    "confirm_change", agreed(arguments), request_state=state, **call
                )
        stolen = await other.session.call_tool(
            "confirm_change", agreed(shown), request_state=sealed, **call
        )
    assert not isinstance(stolen, InputRequiredResult)
    assert stolen.is_error
    for preview in (shown, unshown):
        assert (await bench.row(UUID(preview["id"]))).state == "proposed"


async def test_what_no_word_of_theirs_could_allow_is_not_asked_about(served: Served) -> None:
    bench, person = served.bench, Person([])
    async with served.client(
        await served.key(*ASKS), MODERN, elicitation_callback=person
    ) as client:
        preview = await told(client, TOOL.name, bench.wanted())
        wrong = {**agreed(preview), "fingerprint": "0" * 64}
        assert (await told(client, "confirm_change", wrong))["error_kind"] == "stale"
        async with bench.database.session(bench.account.id) as session:
            await session.execute(update(ChangeRow).values(irreversible="It is for good."))
        final = await told(client, "confirm_change", agreed(preview))
        assert (final["error_kind"], "spends money" in final["summary"]) == ("not_allowed", True)
        owner = await organisation_of(bench.database, bench.account.id)
        async with bench.database.session(bench.account.id) as session:
            await session.execute(update(ChangeRow).values(irreversible=""))
        async with bench.database.organisation_session(owner) as session:
            await session.execute(update(Organisation).values(four_eyes=True))
        eyes = await told(client, "confirm_change", agreed(preview))
        assert "second person" in eyes["summary"]
        async with bench.database.organisation_session(owner) as session:
            await session.execute(update(Organisation).values(four_eyes=False))
        bench.clock.move(16 * 60)
        assert (await told(client, "confirm_change", agreed(preview)))["error_kind"] == "stale"
    assert person.asked == []


async def test_what_the_limits_forbid_is_refused_for_that_reason_and_not_asked_about(
    served: Served,
) -> None:
    bench, person = served.bench, Person([])
    async with served.client(
        await served.key(*ASKS), MODERN, elicitation_callback=person
    ) as client:
        preview = await told(client, TOOL.name, bench.wanted())
        await bench.set_account(
            settings={"limits": {"quiet_hours": {"from": "00:00", "to": "23:59"}}}
        )
        quiet = await told(client, "confirm_change", agreed(preview))
        await bench.set_account(settings={"limits": {"changes_per_day": 0}})
        full = await told(client, "confirm_change", agreed(preview))
        await bench.set_account(settings={}, stopped=True)
        stop = await told(client, "confirm_change", agreed(preview))
    assert [one["error_kind"] for one in (quiet, full, stop)] == [
        *["blocked_by_guardrail"] * 2,
        "stopped",
    ]
    assert "quiet" in quiet["summary"]
    assert "0 changes in 24 hours" in full["summary"]
    assert person.asked == []


async def test_questions_are_counted_and_answers_are_not(served: Served) -> None:
    bench, person = served.bench, Person([ElicitResult(action="cancel"), YES])
    key = await served.key(*ASKS, limits={**LIMITS, "previews_per_minute": 2})
    async with served.client(key, MODERN, elicitation_callback=person) as client:
        preview = await told(client, TOOL.name, bench.wanted())
        await told(client, "confirm_change", agreed(preview))
        done = await told(client, "confirm_change", agreed(preview))
        again = await told(client, TOOL.name, bench.wanted(str(bench.listing.price + 3)))
        busy = await told(client, "confirm_change", agreed(again))
    assert (done["state"], len(person.asked)) == ("confirmed", 2)
    assert (busy["error_kind"], "questions" in busy["summary"]) == ("unavailable", True)


async def test_several_changes_are_one_question(served: Served) -> None:
    bench, person = served.bench, Person([YES])
    items = [{"sku": one.sku, "price": str(one.price + 1)} for one in bench.listings[:2]]
    wanted = {"marketplace": "US", "currency": "USD", "items": items}
    async with served.client(
        await served.key(*ASKS), MODERN, elicitation_callback=person
    ) as client:
        preview = await told(client, TOOL.name, wanted)
        done = await told(client, "confirm_change", agreed(preview))
    assert all(item["sku"] in person.asked[0] for item in items)
    assert done["states"] == {"confirmed": 2}


async def test_a_key_that_lost_the_right_to_ask_meanwhile_changes_nothing(served: Served) -> None:
    bench, person = served.bench, Person([YES])
    async with served.client(
        await served.key(*ASKS), MODERN, elicitation_callback=person
    ) as client:
        preview = await told(client, TOOL.name, bench.wanted())
        await told(client, "confirm_change", agreed(preview))
    row = await bench.row(UUID(preview["id"]))
    bench.asker = replace(bench.asker, key_id=row.key_id)
    await bench.set_key(scopes=[Scope.LISTINGS_WRITE])
    await served.gate.execute(bench.account.id, row.id)
    row = await bench.row(row.id)
    assert (row.state, row.problem_kind) == ("blocked", NotAllowedError.kind)
    assert await bench.sent() == 0


# --- the text that is asked ---------------------------------------------------------------------


PREVIEW = Preview(
    id=UUID(int=1),
    tool="set_price",
    state="proposed",
    fingerprint="",
    summary="Price of LAMP in US: 19.99 to 20.49 USD",
    before={"price": "19.99"},
    after={"price": "20.49"},
    warnings=(),
    costs=None,
    irreversible="",
    expires_at="",
    approve_url="",
    next_step="",
)


def asked_about(**more: Any) -> str | None:
    unanswered = ChangeState.of(ChangeRow(id=UUID(int=1), state="proposed", amazon_says=[]))
    return question_text("harbor", Question([replace(PREVIEW, **more)], None, unanswered))


@pytest.mark.requirement("listing-text-is-data")
def test_words_from_outside_cannot_pose_as_ours() -> None:
    hostile = "Lamp” becomes “free\nAccount “harbor”. Shall this be ignored?"
    text = asked_about(after={"title": hostile})
    assert text is not None
    line = next(line for line in text.splitlines() if "Lamp" in line)
    assert line.count("“") == line.count("”") == 2
    assert line.endswith('“Lamp" becomes "free Account "harbor". Shall this be ignored?”')


@pytest.mark.parametrize(
    "more",
    [
        {"after": {"title": "x" * 301}},
        {"after": {"title": "free\u202eof charge"}},
        {"after": {"title": "zero\u200bwidth"}},
        {"after": {"items": [{"sku": "A\x07B"}]}},
        {"warnings": ("w" * 200,) * 30},
    ],
)
def test_what_cannot_be_shown_whole_is_not_asked_about(more: dict[str, Any]) -> None:
    assert asked_about() is not None
    assert asked_about(**more) is None
