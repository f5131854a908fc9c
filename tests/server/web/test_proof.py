"""Proving who one is: passwords, codes, how often, and how lately."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

import httpx2
import psycopg
import pyotp
import pytest
from tests.server.web.conftest import PASSWORD, Browser, Join

from stockroom.core.clock import FixedClock
from stockroom.core.errors import BusyError, InvalidInputError
from stockroom.db.place import Place
from stockroom.entrypoints.house import House
from stockroom.tenancy.passwords import Passwords
from stockroom.tenancy.persons import email_of
from stockroom.tenancy.roles import Role

OpenBrowser = Callable[..., Awaitable[Browser]]
NEXT_CODE_S = 30


def shown_secret(page: httpx2.Response) -> str:
    found = re.search(r'name="secret" value="([A-Z2-7]+)"', page.text)
    assert found is not None
    return found[1]


def code_of(secret: str, clock: FixedClock) -> str:
    return pyotp.TOTP(secret).at(clock.now())


async def set_up(browser: Browser, clock: FixedClock) -> tuple[str, list[str]]:
    """Turn the second factor on; its secret and the recovery codes."""
    page = await browser.get("/console/me/second-factor")
    secret = shown_secret(page)
    done = await browser.send(page, "/console/me/second-factor", code=code_of(secret, clock))
    assert done.status_code == 200
    return secret, re.findall(r"<code>([a-z0-9-]{19})</code>", done.text)


async def with_code(browser: Browser, code: str) -> httpx2.Response:
    asked = await browser.sign_in("ada@example.com")
    assert asked.status_code == 200
    return await browser.send(asked, "/console/sign-in/code", code=code)


@pytest.mark.requirement("second-factor")
async def test_with_a_second_factor_the_password_alone_lets_nobody_in(
    browser: Browser, open_browser: OpenBrowser, join: Join, clock: FixedClock
) -> None:
    await join("ada")
    await browser.sign_in("ada@example.com")
    secret, _ = await set_up(browser, clock)
    other = await open_browser()
    clock.move(NEXT_CODE_S)

    assert (await with_code(other, "000000")).status_code == 401
    assert (await other.http.get("/console/")).status_code == 303
    assert (await with_code(other, code_of(secret, clock))).status_code == 303
    assert (await other.http.get("/console/")).status_code == 200


@pytest.mark.requirement("second-factor")
async def test_a_code_counts_once_and_only_around_its_time(
    browser: Browser, open_browser: OpenBrowser, join: Join, clock: FixedClock
) -> None:
    await join("ada")
    await browser.sign_in("ada@example.com")
    secret, _ = await set_up(browser, clock)
    used = code_of(secret, clock)

    assert (await with_code(await open_browser(), used)).status_code == 401
    clock.move(NEXT_CODE_S)
    late = code_of(secret, clock)
    clock.move(NEXT_CODE_S)
    assert (await with_code(await open_browser(), late)).status_code == 303
    stale = code_of(secret, clock)
    clock.move(2 * NEXT_CODE_S)
    assert (await with_code(await open_browser(), stale)).status_code == 401


@pytest.mark.requirement("second-factor")
async def test_a_recovery_code_lets_in_once_and_nobody_else(
    browser: Browser, open_browser: OpenBrowser, join: Join, clock: FixedClock, place: Place
) -> None:
    await join("ada")
    await browser.sign_in("ada@example.com")
    secret, codes = await set_up(browser, clock)
    assert len(set(codes)) == 10

    assert (await with_code(await open_browser(), codes[0].upper())).status_code == 303
    assert (await with_code(await open_browser(), codes[0])).status_code == 401
    with psycopg.connect(place.conninfo(place.admin)) as connection:
        rows = connection.execute(
            "select r::text, p::text from app.recovery_codes r, app.people p"
        ).fetchall()
    assert len(rows) == 9
    assert not any(secret in str(row) or codes[1] in str(row) for row in rows)


@pytest.mark.requirement("second-factor")
async def test_the_ticket_between_password_and_code_is_worth_nothing_elsewhere_or_later(
    browser: Browser, open_browser: OpenBrowser, join: Join, clock: FixedClock
) -> None:
    await join("ada")
    await browser.sign_in("ada@example.com")
    secret, _ = await set_up(browser, clock)
    first, second = await open_browser(), await open_browser()
    clock.move(NEXT_CODE_S)
    asked = await first.sign_in("ada@example.com")
    ticket = re.search(r'name="ticket" value="([^"]+)"', asked.text)
    assert ticket is not None
    own = await second.sign_in("ada@example.com")

    taken = await second.send(
        own, "/console/sign-in/code", code=code_of(secret, clock), ticket=ticket[1]
    )
    assert taken.status_code == 403
    clock.move(5 * 60 + 1)
    late = await first.send(asked, "/console/sign-in/code", code=code_of(secret, clock))
    assert late.status_code == 403


async def test_turning_the_second_factor_on_needs_its_first_code_and_ends_other_sessions(
    browser: Browser, open_browser: OpenBrowser, join: Join, clock: FixedClock
) -> None:
    await join("ada")
    await browser.sign_in("ada@example.com")
    other = await open_browser()
    await other.sign_in("ada@example.com")
    page = await browser.get("/console/me/second-factor")

    wrong = await browser.send(page, "/console/me/second-factor", code="123")
    own = pyotp.random_base32()
    planted = await browser.send(
        page, "/console/me/second-factor", secret=own, code=code_of(own, clock)
    )
    assert (wrong.status_code, planted.status_code) == (400, 403)
    assert (await other.http.get("/console/")).status_code == 200
    await set_up(browser, clock)
    assert (await other.http.get("/console/")).status_code == 303


async def test_turned_off_it_asks_for_no_code(
    browser: Browser, open_browser: OpenBrowser, join: Join, clock: FixedClock
) -> None:
    await join("ada")
    await browser.sign_in("ada@example.com")
    await set_up(browser, clock)
    await browser.send(await browser.get("/console/me"), "/console/me/second-factor/end")

    assert (await (await open_browser()).sign_in("ada@example.com")).status_code == 303


@pytest.mark.requirement("proven-anew")
async def test_what_gives_access_asks_anew_after_a_quarter_of_an_hour(
    browser: Browser, house: House, join: Join, clock: FixedClock
) -> None:
    await join("ada")
    await browser.sign_in("ada@example.com")
    path = f"/console/o/{await house.registry.organisation('Agency')}/members/invite"
    form = await browser.get(path)
    clock.move(15 * 60)

    asked = await browser.http.get(path)
    sent = await browser.send(form, path, email="bea@example.com", role="viewer", reach="all")

    assert asked.status_code == sent.status_code == 303
    assert asked.headers["location"].startswith("/console/prove?next=")
    assert (
        await house.reception.invitations.open_in(await house.registry.organisation("Agency")) == []
    )
    page = await browser.get(asked.headers["location"])
    assert (await browser.send(page, "/console/prove", password="wrong")).status_code == 401
    proved = await browser.send(page, "/console/prove", password=PASSWORD)
    assert proved.headers["location"] == path
    assert (await browser.http.get(path)).status_code == 200


@pytest.mark.requirement("proven-anew")
async def test_proving_anew_takes_the_code_too(
    browser: Browser, join: Join, clock: FixedClock
) -> None:
    await join("ada")
    await browser.sign_in("ada@example.com")
    secret, _ = await set_up(browser, clock)
    clock.move(15 * 60)
    page = await browser.get("/console/me/second-factor")

    async def prove(code: str) -> int:
        answer = await browser.send(page, "/console/prove", password=PASSWORD, code=code)
        return answer.status_code

    assert await prove("") == 401
    assert await prove(code_of(secret, clock)) == 303


@pytest.mark.requirement("guessing-throttled")
async def test_guessing_is_refused_with_a_time_and_that_address_waits_longer_than_the_owner(
    browser: Browser, house: House, join: Join, clock: FixedClock
) -> None:
    await join("ada")
    for _ in range(10):
        assert (await browser.sign_in("ada@example.com", "a guess")).status_code == 401
    refused = await browser.sign_in("ada@example.com")

    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) == 30
    assert "Wait 30 seconds" in refused.text
    guess = house.reception.signing_in.by_password
    with pytest.raises(BusyError):  # elsewhere too, while the password is being guessed
        await guess("ada@example.com", PASSWORD, "198.51.100.7")
    clock.move(6)
    assert await guess("ada@example.com", PASSWORD, "198.51.100.7") is not None
    clock.move(25)
    assert (await browser.sign_in("ada@example.com")).status_code == 303


@pytest.mark.requirement("guessing-throttled")
async def test_nobody_is_locked_out_for_more_than_a_minute_by_strangers(
    house: House, join: Join, clock: FixedClock
) -> None:
    await join("ada")
    guess = house.reception.signing_in.by_password
    for count in range(30):  # each from another address, as soon as it is allowed
        assert await guess("ada@example.com", "a guess", f"198.51.100.{count}") is None
        clock.move(60)

    assert await guess("ada@example.com", PASSWORD, "203.0.113.9") is not None


@pytest.mark.requirement("guessing-throttled")
async def test_an_address_that_guesses_at_many_waits_ever_longer(
    house: House, clock: FixedClock
) -> None:
    guess, waits = house.reception.signing_in.by_password, []
    for count in range(24):
        address = f"2001:db8::{count:x}"  # one customer's network
        try:
            assert await guess(f"user{count}@example.com", "a guess", address) is None
        except BusyError as error:
            waits.append(error.retry_after_s)
            clock.move(error.retry_after_s or 0)

    assert waits == [30, 60, 120, 240, 480, 960, 1920]
    assert await guess("ada@example.com", "a guess", "2001:db8:1::1") is None


@pytest.mark.requirement("guessing-throttled")
async def test_codes_are_guessed_five_times_and_then_slowly(
    browser: Browser, open_browser: OpenBrowser, join: Join, clock: FixedClock
) -> None:
    await join("ada")
    await browser.sign_in("ada@example.com")
    await set_up(browser, clock)
    other = await open_browser()

    answers = [(await with_code(other, f"00000{n}")).status_code for n in range(6)]

    assert answers == [401] * 5 + [429]


async def test_what_strangers_type_is_not_kept(place: Place, browser: Browser) -> None:
    await browser.sign_in("Eve@Example.com", "a guess")

    with psycopg.connect(place.conninfo(place.admin)) as connection:
        rows = connection.execute("select t::text from app.trials t").fetchall()
    assert len(rows) == 2
    assert not any("eve" in str(row).lower() or "127.0.0.1" in str(row) for row in rows)


async def test_a_new_password_signs_every_other_browser_out(
    browser: Browser, open_browser: OpenBrowser, join: Join
) -> None:
    await join("ada")
    other = await open_browser()
    await browser.sign_in("ada@example.com")
    await other.sign_in("ada@example.com")

    async def change(**fields: str) -> int:
        page = await browser.get("/console/me")
        return (await browser.send(page, "/console/me/password", **fields)).status_code

    fresh = "staple battery horse"
    assert await change(password="wrong", new_password=fresh, repeated=fresh) == 400
    assert await change(password=PASSWORD, new_password=fresh, repeated="other") == 400
    assert await change(password=PASSWORD, new_password="short", repeated="short") == 400
    assert (await other.http.get("/console/")).status_code == 200
    assert await change(password=PASSWORD, new_password=fresh, repeated=fresh) == 303

    assert (await browser.http.get("/console/")).status_code == 200
    assert (await other.http.get("/console/")).status_code == 303
    assert (await other.sign_in("ada@example.com")).status_code == 401
    assert (await other.sign_in("ada@example.com", fresh)).status_code == 303


async def test_a_person_sees_where_they_are_signed_in_and_ends_it_there(
    browser: Browser, open_browser: OpenBrowser, join: Join
) -> None:
    await join("ada")
    await join("bea")
    phone = await open_browser(**{"User-Agent": "Mozilla/5.0 (iPhone) Safari/605.1"})
    stranger = await open_browser(**{"User-Agent": "<script>alert(1)</script>"})
    await browser.sign_in("ada@example.com")
    await phone.sign_in("ada@example.com")
    await stranger.sign_in("bea@example.com")

    page = await browser.get("/console/me")
    assert "Safari on iOS" in page.text
    assert "script" not in page.text
    ends = re.findall(r'action="(/console/me/sessions/[0-9a-f-]{36}/end)"', page.text)
    assert len(ends) == 1
    theirs = await stranger.get("/console/me")
    assert "<script>" not in theirs.text
    await browser.send(page, ends[0])

    assert (await phone.http.get("/console/")).status_code == 303
    assert (await browser.http.get("/console/")).status_code == 200
    own = await house_session(stranger)
    assert own is not None


async def house_session(browser: Browser) -> str | None:
    """The cookie of somebody who is still in."""
    answer = await browser.http.get("/console/")
    return browser.http.cookies.get("stockroom_session") if answer.status_code == 200 else None


@pytest.mark.parametrize("password", ["", "elevenchars", "x" * 1025])
async def test_a_password_is_neither_short_nor_endless(password: str) -> None:
    with pytest.raises(InvalidInputError):
        await Passwords().hashed(password)


@pytest.mark.requirement("passwords-hashed")
async def test_a_password_is_stored_as_argon2id_and_a_longer_one_is_another(
    house: House, place: Place
) -> None:
    long = "x" * 1024
    await house.reception.persons.add("ada@example.com", "Ada", long)

    with psycopg.connect(place.conninfo(place.admin)) as connection:
        (row,) = connection.execute("select p::text from app.people p").fetchone() or ("",)
    assert "$argon2id$" in row
    assert long not in row
    assert await house.reception.persons.known("ada@example.com", long) is not None
    assert await house.reception.persons.known("ada@example.com", long + "x") is None


@pytest.mark.parametrize("email", ["", "ada", "a@b@c", "a b@c.d", "a\n@b.c", "x" * 300 + "@b.c"])
def test_what_is_no_address_is_refused(email: str) -> None:
    with pytest.raises(InvalidInputError):
        email_of(email)


async def test_an_address_belongs_to_one_person_however_it_is_written(
    house: House, join: Join
) -> None:
    await join("ada", Role.VIEWER)

    with pytest.raises(InvalidInputError):
        await house.reception.persons.add("ADA@Example.com", "Another", PASSWORD)
