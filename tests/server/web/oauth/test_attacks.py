"""What somebody who means harm tries, and what comes of it."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2
import pytest
from tests.serving import NO_TLS

from stockroom.core.clock import FixedClock
from stockroom.core.config import Settings
from stockroom.db.engine import Database
from stockroom.entrypoints.house import House
from stockroom.tenancy.authenticate import Authenticator
from stockroom.tenancy.home_secrets import key_pepper
from stockroom.tenancy.oauth.models import OAuthToken
from stockroom.tenancy.roles import Role

from .conftest import BACK, CHALLENGE, Program, said, ticked


@pytest.mark.requirement("oauth-codes-once")
async def test_a_code_that_comes_twice_ends_what_it_gave(
    program: Program, consents: Any, browser: Any, join: Any, clock: FixedClock
) -> None:
    await join("ada")
    await browser.sign_in("ada@example.com")
    code = said(await consents(await program.ask()))["code"]
    tokens = (await program.exchange(code)).json()
    assert (await program.call(tokens["access_token"])).status_code == 200
    assert (await program.exchange(code)).json()["error"] == "invalid_grant"
    clock.move(1)
    assert (await program.call(tokens["access_token"])).status_code == 401
    assert (await program.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"


@pytest.mark.requirement("oauth-codes-once")
async def test_of_two_exchanges_at_once_neither_leaves_a_good_token(
    program: Program, consents: Any, browser: Any, join: Any, clock: FixedClock
) -> None:
    await join("ada")
    await browser.sign_in("ada@example.com")
    code = said(await consents(await program.ask()))["code"]
    answers = await asyncio.gather(*(program.exchange(code) for _ in range(4)))
    given = [one.json() for one in answers if one.status_code == 200]
    assert len(given) <= 1
    clock.move(1)
    for tokens in given:
        assert (await program.call(tokens["access_token"])).status_code == 401


async def test_a_code_is_good_for_a_minute(
    program: Program, consents: Any, browser: Any, join: Any, clock: FixedClock
) -> None:
    await join("ada")
    await browser.sign_in("ada@example.com")
    code = said(await consents(await program.ask()))["code"]
    clock.move(60)
    assert (await program.exchange(code)).json()["error"] == "invalid_grant"


@pytest.mark.requirement("oauth-refresh-once")
async def test_a_refresh_token_that_comes_twice_ends_the_family(
    program: Program, connected: Any, clock: FixedClock
) -> None:
    first = connected
    second = (await program.refresh(first["refresh_token"])).json()
    assert (await program.call(second["access_token"])).status_code == 200
    clock.move(7 * 86_400)  # also when the thief waits
    second = (await program.refresh(second["refresh_token"])).json()
    assert (await program.refresh(first["refresh_token"])).json()["error"] == "invalid_grant"
    clock.move(1)
    assert (await program.call(second["access_token"])).status_code == 401
    assert (await program.refresh(second["refresh_token"])).json()["error"] == "invalid_grant"


@pytest.mark.requirement("oauth-pkce")
async def test_nobody_asks_without_a_challenge_of_s256(program: Program) -> None:
    for changed in (
        {"code_challenge": None},
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": None},
        {"code_challenge": "short"},
        {"code_challenge": CHALLENGE[:-1] + "+"},
    ):
        refused = said(await program.ask(**changed))
        assert refused["error"] == "invalid_request", changed
        assert refused["state"] == "the state"


@pytest.mark.requirement("oauth-pkce")
async def test_a_stolen_code_is_worth_nothing_without_its_verifier(
    program: Program, consents: Any, browser: Any, join: Any
) -> None:
    await join("ada")
    await browser.sign_in("ada@example.com")
    code = said(await consents(await program.ask()))["code"]
    for verifier in (None, "", "x" * 43, CHALLENGE):
        refused = await program.exchange(code, code_verifier=verifier)
        assert refused.status_code == 400
        assert refused.json()["error"] in {"invalid_request", "invalid_grant"}


async def test_a_code_of_one_program_is_none_of_anothers(
    program: Program, consents: Any, browser: Any, join: Any, http: httpx2.AsyncClient
) -> None:
    await join("ada")
    await browser.sign_in("ada@example.com")
    wish = {"redirect_uris": [BACK], "token_endpoint_auth_method": "none"}
    other = Program(http, (await http.post("/register", json=wish)).json()["client_id"])
    code = said(await consents(await program.ask()))["code"]
    assert (await other.exchange(code)).json()["error"] == "invalid_grant"
    tokens = (await program.exchange(code)).json()
    assert (await other.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    await other.post("/revoke", token=tokens["refresh_token"])
    assert (await program.call(tokens["access_token"])).status_code == 200


@pytest.mark.requirement("oauth-redirects")
async def test_an_answer_goes_nowhere_but_where_the_program_registered(program: Program) -> None:
    for uri in [
        "https://evil.example/callback",
        "http://127.0.0.1:33418/callback/../evil",
        "http://127.0.0.1:33418/callback?x=1",
        "http://127.0.0.1:33418/other",
        "http://127.0.0.1.evil.example:33418/callback",
        "http://localhost:33418/callback",
        "http://127.0.0.1@evil.example/callback",
        "https://127.0.0.1:33418/callback",
        "http://[::1]:33418/callback",
        "javascript:alert(1)",
        "//evil.example/callback",
        "http://127.0.0.1:33418/callback#fragment",
        "http://127.0.0.1:33418\\@evil.example/callback",
    ]:
        refused = await program.ask(redirect_uri=uri)
        assert refused.status_code == 400, uri
        assert "location" not in refused.headers


@pytest.mark.requirement("oauth-redirects")
async def test_on_this_machine_the_port_is_the_programs_to_choose(
    program: Program, consents: Any, browser: Any, join: Any
) -> None:
    await join("ada")
    await browser.sign_in("ada@example.com")
    program.redirect_uri = "http://127.0.0.1:51234/callback"
    back = await consents(await program.ask())
    assert back.headers["location"].startswith("http://127.0.0.1:51234/callback?code=")
    other = await program.exchange(said(back)["code"], redirect_uri=BACK)
    assert other.status_code == 400
    assert (await program.exchange(said(back)["code"])).status_code == 200


@pytest.mark.requirement("oauth-redirects")
async def test_no_program_registers_an_address_that_could_do_harm(http: httpx2.AsyncClient) -> None:
    for uri in [
        "javascript:alert(1)",
        "data:text/html,x",
        "http://evil.example/callback",
        "http://127.0.0.1.evil.example/",
        "https://user:pw@claude.ai/",
        "https://claude.ai/#x",
        "file:///etc/passwd",
        "https://*.example/callback",
        "vbscript:x",
        "myapp://callback",
        "https://x.example/" + "a" * 3000,
        "https://x.example;script-src/",
        "http://0.0.0.0:1/",
    ]:
        refused = await http.post("/register", json={"redirect_uris": [uri]})
        assert refused.status_code == 400, uri
        assert refused.json()["error"] in {"invalid_redirect_uri", "invalid_client_metadata"}


async def test_the_addresses_of_known_clients_are_taken(http: httpx2.AsyncClient) -> None:
    for uri in [
        "https://claude.ai/api/mcp/auth_callback",
        "http://localhost/callback",
        "http://127.0.0.1/callback",
        "http://[::1]:9/x",
        "https://vscode.dev/redirect",
        "cursor://anysphere.cursor-mcp/oauth/callback",
        "vscode://vscode.mcp/callback",
    ]:
        wish = {"redirect_uris": [uri], "token_endpoint_auth_method": "none"}
        known = await http.post("/register", json=wish)
        assert known.status_code == 201, known.text
        asked = await Program(http, known.json()["client_id"], redirect_uri=uri).ask()
        assert "/console/authorise/" in asked.headers["location"], uri


@pytest.mark.requirement("oauth-audience")
async def test_a_token_is_asked_for_this_server_or_not_at_all(
    program: Program, consents: Any, browser: Any, join: Any
) -> None:
    refused = said(await program.ask(resource="https://other.example/mcp"))
    assert refused["error"] == "invalid_target"
    await join("ada")
    await browser.sign_in("ada@example.com")
    code = said(await consents(await program.ask(resource=None)))["code"]
    elsewhere = await program.exchange(code, resource="https://other.example/mcp")
    assert elsewhere.json()["error"] == "invalid_target"
    assert (await program.exchange(code)).status_code == 200


@pytest.mark.requirement("oauth-audience")
async def test_a_token_for_another_address_is_no_token_here(
    program: Program, connected: Any, house: House, settings: Settings, clock: FixedClock
) -> None:
    pepper = key_pepper(settings)
    elsewhere = Authenticator(house.database, pepper, clock)
    token, mine = connected["access_token"], f"{house.base_url}/mcp"
    assert await elsewhere.principal(token, resource="https://other.example/mcp") is None
    assert await elsewhere.principal(token) is None
    assert await elsewhere.principal(token, resource=mine) is not None
    assert (await program.call(connected["refresh_token"])).status_code == 401
    await elsewhere.settled()


@pytest.mark.requirement("oauth-issuer-named")
async def test_every_answer_says_who_gives_it(
    program: Program, consents: Any, browser: Any, join: Any, url: str
) -> None:
    await join("ada")
    await browser.sign_in("ada@example.com")
    assert said(await consents(await program.ask()))["iss"] == url
    denied = said(await consents(await program.ask(), answer="deny"))
    assert denied == {"error": "access_denied", "state": "the state", "iss": url}
    assert said(await program.ask(response_type="token"))["iss"] == url


@pytest.mark.requirement("oauth-audience")
async def test_a_token_is_none_where_keys_alone_are_good(connected: Any, keys_url: str) -> None:
    async with httpx2.AsyncClient(verify=NO_TLS, base_url=keys_url) as http:
        refused = await Program(http, "any").call(connected["access_token"])
    assert refused.status_code == 401
    assert "resource_metadata" not in refused.headers["www-authenticate"]


async def test_parameters_that_stand_twice_are_refused(program: Program) -> None:
    twice = [*program.question().items(), ("redirect_uri", "https://evil.example/")]
    refused = await program.http.get(f"/authorize?{urlencode(twice)}")
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")
    body = "grant_type=authorization_code&code=a&code=b&client_id=x&code_verifier=y"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    refused = await program.http.post("/token", content=body, headers=form)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")
    no_form = await program.http.post("/token", json={"grant_type": "refresh_token"})
    assert no_form.json()["error"] == "invalid_request"
    large = await program.http.post("/token", content=b"a" * 20_000, headers=form)
    assert large.status_code == 413


@pytest.mark.requirement("oauth-flood")
async def test_nobody_floods_the_register(
    http: httpx2.AsyncClient, clock: FixedClock, program: Program
) -> None:
    wish = {"redirect_uris": [BACK], "token_endpoint_auth_method": "none"}
    seen = {(await http.post("/register", json=wish)).status_code for _ in range(35)}
    assert seen == {201, 429}
    refused = await http.post("/register", json=wish)
    assert 0 < int(refused.headers["retry-after"]) <= 3600
    forged = await http.post("/register", json=wish, headers={"X-Forwarded-For": "203.0.113.9"})
    assert forged.status_code == 429
    assert (await program.ask()).status_code == 302
    clock.move(3600)
    assert (await http.post("/register", json=wish)).status_code == 201


@pytest.mark.requirement("oauth-flood")
async def test_nobody_makes_this_server_fetch_and_ask_without_end(http: httpx2.AsyncClient) -> None:
    refused = [
        (await Program(http, f"https://10.0.0.1/{number}/client.json").ask()).status_code
        for number in range(105)
    ]
    assert set(refused[:100]) == {400}
    assert set(refused[100:]) == {429}


@pytest.mark.requirement("outbound-guarded")
async def test_a_programs_id_leads_into_no_private_network(http: httpx2.AsyncClient) -> None:
    for address in (
        "https://169.254.169.254/latest/meta-data", "https://localhost/c.json", "https://[::1]/c",
        "http://10.0.0.1/c.json", "https://127.0.0.1:5432/c", "https://2130706433/c",
    ):  # fmt: skip
        refused = await Program(http, address).ask()
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_client")
        assert "refused" not in refused.text.lower()  # nor does it tell open ports from closed


# --- on the page ------------------------------------------------------------------------------------


@pytest.mark.requirement("oauth-consent-by-person")
async def test_nobody_consents_for_somebody_else(
    program: Program, browser: Any, open_browser: Any, join: Any
) -> None:
    await join("ada")
    await browser.sign_in("ada@example.com")
    asked = await program.ask()
    page = await browser.get(asked.headers["location"])
    fields = {**ticked(page), "answer": "allow"}
    forged = {**fields, "csrf": ""}
    assert (await browser.http.post(str(page.url), data=forged)).status_code == 403
    evil = {"Origin": "https://evil.example"}
    assert (await browser.http.post(str(page.url), data=fields, headers=evil)).status_code == 403
    stranger = await open_browser()
    sent = await stranger.http.post(str(page.url), data=fields)
    assert urlsplit(sent.headers["location"]).path == "/console/sign-in"
    # None of them used the question up.
    assert "code" in said(await browser.http.post(str(page.url), data=fields))
    again = await browser.http.post(str(page.url), data=fields)
    assert again.status_code == 404


@pytest.mark.requirement("oauth-consent-by-person")
async def test_the_page_lies_in_no_frame_and_leads_only_to_the_program(
    program: Program, browser: Any, join: Any
) -> None:
    await join("ada")
    await browser.sign_in("ada@example.com")
    page = await browser.get((await program.ask()).headers["location"])
    policy = page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self' http://127.0.0.1:33418" in policy
    assert page.headers["x-frame-options"] == "DENY"


async def test_a_name_that_pretends_is_shown_as_text(
    http: httpx2.AsyncClient, browser: Any, join: Any
) -> None:
    await join("ada")
    await browser.sign_in("ada@example.com")
    wish = {"client_name": "<b>Bank</b>\u202e" + "x" * 500, "redirect_uris": [BACK]}
    known = await http.post("/register", json=wish)
    page = await browser.get(
        (await Program(http, known.json()["client_id"]).ask()).headers["location"]
    )
    assert "<b>Bank" not in page.text
    assert "&lt;b&gt;Bank" in page.text
    assert "\u202e" not in page.text
    assert "x" * 100 not in page.text


async def test_who_is_not_signed_in_comes_back_to_the_question(
    program: Program, browser: Any, join: Any
) -> None:
    await join("ada")
    asked = (await program.ask()).headers["location"]
    page = await browser.get(asked)
    wanted = dict(parse_qsl(urlsplit(str(page.url)).query))["next"]
    assert wanted == urlsplit(asked).path
    sent = await browser.send(
        page, "/console/sign-in", email="ada@example.com", password="correct horse battery"
    )
    assert sent.headers["location"] == wanted


@pytest.mark.requirement("oauth-hashed")
async def test_no_text_of_a_code_or_token_is_kept(
    connected: Any, database: Database, house: House
) -> None:
    organisation = await house.registry.organisation("Agency")
    async with database.organisation_session(organisation) as session:
        rows = (await session.execute(OAuthToken.__table__.select())).all()
    assert len(rows) == 3
    kept = repr(rows)
    assert connected["access_token"] not in kept
    assert connected["refresh_token"] not in kept


async def test_a_viewers_program_reads_whatever_it_asks_for(
    program: Program, browser: Any, join: Any, consents: Any
) -> None:
    await join("vic", Role.VIEWER)
    await browser.sign_in("vic@example.com")
    asked = await program.ask(scope="stock:read listings:write changes:confirm")
    forged = ["stock:read", "listings:write", "changes:confirm"]
    code = said(await consents(asked, scope=forged))["code"]
    assert (await program.exchange(code)).json()["scope"] == "stock:read"
