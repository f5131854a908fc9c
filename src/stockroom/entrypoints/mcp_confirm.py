"""``confirm_change`` as it is spoken over MCP: asked first where the key says so, then followed."""

from __future__ import annotations

from mcp_types import InputRequiredResult

from stockroom.entrypoints.answers import Wire
from stockroom.entrypoints.mcp_catalogue import Call
from stockroom.entrypoints.mcp_following import Follower
from stockroom.entrypoints.mcp_question import asking, question_text
from stockroom.writes.asker import Asker
from stockroom.writes.batch import Batch
from stockroom.writes.doors import ConfirmArguments, confirm
from stockroom.writes.gate import Gate
from stockroom.writes.shown import ChangeState


class Confirming:
    """Answers calls of ``confirm_change``.

    Args:
        gate: The writes.
        follower: Waits with clients that want to know how it goes.
    """

    def __init__(self, gate: Gate, follower: Follower) -> None:
        self._gate = gate
        self._follower = follower

    async def __call__(self, call: Call) -> Wire | InputRequiredResult:
        """Ask, confirm, follow: as much of it as this key and this client call for."""
        account, arguments = call.account, call.arguments
        assert account is not None  # admitted per account
        assert isinstance(arguments, ConfirmArguments)
        told = await self._answered(call, Asker.of(call.principal, account), arguments)
        if isinstance(told, InputRequiredResult):
            return told
        return {"account": account.slug, **told.facts()}

    async def _answered(
        self, call: Call, asker: Asker, arguments: ConfirmArguments
    ) -> ChangeState | Batch | InputRequiredResult:
        number, shown = arguments.id, arguments.fingerprint
        matter = f"{asker.key_id} {asker.account_id} {number} {shown}"
        said = call.exchange.said_about(matter)
        if said == "decline":
            return await self._gate.decline(asker, number)
        question = await self._gate.question(asker, number, shown, answered=said is not None)
        if question is not None and said == "cancel":
            return question.unanswered
        if question is not None and said is None:
            text = question_text(_slug(call), question)
            if text is not None and call.exchange.can_ask:
                return asking(text, matter)
        # Where there is nothing to ask, or nobody: the gate says why not, and where else.
        asked = question is not None and said == "accept"
        return await self._confirmed(call, asker, arguments, asked=asked)

    async def _confirmed(
        self, call: Call, asker: Asker, arguments: ConfirmArguments, *, asked: bool
    ) -> ChangeState | Batch:
        agreed = await confirm(self._gate, asker, arguments, asked=asked)
        report, began = call.exchange.report, call.exchange.began
        if report is None:
            return agreed
        return await self._follower.follow(asker, agreed, report, began)


def _slug(call: Call) -> str:
    assert call.account is not None
    return call.account.slug
