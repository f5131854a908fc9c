"""Members and invitations: who may give what to whom, and that it ends at once."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx2
import psycopg
import pytest
from sqlalchemy import func, select, text
from tests.server.web.conftest import PASSWORD, Browser, Join, form_of

from stockroom.core.clock import FixedClock
from stockroom.core.errors import InvalidInputError, NotFoundError, StockroomError
from stockroom.db.place import Place
from stockroom.entrypoints.house import House
from stockroom.tenancy.members import Colleague
from stockroom.tenancy.removal import remove_account
from stockroom.tenancy.roles import Role
from stockroom.tenancy.visitors import Membership

OpenBrowser = Callable[..., Awaitable[Browser]]


@dataclass
class Agency:
    """The agency, seen from inside."""

    house: House
    id: UUID

    async def member(self, name: str) -> Colleague:
        """A member by the first part of their address."""
        found = await self.house.reception.members.of(self.id)
        return next(one for one in found if one.email == f"{name}@example.com")

    async def membership(self, name: str) -> Membership:
        """What they are, as their next page would know it."""
        person = (await self.member(name)).person_id
        token = await self.house.reception.sessions.begin(person, agent="", address=None)
        visitor = await self.house.reception.sessions.visitor(token)
        assert visitor is not None
        return visitor.membership(self.id)

    async def change(
        self, actor: str, whom: str, role: Role, accounts: set[UUID] | None = None
    ) -> str:
        """What comes of changing a member: ``done``, or the kind of error."""
        acting, one = await self.membership(actor), await self.member(whom)
        try:
            await self.house.reception.members.change(acting, one.id, role, accounts)
        except StockroomError as error:
            return error.kind
        return "done"

    async def account(self, slug: str) -> UUID:
        """An account's id."""
        return (await self.house.registry.account(slug)).id


@pytest.fixture
async def agency(house: House) -> Agency:
    return Agency(house, await house.registry.organisation("Agency"))


@pytest.mark.requirement("roles-held")
async def test_nobody_gives_more_than_they_have(agency: Agency, join: Join) -> None:
    await join("olive")
    await join("adam", Role.ADMIN)
    await join("part", Role.ADMIN, "harbor")
    await join("vic", Role.VIEWER, "harbor")
    await join("ed", Role.OPERATOR, "elm")
    harbor, elm = await agency.account("harbor"), await agency.account("elm")
    ridge = await agency.account("ridge")

    assert await agency.change("adam", "vic", Role.OWNER) == "not_allowed"
    assert await agency.change("adam", "olive", Role.VIEWER) == "not_allowed"
    assert await agency.change("vic", "vic", Role.ADMIN, {harbor}) == "not_allowed"
    assert await agency.change("part", "vic", Role.VIEWER) == "not_allowed"
    assert await agency.change("part", "vic", Role.VIEWER, {elm}) == "not_found"
    assert await agency.change("part", "ed", Role.VIEWER, {harbor}) == "not_allowed"
    assert await agency.change("part", "adam", Role.VIEWER, {harbor}) == "not_allowed"
    assert await agency.change("olive", "vic", Role.VIEWER, {ridge}) == "not_found"
    assert await agency.change("part", "vic", Role.ADMIN, {harbor}) == "done"
    assert await agency.change("olive", "vic", Role.OWNER, {harbor}) == "done"
    assert (await agency.member("vic")).account_ids is None  # an owner has all


async def test_an_organisation_keeps_an_owner_also_when_two_leave_at_once(
    agency: Agency, join: Join
) -> None:
    await join("olive")
    assert await agency.change("olive", "olive", Role.ADMIN) == "invalid_input"
    await join("oscar")

    acting = [await agency.membership(name) for name in ("olive", "oscar")]
    own = [await agency.member(name) for name in ("olive", "oscar")]
    members = agency.house.reception.members
    left = await asyncio.gather(
        *(members.remove(actor, one.id) for actor, one in zip(acting, own, strict=True)),
        return_exceptions=True,
    )

    assert [type(one) for one in left if one] == [InvalidInputError]
    assert len(await members.of(agency.id)) == 1


@pytest.mark.requirement("members-end")
async def test_what_a_member_had_ends_within_a_second(
    agency: Agency, browser: Browser, join: Join, clock: FixedClock
) -> None:
    await join("olive")
    await join("vic", Role.ADMIN)
    await browser.sign_in("vic@example.com")
    home = f"/console/o/{agency.id}"
    assert "elm" in (await browser.get(f"{home}/")).text

    harbor = await agency.account("harbor")
    assert await agency.change("olive", "vic", Role.VIEWER, {harbor}) == "done"
    clock.move(0.51)
    assert "elm" not in (await browser.get(f"{home}/")).text
    assert (await browser.get(f"{home}/members")).status_code == 403
    acting, vic = await agency.membership("olive"), await agency.member("vic")
    await agency.house.reception.members.remove(acting, vic.id)
    clock.move(0.51)
    assert (await browser.get(f"{home}/")).status_code == 404
    assert "harbor" not in (await browser.get("/console/")).text


async def test_only_owners_and_admins_see_and_change_members(
    agency: Agency, browser: Browser, join: Join, clock: FixedClock
) -> None:
    await join("olive")
    await join("vic", Role.VIEWER)
    await browser.sign_in("vic@example.com")
    members = f"/console/o/{agency.id}/members"
    one = (await agency.member("olive")).id

    for role in (Role.VIEWER, Role.APPROVER, Role.OPERATOR):
        assert await agency.change("olive", "vic", role) == "done"
        clock.move(0.51)
        for path in (members, f"{members}/invite", f"{members}/{one}"):
            answer = await browser.get(path)
            assert answer.status_code == 403
            assert "olive" not in answer.text


async def test_a_member_of_another_organisation_is_nobody_here(
    agency: Agency, browser: Browser, house: House, join: Join
) -> None:
    await join("olive")
    await join("ruth", organisation="Other")
    await browser.sign_in("olive@example.com")
    other = await house.registry.organisation("Other")
    ruth = (await house.reception.members.of(other))[0]

    theirs = await browser.get(f"/console/o/{agency.id}/members/{ruth.id}")
    nobodys = await browser.get(f"/console/o/{agency.id}/members/{uuid4()}")

    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.text == nobodys.text
    assert (await browser.get(f"/console/o/{other}/members")).status_code == 404


async def test_a_member_is_changed_and_removed_by_forms(
    agency: Agency, browser: Browser, join: Join
) -> None:
    await join("olive")
    await join("vic", Role.VIEWER)
    await browser.sign_in("olive@example.com")
    path = f"/console/o/{agency.id}/members/{(await agency.member('vic')).id}"
    harbor = str(await agency.account("harbor"))

    async def save(**fields: Any) -> int:
        return (await browser.send(await browser.get(path), path, **fields)).status_code

    assert await save(role="emperor") == 400
    assert await save(role="operator", reach="some") == 400
    assert await save(role="operator", reach="some", account="harbor") == 400
    assert await save(role="operator", reach="some", account=harbor) == 303
    vic = await agency.member("vic")
    assert (vic.role, vic.account_ids) == (Role.OPERATOR, frozenset({UUID(harbor)}))
    page = await browser.get(path)
    assert (await browser.send(page, f"{path}/remove")).status_code == 303
    listed = await browser.get(f"/console/o/{agency.id}/members")
    assert "vic@example.com" not in listed.text


# --- invitations ----------------------------------------------------------------------------------


async def invited(browser: Browser, agency: Agency, email: str, **fields: Any) -> str:
    """Invite somebody by the form; the path of the link."""
    path = f"/console/o/{agency.id}/members/invite"
    chosen = {"role": "viewer", "reach": "all", **fields}
    made = await browser.send(await browser.get(path), path, email=email, **chosen)
    found = re.search(r"(/console/invitation/[\w-]+)", made.text)
    assert found is not None, made.text
    return found[1]


async def join_as_new(browser: Browser, link: str, **fields: str) -> httpx2.Response:
    given = {"name": "Nora", "password": PASSWORD, **fields}
    return await browser.send(await browser.get(link), link, **given)


@pytest.mark.requirement("invitations-bound")
async def test_an_invitation_makes_one_member_once(
    agency: Agency, browser: Browser, open_browser: OpenBrowser, join: Join, place: Place
) -> None:
    await join("olive")
    await browser.sign_in("olive@example.com")
    harbor = str(await agency.account("harbor"))
    link = await invited(browser, agency, "Nora@Example.com", reach="some", account=harbor)
    guest = await open_browser()

    assert (await join_as_new(guest, link, password="short")).status_code == 400
    answer = await join_as_new(guest, link, email="eve@example.com")

    assert answer.status_code == 303
    home = await guest.get(answer.headers["location"])
    assert "harbor" in home.text
    assert "elm" not in home.text
    nora = await agency.member("nora")
    assert (nora.role, nora.account_ids) == (Role.VIEWER, frozenset({UUID(harbor)}))
    assert (await guest.get(link)).status_code == 404
    assert (await (await open_browser()).get(link)).status_code == 404
    with psycopg.connect(place.conninfo(place.admin)) as connection:
        stored = connection.execute("select i::text from app.invitations i").fetchall()
    assert not any(link.rpartition("/")[2] in str(row) for row in stored)


@pytest.mark.requirement("invitations-bound")
async def test_an_invitation_is_for_its_address_alone(
    agency: Agency, browser: Browser, open_browser: OpenBrowser, join: Join
) -> None:
    await join("olive")
    await join("ruth", organisation="Other")
    await join("eve", organisation="Other")
    await browser.sign_in("olive@example.com")
    link = await invited(browser, agency, "ruth@example.com", role="operator")
    ruth, eve = await open_browser(), await open_browser()

    shown = await ruth.get(link)
    assert "Sign in to accept" in shown.text
    await eve.sign_in("eve@example.com")
    theirs = await eve.get(link)
    assert "Sign out" in theirs.text
    assert f'action="{link}"' not in theirs.text
    token = link.rpartition("/")[2]
    person = await house_person(agency, "eve")
    with pytest.raises(NotFoundError):
        await agency.house.reception.invitations.accept(token, person, "eve@example.com")
    await ruth.sign_in("ruth@example.com")
    answer = await ruth.send(await ruth.get(link), link)

    assert answer.status_code == 303
    assert (await agency.member("ruth")).role is Role.OPERATOR


async def house_person(agency: Agency, name: str) -> UUID:
    person = await agency.house.reception.persons.find(f"{name}@example.com")
    assert person is not None
    return person


async def test_an_invitation_ends_after_a_week_by_hand_and_by_the_next_one(
    agency: Agency, browser: Browser, open_browser: OpenBrowser, join: Join, clock: FixedClock
) -> None:
    await join("olive")
    await browser.sign_in("olive@example.com")
    guest = await open_browser()
    first = await invited(browser, agency, "nora@example.com")
    second = await invited(browser, agency, "nora@example.com")
    assert (await guest.get(first)).status_code == 404
    listed = await browser.get(f"/console/o/{agency.id}/members")
    (end,) = re.findall(r'action="(/console/o/[^"]+/withdraw)"', listed.text)
    await browser.send(listed, end)
    assert (await guest.get(second)).status_code == 404
    third = await invited(browser, agency, "nora@example.com")
    clock.move(7 * 86_400 - 1)
    assert (await guest.get(third)).status_code == 200
    clock.move(1)
    assert (await guest.get(third)).status_code == 404
    assert (await guest.get("/console/invitation/" + "x" * 43)).status_code == 404
    assert (await guest.get("/console/invitation/" + "x" * 500)).status_code == 404


@pytest.mark.requirement("members-end")
async def test_invitations_end_with_the_role_of_who_sent_them(
    agency: Agency, browser: Browser, open_browser: OpenBrowser, join: Join
) -> None:
    await join("olive")
    await join("adam", Role.ADMIN)
    await browser.sign_in("adam@example.com")
    link = await invited(browser, agency, "nora@example.com")
    acting, adam = await agency.membership("olive"), await agency.member("adam")

    await agency.house.reception.members.remove(acting, adam.id)

    assert (await (await open_browser()).get(link)).status_code == 404


@pytest.mark.requirement("members-end")
async def test_invitations_end_with_the_reach_of_who_sent_them(
    agency: Agency, browser: Browser, open_browser: OpenBrowser, join: Join
) -> None:
    await join("olive")
    await join("adam", Role.ADMIN)
    await browser.sign_in("adam@example.com")
    link = await invited(browser, agency, "nora@example.com")

    harbor = await agency.account("harbor")
    assert await agency.change("olive", "adam", Role.ADMIN, {harbor}) == "done"

    assert (await (await open_browser()).get(link)).status_code == 404


@pytest.mark.requirement("roles-held")
async def test_who_could_not_have_made_an_invitation_does_not_end_it(
    agency: Agency, browser: Browser, open_browser: OpenBrowser, join: Join
) -> None:
    await join("olive")
    await join("part", Role.ADMIN, "harbor")
    await browser.sign_in("olive@example.com")
    link = await invited(browser, agency, "nora@example.com")
    (one,) = await agency.house.reception.invitations.open_in(agency.id)
    part = await open_browser()
    await part.sign_in("part@example.com")
    members = f"/console/o/{agency.id}/members"
    form, harbor = await part.get(f"{members}/invite"), str(await agency.account("harbor"))
    assert "withdraw" not in (await part.get(members)).text
    asked = {"email": "nora@example.com", "role": "viewer", "reach": "some", "account": harbor}

    csrf = form_of(form, f"{members}/invite")["csrf"]
    end = f"/console/o/{agency.id}/invitations/{one.id}/withdraw"
    assert (await part.http.post(end, data={"csrf": csrf})).status_code == 403
    assert (await part.send(form, f"{members}/invite", **asked)).status_code == 403

    assert (await (await open_browser()).get(link)).status_code == 200


@pytest.mark.requirement("roles-held")
async def test_an_invitation_gives_no_more_than_the_inviter_has(
    agency: Agency, browser: Browser, join: Join
) -> None:
    await join("part", Role.ADMIN, "harbor")
    await browser.sign_in("part@example.com")
    path = f"/console/o/{agency.id}/members/invite"
    form = await browser.get(path)
    assert "elm" not in form.text
    elm = str(await agency.account("elm"))

    async def made(**fields: Any) -> int:
        answer = await browser.send(form, path, email="nora@example.com", **fields)
        assert "/console/invitation/" not in answer.text
        return answer.status_code

    assert await made(role="viewer", reach="all") == 403
    assert await made(role="owner", reach="all") == 403
    assert await made(role="viewer", reach="some", account=elm) == 404


async def test_somebody_who_is_a_member_is_not_invited_again(
    agency: Agency, browser: Browser, join: Join
) -> None:
    await join("olive")
    await browser.sign_in("olive@example.com")
    path = f"/console/o/{agency.id}/members/invite"

    answer = await browser.send(
        await browser.get(path), path, email="OLIVE@example.com", role="viewer", reach="all"
    )

    assert answer.status_code == 400


# --- below the pages ------------------------------------------------------------------------------


@pytest.mark.requirement("removed-without-trace")
async def test_an_account_that_is_removed_is_granted_to_nobody(
    agency: Agency, house: House, join: Join, clock: FixedClock, place: Place
) -> None:
    await join("vic", Role.VIEWER, "harbor", "elm")
    known = await house.registry.account("harbor")
    elm = await agency.account("elm")
    await house.reception.invitations.invite(
        agency.id, "nora@example.com", Role.VIEWER, [known.id, elm]
    )

    await remove_account(place, clock, known)

    (invitation,) = await house.reception.invitations.open_in(agency.id)
    assert invitation.account_ids == [elm]
    assert (await agency.member("vic")).account_ids == frozenset({elm})


async def test_asking_for_memberships_enters_nothing(
    agency: Agency, house: House, join: Join
) -> None:
    person = await join("olive")
    stranger = await house.registry.organisation("Other")
    entered = text("select current_setting('app.organisation'), current_setting('app.account')")

    async with house.database.organisation_session(stranger) as session:
        found = await session.scalar(select(func.app.memberships(person)))
        after = (await session.execute(entered)).one()

    assert found is not None
    assert [row["organisation_id"] for row in found] == [str(agency.id)]
    assert {row["slug"] for row in found[0]["accounts"]} == {"harbor", "elm"}
    assert tuple(after) == (str(stranger), "")
