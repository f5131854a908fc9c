"""Signing in and out: who gets in, for how long, and what the browser is told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import httpx2
import psycopg
import pytest
from tests.server.web.conftest import PASSWORD, Browser, Join, form_of

from stockroom.core.clock import FixedClock
from stockroom.core.config import Settings
from stockroom.db.place import Place
from stockroom.entrypoints.house import House
from stockroom.entrypoints.http_app import create_app
from stockroom.entrypoints.web.surroundings import own_path
from stockroom.tenancy.home_secrets import key_pepper
from stockroom.tenancy.roles import Role
from stockroom.tenancy.sessions import Sessions

OpenBrowser = Callable[..., Awaitable[Browser]]
COOKIE = "stockroom_session"


async def is_in(browser: Browser) -> bool:
    return (await browser.http.get("/console/")).status_code == 200


async def test_a_member_signs_in_and_sees_the_accounts_granted_to_them(
    browser: Browser, join: Join
) -> None:
    await join("ada", Role.VIEWER, "harbor")

    answer = await browser.sign_in("Ada@Example.com")

    assert answer.status_code == 303
    assert answer.headers["location"] == "/console/"
    page = await browser.get("/console/")
    assert "harbor" in page.text
    assert "elm" not in page.text
    assert "ridge" not in page.text
    assert "agents stopped" not in page.text


async def test_nobody_and_a_wrong_password_get_the_same_answer(
    browser: Browser, open_browser: OpenBrowser, join: Join
) -> None:
    await join("ada")
    wrong = await browser.sign_in("ada@example.com", "not her password")
    nobody = await (await open_browser()).sign_in("eve@example.com", "not her password")

    assert wrong.status_code == nobody.status_code == 401
    blank = [
        answer.text.replace(form_of(answer, "/console/sign-in")["csrf"], "").replace(name, "")
        for answer, name in ((wrong, "ada"), (nobody, "eve"))
    ]
    assert blank[0] == blank[1]
    assert not await is_in(browser)


async def test_without_a_session_every_page_sends_to_sign_in_and_back(
    browser: Browser, join: Join
) -> None:
    await join("ada")
    sent = await browser.http.get("/console/o/00000000-0000-0000-0000-000000000000/?x=1")
    assert sent.status_code == 303
    page = await browser.http.get(sent.headers["location"])

    answer = await browser.send(
        page, "/console/sign-in", email="ada@example.com", password=PASSWORD
    )

    assert answer.headers["location"] == "/console/o/00000000-0000-0000-0000-000000000000/?x=1"
    assert (await browser.get(answer.headers["location"])).status_code == 404


@pytest.mark.requirement("no-open-redirect")
@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "https://evil.example/console/",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\r\nLocation: https://evil.example",
        "javascript:alert(1)",
        "console/",
        "",
        "/é",
        "/" + "x" * 3000,
    ],
)
def test_only_a_path_of_ours_is_gone_on_to(target: str) -> None:
    assert own_path(target) == "/console/"


@pytest.mark.requirement("no-open-redirect")
async def test_signing_in_leads_nowhere_else(browser: Browser, join: Join) -> None:
    await join("ada")
    page = await browser.get("/console/sign-in?next=//evil.example")

    answer = await browser.send(
        page,
        "/console/sign-in",
        email="ada@example.com",
        password=PASSWORD,
        next="https://evil.example",
    )

    assert answer.headers["location"] == "/console/"


@pytest.mark.requirement("sessions-hashed")
async def test_the_cookie_is_for_the_server_alone_and_only_its_hash_is_stored(
    browser: Browser, join: Join, place: Place
) -> None:
    await join("ada")

    answer = await browser.sign_in("ada@example.com")

    (cookie,) = (c for c in answer.headers.get_list("set-cookie") if COOKIE in c)
    flags = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/"} <= flags
    assert not any(flag.startswith("domain") for flag in flags)
    token = browser.http.cookies[COOKIE]
    with psycopg.connect(place.conninfo(place.admin)) as connection:
        (stored,) = connection.execute("select s::text from app.sessions s").fetchone() or ("",)
    assert token not in stored
    assert token.encode().hex() not in stored


@pytest.mark.requirement("sessions-fresh")
async def test_a_session_planted_before_sign_in_is_not_the_one_after_it(
    browser: Browser, join: Join
) -> None:
    await join("ada")
    browser.http.cookies.set(COOKIE, "planted-by-somebody-else-and-long-enough")

    await browser.sign_in("ada@example.com")

    tokens = [c.value for c in browser.http.cookies.jar if c.name == COOKIE]
    assert any(value != "planted-by-somebody-else-and-long-enough" for value in tokens)


async def test_signing_out_ends_the_session_itself_and_not_only_the_cookie(
    browser: Browser, open_browser: OpenBrowser, join: Join
) -> None:
    await join("ada")
    await browser.sign_in("ada@example.com")
    thief = await open_browser()
    thief.http.cookies.set(COOKIE, browser.http.cookies[COOKIE])
    assert await is_in(thief)

    await browser.send(await browser.get("/console/"), "/console/sign-out")

    assert not await is_in(browser)
    assert not await is_in(thief)


@pytest.mark.requirement("sessions-end")
async def test_a_session_ends_when_it_is_not_used_and_when_it_is_old(
    browser: Browser, join: Join, clock: FixedClock
) -> None:
    await join("ada")
    await browser.sign_in("ada@example.com")
    for _ in range(7):
        clock.move(100 * 60)
        assert await is_in(browser)  # used every hundred minutes
    clock.move(100 * 60)  # that is thirteen hours and twenty minutes
    assert not await is_in(browser)

    await browser.sign_in("ada@example.com")
    clock.move(2 * 3600 + 1)
    assert not await is_in(browser)


@pytest.mark.requirement("sessions-end")
async def test_an_ended_session_is_over_in_every_process_within_a_second(
    house: House, settings: Settings, join: Join, clock: FixedClock
) -> None:
    person = await join("ada")
    here = house.reception.sessions
    there = Sessions(house.database, key_pepper(settings), clock)
    token = await here.begin(person, agent="", address=None)
    visitor = await there.visitor(token)
    assert visitor is not None

    await here.end(person, visitor.session_id)

    assert await here.visitor(token) is None
    clock.move(0.51)
    assert await there.visitor(token) is None


@pytest.mark.requirement("forms-from-here")
async def test_a_form_counts_only_from_a_page_of_ours(browser: Browser, join: Join) -> None:
    await join("ada")
    await browser.sign_in("ada@example.com")
    fields = form_of(await browser.get("/console/"), "/console/sign-out")

    async def refused(fields: dict[str, str], **headers: str) -> bool:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = await browser.http.post("/console/sign-out", data=fields, headers=sent)
        return answer.status_code == 403 and await is_in(browser)

    assert await refused({"csrf": ""})
    assert await refused({"csrf": fields["csrf"][:-1] + "~"})
    assert await refused({"csrf": "é"})
    assert await refused(fields, Origin="https://evil.example")
    assert await refused(fields, Origin="null")
    assert await refused(fields, Sec_Fetch_Site="cross-site")
    assert await refused(fields, Sec_Fetch_Site="same-site")
    assert (await browser.http.get("/console/sign-out")).status_code == 405
    assert not await refused(
        fields, Sec_Fetch_Site="same-origin", Origin=str(browser.http.base_url)
    )


@pytest.mark.requirement("forms-from-here")
async def test_a_form_of_another_session_or_browser_does_not_count(
    browser: Browser, open_browser: OpenBrowser, join: Join
) -> None:
    await join("ada")
    await join("bea")
    other = await open_browser()
    await browser.sign_in("ada@example.com")
    await other.sign_in("bea@example.com")
    fields = form_of(await other.get("/console/"), "/console/sign-out")

    assert (await browser.http.post("/console/sign-out", data=fields)).status_code == 403
    stranger = await open_browser()
    taken = form_of(await (await open_browser()).get("/console/sign-in"), "/console/sign-in")
    answer = await stranger.http.post(
        "/console/sign-in", data={**taken, "email": "ada@example.com", "password": PASSWORD}
    )
    assert answer.status_code == 403


async def test_what_is_no_form_is_refused(browser: Browser) -> None:
    form = "application/x-www-form-urlencoded"
    for body, kind in (
        (b"csrf=" + b"x" * 70_000, form),
        (b"&".join([b"a=1"] * 600), form),
        (b"\xff\xfe", form),
        (b"a=%ff%fe", form),
        (b"{}", "application/json"),
        (b"", "text/plain"),
    ):
        answer = await browser.http.post(
            "/console/sign-in", content=body, headers={"Content-Type": kind}
        )
        assert answer.status_code == 400, body[:20]


@pytest.mark.requirement("pages-fenced")
async def test_every_page_tells_the_browser_what_not_to_do(browser: Browser, join: Join) -> None:
    await join("ada")
    pages = [
        await browser.get("/console/sign-in"),
        await browser.sign_in("ada@example.com"),
        await browser.get("/console/"),
        await browser.get("/console/o/00000000-0000-0000-0000-000000000000/"),
        await browser.http.post("/console/sign-out"),
    ]
    for page in pages:
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "form-action 'self'" in policy
        assert "unsafe" not in policy
        assert page.headers["x-content-type-options"] == "nosniff"
        assert page.headers["referrer-policy"] == "same-origin"
        assert page.headers["cache-control"] == "no-store"
        assert "strict-transport-security" not in page.headers
        assert "<script" not in page.text
        assert "style=" not in page.text


@pytest.mark.requirement("pages-fenced")
async def test_behind_tls_cookies_are_bound_to_the_host_and_plain_http_is_over(
    house: House, settings: Settings, join: Join
) -> None:
    public = settings.model_copy(update={"public_url": "https://stock.example"})
    await join("ada")
    app = create_app(replace(house, settings=public))
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="https://stock.example") as client:
        browser = Browser(client)
        answer = await browser.sign_in("ada@example.com")
        (cookie,) = (c for c in answer.headers.get_list("set-cookie") if COOKIE in c)
        assert cookie.startswith("__Host-stockroom_session=")
        assert "Secure" in cookie
        assert "max-age" in answer.headers["strict-transport-security"]
        assert await is_in(browser)


async def test_the_stylesheet_is_served_for_good_under_the_name_of_its_content(
    browser: Browser,
) -> None:
    page = await browser.get("/console/sign-in")
    address = page.text.split('rel="stylesheet" href="')[1].split('"')[0]

    sheet = await browser.http.get(address)

    assert sheet.headers["content-type"].startswith("text/css")
    assert "immutable" in sheet.headers["cache-control"]
    assert (await browser.http.get("/console/static/..%2fpage.py")).status_code == 404


async def test_another_organisation_and_one_that_does_not_exist_get_the_same_answer(
    browser: Browser, house: House, join: Join
) -> None:
    await join("ada")
    await browser.sign_in("ada@example.com")
    other = await house.registry.organisation("Other")

    theirs = await browser.get(f"/console/o/{other}/")
    nobodys = await browser.get("/console/o/00000000-0000-0000-0000-000000000000/")

    assert theirs.status_code == nobodys.status_code == 404
    assert "ridge" not in theirs.text
    assert theirs.text == nobodys.text


async def test_somebody_in_two_organisations_sees_each_with_their_role_there(
    browser: Browser, house: House, join: Join
) -> None:
    await join("ada", Role.VIEWER, "elm")
    await join("ada", Role.ADMIN, organisation="Other")
    await browser.sign_in("ada@example.com")

    page = await browser.get("/console/")
    other = await browser.get(f"/console/o/{await house.registry.organisation('Other')}/")

    assert all(word in page.text for word in ("elm", "ridge", "viewer", "admin"))
    assert "harbor" not in page.text
    assert "ridge" in other.text
    assert "elm" not in other.text
