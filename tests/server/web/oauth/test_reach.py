"""What a program may do: what its person left ticked, within what they may do now."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import delete, update

from stockroom.core.clock import FixedClock
from stockroom.core.config import Settings
from stockroom.core.scope import READ_SCOPES, Scope
from stockroom.db.engine import Database
from stockroom.entrypoints.house import House
from stockroom.tenancy.authenticate import Authenticator
from stockroom.tenancy.home_secrets import key_pepper
from stockroom.tenancy.people import Member
from stockroom.tenancy.roles import Role
from stockroom.tenancy.standing import Standing, standing_of

from .conftest import ACCEPT, Program, answer, said, ticked

LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}


async def tools(http: httpx2.AsyncClient, token: str, query: str = "") -> set[str]:
    headers = {**ACCEPT, "Authorization": f"Bearer {token}"}
    listed = (await http.post(f"/mcp{query}", json=LIST, headers=headers)).json()
    return {tool["name"] for tool in listed["result"]["tools"]}


@pytest.fixture
async def ada(join: Any, browser: Any) -> UUID:
    person: UUID = await join("ada")
    await browser.sign_in("ada@example.com")
    return person


@pytest.mark.usefixtures("ada")
async def test_reading_is_ticked_and_writing_is_when_it_was_asked_for(
    program: Program, browser: Any
) -> None:
    page = await browser.get((await program.ask()).headers["location"])
    assert ticked(page)["scope"] == sorted(READ_SCOPES, key=list(Scope).index)
    assert len(ticked(page)["account"]) == 2
    assert ticked(page)["marketplace"] == ["CA", "US"]
    assert "listings:write" not in page.text
    assert "changes:confirm" not in page.text
    asked = await program.ask(scope="stock:read listings:write unknown:scope")
    page = await browser.get(asked.headers["location"])
    assert ticked(page)["scope"] == ["stock:read", "listings:write"]


@pytest.mark.usefixtures("ada")
async def test_nothing_is_granted_that_was_not_asked_for(program: Program, consents: Any) -> None:
    asked = await program.ask(scope="stock:read")
    code = said(await consents(asked, scope=["stock:read", "sales:read", "listings:write"]))["code"]
    assert (await program.exchange(code)).json()["scope"] == "stock:read"


@pytest.mark.usefixtures("ada")
async def test_a_person_narrows_accounts_marketplaces_and_scopes(
    program: Program, house: House, consents: Any
) -> None:
    harbor = (await house.registry.account("harbor")).id
    asked = await program.ask(scope="stock:read sales:read")
    left = {"account": [str(harbor)], "marketplace": ["US"], "scope": ["stock:read"]}
    code = said(await consents(asked, **left))["code"]
    tokens = (await program.exchange(code)).json()
    assert tokens["scope"] == "stock:read"
    rows = answer(await program.call(tokens["access_token"]))["rows"]
    assert {row[0] for row in rows} == {"harbor"}
    (grant,) = await house.authority.grants.of(await house.registry.organisation("Agency"))
    assert (grant.account_ids, grant.marketplaces) == ([harbor], ["US"])


@pytest.mark.usefixtures("ada")
async def test_nothing_left_ticked_is_no_answer(program: Program, consents: Any) -> None:
    asked = await program.ask()
    for name in ("account", "scope", "marketplace"):
        again = await consents(asked, **{name: []})
        assert again.status_code == 400
        assert "at least one" in again.text
    assert "code" in said(await consents(asked))


@pytest.mark.requirement("oauth-within-role")
async def test_nobody_grants_what_is_not_theirs(
    program: Program, house: House, browser: Any, consents: Any, join: Any
) -> None:
    await join("olga", Role.OPERATOR, "harbor")
    await browser.sign_in("olga@example.com")
    elm, ridge = [(await house.registry.account(slug)).id for slug in ("elm", "ridge")]
    asked = await program.ask()
    page = await browser.get(asked.headers["location"])
    harbor = ticked(page)["account"]
    assert len(harbor) == 1
    other = str(await house.registry.organisation("Other"))
    assert (await consents(asked, organisation=other)).status_code == 403
    forged = [*harbor, str(elm), str(ridge)]
    tokens = (await program.exchange(said(await consents(asked, account=forged))["code"])).json()
    rows = answer(await program.call(tokens["access_token"]))["rows"]
    assert {row[0] for row in rows} == {"harbor"}


@pytest.mark.usefixtures("ada")
async def test_somebody_in_several_organisations_chooses_one(
    program: Program, browser: Any, join: Any
) -> None:
    await join("ada", organisation="Other")
    asked = await program.ask()
    page = await browser.get(asked.headers["location"])
    assert "Agency" in page.text
    assert "Other" in page.text
    assert "account" not in ticked(page)
    link = next(part for part in page.text.split('"') if part.startswith("?organisation="))
    page = await browser.get(asked.headers["location"] + link)
    fields = {**ticked(page), "answer": "allow"}
    assert "code" in said(await browser.http.post(str(page.url), data=fields))


@pytest.mark.requirement("oauth-within-role")
async def test_what_a_person_loses_their_program_loses_at_once(
    program: Program, connected: Any, database: Database, house: House, clock: FixedClock
) -> None:
    token = connected["access_token"]
    organisation = await house.registry.organisation("Agency")
    elm = (await house.registry.account("elm")).id
    async with database.organisation_session(organisation) as session:
        await session.execute(update(Member).values(role="viewer", account_ids=[elm]))
    clock.move(1)
    assert {row[0] for row in answer(await program.call(token))["rows"]} == {"elm"}
    assert "set_price" not in await tools(program.http, token)
    async with database.organisation_session(organisation) as session:
        await session.execute(delete(Member))
    clock.move(1)
    assert (await program.call(token)).status_code == 401
    assert (await program.refresh(connected["refresh_token"])).status_code == 400


@pytest.mark.requirement("oauth-within-role")
@pytest.mark.usefixtures("connected")
async def test_a_change_that_is_about_to_leave_is_held_against_the_grant_as_it_is_then(
    database: Database, house: House, clock: FixedClock
) -> None:
    organisation = await house.registry.organisation("Agency")
    (grant,) = await house.authority.grants.of(organisation)
    elm = (await house.registry.account("elm")).id

    async def standing() -> Standing | None:
        async with database.organisation_session(organisation) as session:
            return await standing_of(session, grant.id, clock.now())

    before = await standing()
    assert before is not None
    assert before.account_ids == frozenset(grant.account_ids)
    assert before.scopes == READ_SCOPES
    async with database.organisation_session(organisation) as session:
        await session.execute(update(Member).values(account_ids=[elm]))
    after = await standing()
    assert after is not None
    assert after.account_ids == {elm}
    await house.authority.grants.end(organisation, grant.id, by="ada")
    assert await standing() is None


# --- stepping up ------------------------------------------------------------------------------------


async def test_a_stranger_is_told_where_to_ask_and_for_what(http: httpx2.AsyncClient) -> None:
    refused = await http.post("/mcp", json=LIST, headers=ACCEPT)
    challenge = refused.headers["www-authenticate"]
    assert refused.status_code == 401
    assert "error=" not in challenge
    assert f'scope="{" ".join(sorted(READ_SCOPES))}"' in challenge
    address = challenge.split('resource_metadata="')[1].split('"')[0]
    told = (await http.get(address)).json()
    assert told["resource"].endswith("/mcp")
    sent = {**ACCEPT, "Authorization": "Bearer nonsense"}
    refused = await http.post("/mcp", json=LIST, headers=sent)
    assert 'error="invalid_token"' in refused.headers["www-authenticate"]


async def test_the_documents_name_every_address_of_the_same_server(
    http: httpx2.AsyncClient, url: str
) -> None:
    for path in ("", "/mcp"):
        resource = (await http.get(f"/.well-known/oauth-protected-resource{path}")).json()
        assert resource["authorization_servers"] == [url]
        assert resource["scopes_supported"] == sorted(READ_SCOPES)
        server = (await http.get(f"/.well-known/oauth-authorization-server{path}")).json()
        assert server["issuer"] == url
        assert server["code_challenge_methods_supported"] == ["S256"]
        assert server["client_id_metadata_document_supported"] is True
        assert server["authorization_response_iss_parameter_supported"] is True
        assert "none" in server["token_endpoint_auth_methods_supported"]
        assert all(server[name].startswith(url) for name in server if name.endswith("_endpoint"))


async def test_a_call_outside_the_token_says_all_that_is_needed_at_once(
    program: Program, connected: Any
) -> None:
    token = connected["access_token"]
    assert {"set_price", "cancel_change"} <= await tools(program.http, token)
    assert "confirm_change" not in await tools(program.http, token)
    refused = await program.call(token, "set_price")
    assert refused.status_code == 403
    challenge = refused.headers["www-authenticate"]
    assert 'error="insufficient_scope"' in challenge
    assert f'scope="{" ".join(sorted({*READ_SCOPES, Scope.LISTINGS_WRITE}))}"' in challenge
    assert "resource_metadata=" in challenge


async def test_after_stepping_up_the_call_is_taken(
    program: Program, connected: Any, consents: Any
) -> None:
    refused = await program.call(connected["access_token"], "set_price")
    wanted = refused.headers["www-authenticate"].split('scope="')[1].split('"')[0]
    code = said(await consents(await program.ask(scope=wanted)))["code"]
    token = (await program.exchange(code)).json()["access_token"]
    taken = await program.call(token, "set_price")
    assert taken.status_code == 200
    assert answer(taken)["error_kind"] == "invalid_input"  # it was called without arguments


@pytest.mark.usefixtures("ada")
async def test_a_program_that_may_record_may_confirm_what_it_records(
    program: Program, consents: Any
) -> None:
    code = said(await consents(await program.ask(scope=Scope.PLANNING_WRITE)))["code"]
    token = (await program.exchange(code)).json()["access_token"]
    assert "confirm_change" in await tools(program.http, token)


async def test_what_nobody_can_grant_is_refused_like_to_a_key(
    program: Program, connected: Any
) -> None:
    refused = await program.call(connected["access_token"], "confirm_change")
    assert refused.status_code == 200
    assert answer(refused)["error_kind"] == "not_allowed"


async def test_an_address_narrows_what_stepping_up_could_reach(
    program: Program, connected: Any
) -> None:
    token = connected["access_token"]
    assert "set_price" not in await tools(program.http, token, "?read_only=1")
    refused = await program.call(token, "set_price", "?read_only=1")
    assert answer(refused)["error_kind"] == "not_allowed"
    assert await tools(program.http, token, "?toolsets=stock") < await tools(program.http, token)


# --- the list of what is connected ------------------------------------------------------------------


async def _home(house: House) -> str:
    return f"/console/o/{await house.registry.organisation('Agency')}/clients"


async def test_a_person_sees_what_is_connected_and_disconnects_it(
    program: Program, connected: Any, browser: Any, house: House, clock: FixedClock
) -> None:
    await program.call(connected["access_token"])
    await house.authenticator.settled()
    home = await _home(house)
    page = await browser.get(home)
    assert "Claude" in page.text
    assert "ada@example.com" in page.text
    assert "127.0.0.1" in page.text
    (grant,) = await house.authority.grants.of(await house.registry.organisation("Agency"))
    assert grant.last_used_at == clock.now()
    page = await browser.send(page, f"{home}/{grant.id}/disconnect")
    assert page.status_code == 303
    assert "No client is connected" in (await browser.get(home)).text
    clock.move(1)
    assert (await program.call(connected["access_token"])).status_code == 401
    assert (await program.refresh(connected["refresh_token"])).status_code == 400


@pytest.mark.usefixtures("connected")
async def test_only_who_looks_after_keys_sees_what_others_connected(
    open_browser: Any, join: Any, house: House
) -> None:
    await join("vic", Role.VIEWER)
    home = await _home(house)
    (grant,) = await house.authority.grants.of(await house.registry.organisation("Agency"))
    other = await open_browser()
    await other.sign_in("vic@example.com")
    page = await other.get(home)
    assert "ada@example.com" not in page.text
    fields = {"csrf": page.text.split('name="csrf" value="')[1].split('"')[0]}
    refused = await other.http.post(f"{home}/{grant.id}/disconnect", data=fields)
    assert refused.status_code == 404
    await join("max", Role.ADMIN)
    admin = await open_browser()
    await admin.sign_in("max@example.com")
    assert "ada@example.com" in (await admin.get(home)).text


@pytest.mark.usefixtures("connected")
async def test_who_sees_some_accounts_sees_no_program_that_opens_others(
    open_browser: Any, join: Any, house: House, program: Program, consents: Any
) -> None:
    home, harbor = await _home(house), await house.registry.account("harbor")
    organisation = await house.registry.organisation("Agency")
    (grant,) = await house.authority.grants.of(organisation)
    await join("part", Role.ADMIN, "harbor")
    part = await open_browser()
    await part.sign_in("part@example.com")
    page = await part.get(home)
    assert "ada@example.com" not in page.text
    fields = {"csrf": page.text.split('name="csrf" value="')[1].split('"')[0]}
    end = f"{home}/{grant.id}/disconnect"
    assert (await part.http.post(end, data=fields)).status_code == 404

    assert said(await consents(await program.ask(), account=[str(harbor.id)]))["code"]
    assert (await part.get(home)).text.count("ada@example.com</td>") == 1


async def test_a_program_gives_its_grant_back(
    program: Program, connected: Any, clock: FixedClock
) -> None:
    for token in ("st_refresh_invented", connected["refresh_token"]):
        assert (await program.post("/revoke", token=token)).status_code == 200
    clock.move(1)
    assert (await program.call(connected["access_token"])).status_code == 401
    assert (await program.post("/revoke")).json()["error"] == "invalid_request"
    unknown = await program.post("/revoke", token="x", client_id="nobody")
    assert (unknown.status_code, unknown.json()["error"]) == (401, "invalid_client")


async def test_a_revoked_grant_is_refused_by_every_server_within_a_second(
    connected: Any, house: House, settings: Settings, clock: FixedClock
) -> None:
    elsewhere = Authenticator(house.database, key_pepper(settings), clock)
    token, resource = connected["access_token"], f"{house.base_url}/mcp"
    assert await elsewhere.principal(token, resource=resource) is not None
    organisation = await house.registry.organisation("Agency")
    (grant,) = await house.authority.grants.of(organisation)
    await house.authority.grants.end(organisation, grant.id, by="ada")
    clock.move(timedelta(seconds=1).total_seconds())
    assert await elsewhere.principal(token, resource=resource) is None
    await elsewhere.settled()
