"""The page of one account: its connection to Amazon, its grants, its stop switch."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from stockroom.entrypoints.web.content.connection import connection_of
from stockroom.entrypoints.web.content.loads import loads_of
from stockroom.entrypoints.web.content.places import account_of, home_of, show
from stockroom.entrypoints.web.surroundings import house_of
from stockroom.tenancy.roles import Right


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
        connect=f"{home_of(membership)}/connect" if membership.may(Right.CONNECT) else None,
    )
