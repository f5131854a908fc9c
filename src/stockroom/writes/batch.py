"""A batch: several changes that were shown together and are agreed to together.

Each is a change like any other, with its own live values, its own call, its own
read-back and its own end: the report per item is the changes themselves. What they
share is a number, one fingerprint over all of theirs, and one confirmation. An item
that was refused at the preview is among them as ``blocked``, with its reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from stockroom.core.errors import StockroomError
from stockroom.core.ids import digest
from stockroom.core.text import quoted
from stockroom.writes.means import known, within_reach
from stockroom.writes.models import ChangeRow
from stockroom.writes.party import Party
from stockroom.writes.shown import ChangeState, approve_url, next_step_of
from stockroom.writes.states import STEPS, State

REFUSED = ""
"""The fingerprint of an item that was refused at the preview: nothing can be agreed to."""


def of_batch(account_id: UUID, batch_id: UUID) -> Select[Any]:
    """The changes of a batch, in their order: their numbers descend, as lists of changes do."""
    return (
        select(ChangeRow)
        .where(ChangeRow.account_id == account_id, ChangeRow.batch_id == batch_id)
        .order_by(ChangeRow.id.desc())
    )


async def batch_within_reach(
    session: AsyncSession, party: Party, batch_id: UUID
) -> Sequence[ChangeRow]:
    """The changes of a batch, all of which the party reaches.

    Raises:
        NotFoundError: There is no such batch, or some of it is out of reach: the same answer.
    """
    rows = list(await session.scalars(of_batch(party.account_id, batch_id)))
    seen = rows and all(party.reaches(row.target) for row in rows)
    known(rows[0] if seen else None)
    return rows


async def rows_of(session: AsyncSession, party: Party, number: UUID) -> Sequence[ChangeRow]:
    """The change of that number, or the changes of the batch of that number.

    Raises:
        NotFoundError: There is neither within reach.
    """
    row = await session.get(ChangeRow, (party.account_id, number))
    if row is not None:
        return [within_reach(party, row)]
    return await batch_within_reach(session, party, number)


def fingerprint_of(fingerprints: Iterable[str]) -> str:
    """SHA-256 over the fingerprints of all that was shown, in their order."""
    return digest(list(fingerprints))


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as callers are shown it, before and after it was confirmed."""

    id: UUID
    tool: str
    fingerprint: str
    states: Mapping[str, int]
    """How many of its changes stand where."""
    summary: str
    items: Sequence[Mapping[str, Any]]
    """Each change: target, before, after, state, and why it did not happen."""
    expires_at: str
    approve_url: str
    next_step: str
    local: bool
    """It changes only what is kept here."""
    confirmed: Sequence[UUID]
    """Those that wait to be carried out."""

    @classmethod
    def of(
        cls,
        rows: Sequence[ChangeRow],
        base_url: str,
        refusals: Mapping[UUID, StockroomError] | None = None,
    ) -> Batch:
        """The present state of its changes; ``refusals`` are what was just not done, by change."""
        why = refusals or {}
        first, batch_id = rows[0], rows[0].batch_id
        assert batch_id is not None  # only batches are asked for
        return cls(
            id=batch_id,
            tool=first.tool,
            fingerprint=fingerprint_of(row.fingerprint for row in rows),
            states=_counted(rows),
            summary=_summary(rows),
            items=[_item(row, why.get(row.id)) for row in rows],
            expires_at=min(row.expires_at for row in rows).isoformat(timespec="seconds"),
            approve_url=approve_url(base_url, batch_id),
            next_step=_next_step(rows),
            local=first.local,
            confirmed=[row.id for row in rows if row.state == State.CONFIRMED],
        )

    def since(self, earlier: Batch) -> Batch:
        """The same, with what the call before refused of those that still wait."""
        refused = {item["id"]: item for item in earlier.items if item["state"] == State.PROPOSED}
        items = [
            refused.get(item["id"], item) if item["state"] == State.PROPOSED else item
            for item in self.items
        ]
        return replace(self, items=items)

    def facts(self) -> dict[str, Any]:
        """JSON values, for the caller."""
        return {
            "id": str(self.id),
            "tool": self.tool,
            "fingerprint": self.fingerprint,
            "states": dict(self.states),
            "summary": self.summary,
            "items": list(self.items),
            "expires_at": self.expires_at,
            "approve_url": self.approve_url,
            "next_step": self.next_step,
        }


def standing(rows: Sequence[ChangeRow], number: UUID, base_url: str) -> ChangeState | Batch:
    """What callers are shown of :func:`rows_of`."""
    alone = rows[0].id == number
    return ChangeState.of(rows[0]) if alone else Batch.of(rows, base_url)


def _next_step(rows: Sequence[ChangeRow]) -> str:
    """What holds for those that have not ended; for all of them when they ended alike."""
    open_ones = [row for row in rows if STEPS[State(row.state)]]
    if open_ones or len({row.state for row in rows}) == 1:
        return next_step_of((open_ones or rows)[0])
    return "Not all ended alike: read state and problem of each item."


def _summary(rows: Sequence[ChangeRow]) -> str:
    refused = sum(row.fingerprint == REFUSED for row in rows)
    without = f"; {refused} of {len(rows)} items cannot be done" if refused else ""
    return f"{len(rows) - refused} changes by {rows[0].tool}{without}"


def _counted(rows: Sequence[ChangeRow]) -> dict[str, int]:
    states = [row.state for row in rows]
    return {state: states.count(state) for state in dict.fromkeys(states)}


def _item(row: ChangeRow, refusal: StockroomError | None) -> dict[str, Any]:
    item = {"id": str(row.id), **row.target, "state": row.state}
    if row.fingerprint != REFUSED:
        item |= {"before": row.before, "after": row.after}
    if row.warnings:
        item["warnings"] = list(row.warnings)
    if row.problem is not None:
        item |= {"problem_kind": row.problem_kind, "problem": row.problem}
    elif refusal is not None:
        item |= {"problem_kind": refusal.kind, "problem": refusal.summary}
    if row.amazon_says:
        item["amazon_says"] = list(quoted(row.amazon_says))
    return item
