"""Changes: those that wait for a person, across accounts; and each in full, to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from stockroom.core.errors import NotFoundError
from stockroom.entrypoints.differences import lists_of, values_of
from stockroom.entrypoints.house import House
from stockroom.entrypoints.web.content.asking import Record, ask
from stockroom.entrypoints.web.content.audit_rows import Step, steps_of
from stockroom.entrypoints.web.content.batches import batch_path
from stockroom.entrypoints.web.content.four_eyes import asks_for_two
from stockroom.entrypoints.web.content.places import account_of, home_of, show
from stockroom.entrypoints.web.page import go
from stockroom.entrypoints.web.proof import is_proven
from stockroom.entrypoints.web.start import organisation_of
from stockroom.entrypoints.web.surroundings import address_of, house_of, present
from stockroom.tenancy.principal import Account
from stockroom.tenancy.roles import Right
from stockroom.tenancy.visitors import Membership
from stockroom.writes.approve import spends
from stockroom.writes.approver import Approver
from stockroom.writes.states import STEPS, State

_MOST_WAITING = 200
_LATEST = 15
_AT_ONCE = 4
"""Pages of many accounts leave connections to others."""


@dataclass(frozen=True, slots=True)
class Told:
    """A change in a list.

    Args:
        account: Whose.
        change: What the tool ``changes`` tells of it.
    """

    account: Account
    change: Record

    @property
    def proposed_at(self) -> str:
        """When it was proposed."""
        return str(self.change["proposed_at"])

    @property
    def spends(self) -> str:
        """What it spends; empty: nothing."""
        return spends(self.change["costs"])


async def changes_page(request: Request) -> Response:
    """What waits for a person in the accounts of an organisation, and what came of the latest."""
    membership = organisation_of(request)
    return await _listed(request, membership, membership.accounts)


async def account_changes_page(request: Request) -> Response:
    """The same of one account."""
    membership, account = account_of(request)
    return await _listed(request, membership, [account], account)


async def find_change(request: Request) -> Response:
    """From the address that an agent was given to the page of it, in whichever account."""
    change_id: UUID = request.path_params["change_id"]
    for membership in present(request).memberships:
        for account in membership.accounts:
            told = await ask(house_of(request), account, "changes", id=change_id, limit=1)
            if told.rows:
                alone = told.rows[0]["id"] == str(change_id)
                path = change_path if alone else batch_path
                return go(request, path(membership, account, change_id))
    raise NotFoundError(
        "There is no such change in your accounts.",
        next_step="Check that you are signed in as somebody who sees its account.",
    )


async def change_page(request: Request) -> Response:
    """One change: what would become of what, why, by whom, and the way to decide."""
    membership, account = account_of(request)
    approver = Approver.of(present(request), membership, account, address_of(request))
    change_id = request.path_params["change_id"]
    personal = await house_of(request).gate.personal(approver, change_id)
    return await _change(request, "change.html", personal=values_of({}, personal))


async def change_now(request: Request) -> Response:
    """The part that changes while it is carried out."""
    return await _change(request, "change_now.html")


def change_path(membership: Membership, account: Account, change_id: UUID) -> str:
    """Where the page of a change is."""
    return f"{home_of(membership, account)}/changes/{change_id}"


async def told_of_change(house: House, account: Account, change_id: UUID) -> Record:
    """What the tool ``changes`` tells of one.

    Raises:
        NotFoundError: The account has no such change.
    """
    told = await ask(house, account, "changes", id=change_id, detail="full")
    if not told.rows:
        raise NotFoundError(
            "There is no such change in this account.", next_step="Find it in the audit."
        )
    return told.rows[0]


async def _change(request: Request, template: str, **more: Any) -> Response:
    membership, account = account_of(request)
    house, change_id = house_of(request), request.path_params["change_id"]
    change = await told_of_change(house, account, change_id)
    steps = await steps_of(house, account, change_id)
    state = State(change["state"])
    return show(
        request,
        template,
        membership,
        account,
        change=change,
        path_of_change=change_path(membership, account, change_id),
        spends=spends(change["costs"]),
        values=values_of(change["before"], change["after"]),
        lists=lists_of(change["before"], change["after"]),
        seen=values_of({}, change["seen"] or {}),
        seen_lists=lists_of({}, change["seen"] or {}),
        steps=steps,
        verdicts=_verdicts(steps),
        waits=state is State.PROPOSED,
        ended=not STEPS[state],
        may_decide=membership.may(Right.APPROVE),
        proven=is_proven(request),
        **more,
    )


def _verdicts(steps: list[Step]) -> list[dict[str, Any]]:
    """Each guardrail as it was last judged."""
    last = {
        (one.get("of"), one.get("measure"), one.get("min"), one.get("max")): dict(one)
        for step in steps
        for one in step.rulings
    }
    return list(last.values())


async def _listed(
    request: Request,
    membership: Membership,
    accounts: Sequence[Account],
    account: Account | None = None,
) -> Response:
    house = house_of(request)
    told = sorted(await _told(house, accounts), key=lambda one: one.proposed_at, reverse=True)
    waiting = [one for one in told if one.change["state"] == State.PROPOSED]
    return show(
        request,
        "changes.html",
        membership,
        account,
        waiting=waiting,
        latest=[one for one in told if one.change["state"] != State.PROPOSED][:_LATEST],
        may_own=membership.may(Right.OWN),
        four_eyes=await asks_for_two(house, membership.organisation_id),
    )


async def _told(house: House, accounts: Sequence[Account]) -> list[Told]:
    """Everything that waits in these accounts, and the latest that does not."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(account: Account) -> list[Told]:
        async with gate:
            waiting = await ask(
                house, account, "changes", state="proposed", detail="full", limit=_MOST_WAITING
            )
            latest = await ask(house, account, "changes", detail="full", limit=_LATEST)
        rows = {row["id"]: row for row in (*latest.rows, *waiting.rows)}
        return [Told(account, row) for row in rows.values()]

    return [told for each in await asyncio.gather(*map(one, accounts)) for told in each]
