"""Batches: changes that were proposed in one call, shown on one page and decided about together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from stockroom.core.errors import NotFoundError
from stockroom.entrypoints.differences import Listed, Value, lists_of, values_of
from stockroom.entrypoints.house import House
from stockroom.entrypoints.web.content.asking import Record, ask
from stockroom.entrypoints.web.content.audit_rows import Step, last_refusals_of
from stockroom.entrypoints.web.content.places import account_of, home_of, show
from stockroom.entrypoints.web.page import go, posted
from stockroom.entrypoints.web.proof import is_proven, to_prove
from stockroom.entrypoints.web.surroundings import address_of, house_of, present
from stockroom.tenancy.principal import Account
from stockroom.tenancy.roles import Right
from stockroom.tenancy.visitors import Membership
from stockroom.writes.approver import Approver
from stockroom.writes.batch import fingerprint_of
from stockroom.writes.decide_batch import spends_together
from stockroom.writes.states import STEPS, State

_MOST_ITEMS = 500
"""More than any tool takes in one call."""


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One change of a batch.

    Args:
        change: What the tool ``changes`` tells of it.
        refusal: Why it was last refused to whoever wanted to decide, if it still waits.
    """

    change: Record
    refusal: Step | None

    @property
    def values(self) -> list[Value]:
        """Every single value, before and after."""
        return values_of(self.change["before"], self.change["after"])

    @property
    def lists(self) -> list[Listed]:
        """Every list of things, before and after."""
        return lists_of(self.change["before"], self.change["after"])


async def batch_page(request: Request) -> Response:
    """All changes of a batch, and the one form that decides about those that wait."""
    return await _batch(request, "batch.html")


async def batch_now(request: Request) -> Response:
    """The part that changes while they are carried out."""
    return await _batch(request, "batch_now.html")


async def approve_batch(request: Request) -> Response:
    """Agree to all that waits, by what the page showed; then the page tells what becomes of it."""
    membership, account = account_of(request, Right.APPROVE)
    form, house, batch_id = await posted(request), house_of(request), _id(request)
    page = batch_path(membership, account, batch_id)
    waiting = _waiting(await _told_of_batch(house, account, batch_id))
    if _needs_person(waiting) and not is_proven(request):
        return to_prove(request, page)
    approver = Approver.of(present(request), membership, account, address_of(request))
    given = form.get("fingerprint", ""), form.get("amount", "")
    await house.gate.approve_batch(approver, batch_id, *given)
    return go(request, page, "batch-approved")


async def reject_batch(request: Request) -> Response:
    """Turn all that waits down, for a reason that whoever proposed it will read."""
    membership, account = account_of(request, Right.APPROVE)
    form, batch_id = await posted(request), _id(request)
    approver = Approver.of(present(request), membership, account, address_of(request))
    await house_of(request).gate.reject_batch(approver, batch_id, form.get("reason", ""))
    return go(request, batch_path(membership, account, batch_id), "change-rejected")


def batch_path(membership: Membership, account: Account, batch_id: UUID) -> str:
    """Where the page of a batch is."""
    return f"{home_of(membership, account)}/changes/together/{batch_id}"


async def _batch(request: Request, template: str) -> Response:
    membership, account = account_of(request)
    house, batch_id = house_of(request), _id(request)
    rows = await _told_of_batch(house, account, batch_id)
    waiting = _waiting(rows)
    states = [State(row["state"]) for row in rows]
    return show(
        request,
        template,
        membership,
        account,
        batch_id=batch_id,
        first=rows[0],
        items=await _items(house, account, batch_id, rows),
        states={state: states.count(state) for state in dict.fromkeys(states)},
        fingerprint=fingerprint_of(row["fingerprint"] for row in rows),
        path_of_batch=batch_path(membership, account, batch_id),
        waiting=len(waiting),
        lapses_at=min((row["expires_at"] for row in waiting), default=None),
        final=sum(bool(row["irreversible"]) for row in waiting),
        spends=spends_together(row["costs"] for row in waiting),
        needs_person=_needs_person(waiting),
        ended=not any(STEPS[state] for state in states),
        may_decide=membership.may(Right.APPROVE),
        proven=is_proven(request),
    )


async def _told_of_batch(house: House, account: Account, batch_id: UUID) -> Sequence[Record]:
    told = await ask(house, account, "changes", id=batch_id, detail="full", limit=_MOST_ITEMS)
    rows = [row for row in told.rows if row["batch_id"] == str(batch_id)]
    if not rows:
        raise NotFoundError(
            "There is no such batch in this account.", next_step="Find it in the audit."
        )
    return rows


async def _items(
    house: House, account: Account, batch_id: UUID, rows: Sequence[Record]
) -> list[BatchItem]:
    why: Mapping[str, Step] = await last_refusals_of(house, account, batch_id)
    return [
        BatchItem(row, why.get(row["id"]) if row["state"] == State.PROPOSED else None)
        for row in rows
    ]


def _waiting(rows: Sequence[Record]) -> list[Record]:
    return [row for row in rows if row["state"] == State.PROPOSED]


def _needs_person(waiting: Sequence[Record]) -> bool:
    return any(row["costs"] or row["irreversible"] for row in waiting)


def _id(request: Request) -> UUID:
    batch_id: UUID = request.path_params["batch_id"]
    return batch_id
