"""The pages of an account's data: how fresh it is, what is withheld, how the history comes in."""

from __future__ import annotations

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from stockroom.core.errors import NotFoundError
from stockroom.entrypoints.quarantine import discard_run, release_run, withheld_in
from stockroom.entrypoints.web.content.loads import loads_of
from stockroom.entrypoints.web.content.places import account_of, home_of, show
from stockroom.entrypoints.web.page import go, posted
from stockroom.entrypoints.web.surroundings import house_of
from stockroom.spec.run import GOOD_STATES
from stockroom.tenancy.roles import Right


async def data_page(request: Request) -> Response:
    """Every dataset, and every document that was not believed."""
    membership, account = account_of(request)
    house = house_of(request)
    return show(
        request,
        "data.html",
        membership,
        account,
        loads=await loads_of(house, account),
        withheld=await withheld_in(house, account.id),
        may_decide=membership.may(Right.QUARANTINE),
    )


async def backfill_page(request: Request) -> Response:
    """How far the history is in; a script asks again for the part that changes."""
    return await _backfill(request, "backfill.html")


async def backfill_now(request: Request) -> Response:
    """The part that changes."""
    return await _backfill(request, "backfill_now.html")


async def _backfill(request: Request, template: str) -> Response:
    membership, account = account_of(request)
    house = house_of(request)
    loads = await loads_of(house, account)
    return show(
        request,
        template,
        membership,
        account,
        loads=loads,
        backfill=loads.backfill,
    )


async def release(request: Request) -> Response:
    """Load a withheld document after all."""
    membership, account = account_of(request, Right.QUARANTINE)
    await posted(request)
    house, run_id = house_of(request), await _withheld(request, account.id)
    run = await release_run(house, account.id, run_id)
    said = "document-released" if run.state in GOOD_STATES else "document-not-loaded"
    return go(request, f"{home_of(membership, account)}/data", said)


async def discard(request: Request) -> Response:
    """Forget a withheld document."""
    membership, account = account_of(request, Right.QUARANTINE)
    await posted(request)
    await discard_run(house_of(request), account.id, await _withheld(request, account.id))
    return go(request, f"{home_of(membership, account)}/data", "document-discarded")


async def _withheld(request: Request, account_id: UUID) -> UUID:
    """The withheld document that the address names.

    Raises:
        NotFoundError: Nothing is withheld under that id here, or not any more.
    """
    run_id: UUID = request.path_params["run_id"]
    found = await withheld_in(house_of(request), account_id)
    if all(run.id != run_id for run in found):
        raise NotFoundError(
            "That document is not withheld here.", next_step="Load the list of data again."
        )
    return run_id
