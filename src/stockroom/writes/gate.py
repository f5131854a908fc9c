"""The gate: the one door through which a change reaches Amazon.

Joins the nouns of this room; each has its own file. Callers propose, confirm, cancel
and revert; people approve and reject; the worker executes, verifies and sweeps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from stockroom.core.clock import Clock
from stockroom.core.errors import StockroomError
from stockroom.db.engine import Database
from stockroom.spec.tool import ChangeTool
from stockroom.tenancy.marks import Marks
from stockroom.tenancy.vault import Vault
from stockroom.writes.approve import approve
from stockroom.writes.approver import Approver
from stockroom.writes.asker import Asker
from stockroom.writes.batch import Batch
from stockroom.writes.cancel import cancel
from stockroom.writes.confirm import confirm
from stockroom.writes.decide_batch import approve_batch, reject_batch
from stockroom.writes.decline import decline
from stockroom.writes.execute import execute
from stockroom.writes.heads import Signer
from stockroom.writes.look import look_at_personal
from stockroom.writes.means import Means, OpenGround
from stockroom.writes.owed import Word, say
from stockroom.writes.pace import Pace
from stockroom.writes.party import Party
from stockroom.writes.propose import propose
from stockroom.writes.propose_batch import propose_batch
from stockroom.writes.question import Question, question
from stockroom.writes.refusals import remember
from stockroom.writes.reject import reject
from stockroom.writes.revert import revert
from stockroom.writes.settle_batch import (
    cancel_batch,
    confirm_batch,
    is_batch,
    revert_batch,
)
from stockroom.writes.shown import ChangeState, Preview
from stockroom.writes.sign_head import sign_head
from stockroom.writes.states import State
from stockroom.writes.sweep import sweep
from stockroom.writes.verify import verify
from stockroom.writes.watch import Sight, stands, watch


class Gate:
    """Changes of all accounts, one account at a time.

    Args:
        database: Where changes and their audit live.
        clock: The installation's clock.
        tools: Every write tool by name.
        ground: Opens what a tool stands on (live Amazon, our facts) for one account.
        base_url: Where people reach the installation, e.g. ``https://stock.example.com``.
        signer: Signs the heads of the audit.
        vault: Seals what is personal in a change that waits.
        marks: Tells whom a change is about.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        tools: Mapping[str, ChangeTool],
        ground: OpenGround,
        base_url: str,
        signer: Signer,
        vault: Vault,
        marks: Marks,
    ) -> None:
        pace = Pace(database, clock)
        self._means = Means(
            database, clock, tools, ground, base_url.rstrip("/"), signer, vault, marks, pace
        )

    async def propose(
        self,
        asker: Asker,
        tool: str,
        arguments: Mapping[str, Any] | BaseModel,
        *,
        reason: str | None = None,
        idempotency_key: str | None = None,
    ) -> Preview:
        """Work a change out, store it and show it; see :func:`propose.propose`."""
        return await propose(
            self._means, asker, tool, arguments, reason=reason, idempotency_key=idempotency_key
        )

    async def question(
        self, asker: Asker, number: UUID, fingerprint: str, *, answered: bool = False
    ) -> Question | None:
        """What to ask the person at the client first; see :func:`question.question`."""
        return await question(self._means, asker, number, fingerprint, answered=answered)

    async def decline(self, asker: Asker, number: UUID) -> ChangeState | Batch:
        """Take back what that person declined; see :func:`decline.decline`."""
        return await decline(self._means, asker, number)

    async def watch(self, party: Party, agreed: ChangeState | Batch) -> Sight:
        """How far a confirmed change has come; see :func:`watch.watch`."""
        return await watch(self._means, party, agreed)

    async def stands(self, party: Party, agreed: ChangeState | Batch) -> ChangeState | Batch:
        """How a confirmed change stands by now; see :func:`watch.stands`."""
        return await stands(self._means, party, agreed)

    async def confirm(
        self, asker: Asker, change_id: UUID, fingerprint: str, *, asked: bool = False
    ) -> ChangeState:
        """Agree to what was shown and queue it; see :func:`confirm.confirm`.

        What is only kept here waits for nobody and is done at once; the job that was queued with
        the agreement finds nothing to do, unless this process dies in between.
        """
        agreed = await confirm(self._means, asker, change_id, fingerprint, asked=asked)
        return await self._done_if_local(asker.account_id, agreed)

    async def approve(
        self, approver: Approver, change_id: UUID, fingerprint: str, amount: str = ""
    ) -> ChangeState:
        """Agree to what was shown, as a person, and queue it; see :func:`approve.approve`."""
        agreed = await approve(self._means, approver, change_id, fingerprint, amount)
        return await self._done_if_local(approver.account_id, agreed)

    async def _done_if_local(self, account_id: UUID, agreed: ChangeState) -> ChangeState:
        if agreed.state != State.CONFIRMED or not agreed.local:
            return agreed
        await execute(self._means, account_id, agreed.id)
        return ChangeState.of(await self._means.find(account_id, agreed.id))

    async def reject(self, approver: Approver, change_id: UUID, reason: str) -> ChangeState:
        """Turn a proposal down, as a person; see :func:`reject.reject`."""
        return await reject(self._means, approver, change_id, reason)

    async def personal(self, approver: Approver, change_id: UUID) -> Mapping[str, Any]:
        """What is personal in a change that waits; see :func:`look.look_at_personal`."""
        return await look_at_personal(self._means, approver, change_id)

    async def cancel(self, asker: Asker, change_id: UUID, reason: str | None = None) -> ChangeState:
        """Take back what has not left the house; see :func:`cancel.cancel`."""
        return await cancel(self._means, asker, change_id, reason)

    async def revert(self, asker: Asker, change_id: UUID) -> Preview:
        """Propose to put the old values back; see :func:`revert.revert`."""
        return await revert(self._means, asker, change_id)

    # --- several changes, shown and agreed to together ------------------------------------------

    async def propose_batch(
        self,
        asker: Asker,
        tool: str,
        items: Sequence[Mapping[str, Any]],
        *,
        reason: str | None = None,
        idempotency_key: str | None = None,
    ) -> Batch:
        """Work several items out; see :func:`propose_batch.propose_batch`."""
        return await propose_batch(
            self._means, asker, tool, items, reason=reason, idempotency_key=idempotency_key
        )

    async def is_batch(self, asker: Asker, number: UUID) -> bool:
        """Whether a number is that of several changes."""
        return await is_batch(self._means, asker.account_id, number)

    async def confirm_batch(
        self, asker: Asker, batch_id: UUID, fingerprint: str, *, asked: bool = False
    ) -> Batch:
        """Agree to all that was shown; see :func:`settle_batch.confirm_batch`."""
        return await confirm_batch(self._means, asker, batch_id, fingerprint, asked=asked)

    async def approve_batch(
        self, approver: Approver, batch_id: UUID, fingerprint: str, amount: str = ""
    ) -> Batch:
        """Agree to all that was shown, as a person; see :func:`decide_batch.approve_batch`."""
        return await approve_batch(self._means, approver, batch_id, fingerprint, amount)

    async def reject_batch(self, approver: Approver, batch_id: UUID, reason: str) -> Batch:
        """Turn all of it down, as a person; see :func:`decide_batch.reject_batch`."""
        return await reject_batch(self._means, approver, batch_id, reason)

    async def cancel_batch(self, asker: Asker, batch_id: UUID, reason: str | None = None) -> Batch:
        """Take back what has not left the house; see :func:`settle_batch.cancel_batch`."""
        return await cancel_batch(self._means, asker, batch_id, reason)

    async def revert_batch(self, asker: Asker, batch_id: UUID) -> Batch:
        """Propose to put the old values back; see :func:`settle_batch.revert_batch`."""
        return await revert_batch(self._means, asker, batch_id)

    async def turned_away(self, asker: Asker, tool: str, refusal: StockroomError) -> None:
        """Remember that a call of a tool that changes something was refused at the door."""
        async with self._means.journal(asker.account_id, asker.actor) as journal:
            await remember(journal, asker, "call", refusal, more={"tool": tool})

    async def execute(self, account_id: UUID, change_id: UUID) -> None:
        """Carry a confirmed change out, once; see :func:`execute.execute`."""
        await execute(self._means, account_id, change_id)

    async def verify(self, account_id: UUID, change_id: UUID) -> None:
        """Read a sent change back; see :func:`verify.verify`."""
        await verify(self._means, account_id, change_id)

    async def sweep(self, account_id: UUID) -> int:
        """Put right what time overtook; see :func:`sweep.sweep`."""
        return await sweep(self._means, account_id)

    async def say(self, word: Word) -> None:
        """Tell an account's audit what it is owed; see :func:`owed.say`."""
        await say(self._means, word)

    async def sign_head(self, account_id: UUID) -> None:
        """Vouch for the end of an account's audit; see :func:`sign_head.sign_head`."""
        await sign_head(self._means, account_id)
