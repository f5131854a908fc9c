"""The programs that people of an organisation let in, and the way to shut them out."""

from __future__ import annotations

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from stockroom.core.log import logger
from stockroom.core.scope import READ_SCOPES
from stockroom.entrypoints.web.page import go, posted, render
from stockroom.entrypoints.web.start import organisation_of
from stockroom.entrypoints.web.surroundings import house_of, present
from stockroom.tenancy.members import may_change
from stockroom.tenancy.oauth.clients import vouching_host
from stockroom.tenancy.oauth.grants import no_such_grant
from stockroom.tenancy.oauth.models import OAuthGrant
from stockroom.tenancy.roles import Right
from stockroom.tenancy.visitors import Membership

_log = logger("oauth")


async def connected_page(request: Request) -> Response:
    """One's own programs; whoever looks after keys sees everybody's."""
    membership = organisation_of(request, Right.AUTHORISE)
    return render(
        request,
        "connected_clients.html",
        membership=membership,
        everybody=membership.may(Right.KEYS),
        mcp_url=f"{house_of(request).base_url}/mcp",
        grants=[_shown(grant, membership) for grant in await _seen(request, membership)],
    )


async def disconnect(request: Request) -> Response:
    """Revoke one, within a second."""
    await posted(request)
    membership = organisation_of(request, Right.AUTHORISE)
    grant_id: UUID = request.path_params["grant_id"]
    visitor = present(request)
    if all(grant.id != grant_id for grant in await _seen(request, membership)):
        raise no_such_grant()
    grants = house_of(request).authority.grants
    await grants.end(membership.organisation_id, grant_id, by=visitor.email)
    _log.info("disconnected", grant_id=str(grant_id), by=str(visitor.person_id))
    home = f"/console/o/{membership.organisation_id}/clients"
    return go(request, home, "disconnected")


async def _seen(request: Request, membership: Membership) -> list[OAuthGrant]:
    """One's own; with the right, also others' that open nothing but what the member sees."""
    grants, home = house_of(request).authority.grants, membership.organisation_id
    own = await grants.of(home, present(request).person_id)
    if not membership.may(Right.KEYS):
        return own
    every, mine = await grants.of(home), {grant.id for grant in own}
    return [
        grant for grant in every if grant.id in mine or may_change(membership, grant.account_ids)
    ]


def _shown(grant: OAuthGrant, membership: Membership) -> dict[str, object]:
    names = {account.id: account.name for account in membership.accounts}
    known = [names[one] for one in grant.account_ids if one in names]
    return {
        "id": grant.id,
        "name": grant.client_name,
        "host": vouching_host(grant.client_id) or grant.client_host,
        "email": grant.email,
        "accounts": known,
        "others": len(grant.account_ids) - len(known),
        "marketplaces": grant.marketplaces,
        "reads": sum(scope in READ_SCOPES for scope in grant.scopes),
        "writes": [scope for scope in grant.scopes if scope not in READ_SCOPES],
        "created_at": grant.created_at,
        "last_used_at": grant.last_used_at,
        "last_used_from": grant.last_used_from,
    }
