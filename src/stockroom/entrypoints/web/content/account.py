"""The page of one account: its connection to Amazon, its grants, its stop switches."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from stockroom.core.errors import InvalidInputError
from stockroom.entrypoints.stop_switch import turn
from stockroom.entrypoints.web.content.connection import connection_of
from stockroom.entrypoints.web.content.loads import loads_of
from stockroom.entrypoints.web.content.places import account_of, home_of, show
from stockroom.entrypoints.web.page import go, posted
from stockroom.entrypoints.web.surroundings import house_of, present
from stockroom.tenancy.roles import Right

_LONGEST_REASON = 500


async def account_page(request: Request) -> Response:
    """How the account's connection stands."""
    membership, account = account_of(request)
    house = house_of(request)
    return show(
        request,
        "account.html",
        membership,
        account,
        connection=await connection_of(house, account),
        loads=await loads_of(house, account),
        may_stop=membership.may(Right.STOP),
    )


async def turn_switch(request: Request) -> Response:
    """Stop the account, or let it go on."""
    membership, account = account_of(request, Right.STOP)
    form, house = await posted(request), house_of(request)
    stop = form.get("stop", "")
    if stop not in {"changes", "nothing"}:
        raise InvalidInputError("There is no such switch.", field="stop")
    reason = form.get("reason", "").strip()[:_LONGEST_REASON]
    if stop != "nothing" and not reason:
        raise InvalidInputError(
            "A stop needs a reason: others will ask.", next_step="Go back and say why."
        )
    known = await house.registry.account(account.slug)
    by = f"member {present(request).email}"
    await turn(house, known, stopped=stop == "changes", reason=reason or None, by=by)
    said = "account-resumed" if stop == "nothing" else "account-stopped"
    return go(request, f"{home_of(membership, account)}/", said)
