"""A client connects: a link, Amazon's page of consent, and back."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from tests.server.web.connect.conftest import MINE, Client, count, row_of

from stockroom.entrypoints.house import House
from stockroom.entrypoints.links import account_link, own_account, renewal_link
from stockroom.tenancy.connect_links import AskedConsent
from stockroom.tenancy.roles import Role
from stockroom.tenancy.visitors import Membership
from stockroom.writes.models import AuditRow


async def audited(house: House, account_id: UUID) -> list[tuple[str, str]]:
    """Who did what, by an account's audit."""
    question = select(AuditRow.actor, AuditRow.action).order_by(AuditRow.seq)
    async with house.database.session(account_id) as session:
        return [(actor, action) for actor, action in await session.execute(question)]


async def test_a_client_connects_their_account_by_a_link(
    house: House, agency: UUID, link: str, client: Client
) -> None:
    page = await client.open(link)
    assert "Northlight Agency" in page.text
    assert "Harbor Goods" in page.text
    assert "What will be read" in page.text
    assert "What may be changed" in page.text

    done = await client.connects(link, MINE)

    assert done.status_code == 200, done.text
    assert "Harbor Goods is connected" in done.text
    account = await own_account(house, agency, "harbor")
    assert account.marketplaces == MINE.marketplaces
    assert (await house.grounds.target(account.id)).seller_id == MINE.seller_id
    assert (await row_of(house, account.id)).authorised_at == house.clock.now()
    partner = await house.grounds.partner(account.id)
    assert len(await partner.participations()) == len(MINE.marketplaces)
    assert await audited(house, account.id) == [("link of operator", "connected")]


async def test_opening_a_link_changes_nothing(
    house: House, agency: UUID, link: str, client: Client, stranger: Client
) -> None:
    for browser in (client, stranger):
        for _ in range(3):
            assert (await browser.open(link)).status_code == 200
            assert (await browser.http.head(link)).status_code == 200
    assert await count(house, agency, AskedConsent) == 0
    assert len(await house.links.counting(agency)) == 1
    assert (await client.connects(link, MINE)).status_code == 200


async def test_advertising_is_connected_by_a_link_of_its_own(
    house: House, account_id: UUID, agency: UUID, client: Client
) -> None:
    account = await own_account(house, agency, "harbor")
    link = await renewal_link(house, account, advertising=True)
    assert "advertising" in (await client.open(link)).text

    done = await client.connects(link, MINE)

    assert done.status_code == 200, done.text
    assert (await house.grounds.facts(account_id)).ads_marketplaces == MINE.marketplaces
    partner = await house.grounds.partner(account_id)
    assert partner.ads is not None
    assert {place.code for place in await partner.ads.profiles()} == set(MINE.marketplaces)
    assert await audited(house, account_id) == [("link of operator", "advertising")]


async def test_a_seller_authorises_again(
    house: House, account_id: UUID, agency: UUID, client: Client
) -> None:
    before = await row_of(house, account_id)
    await house.registry.probed(account_id, "authorization_lost")
    link = await renewal_link(house, await own_account(house, agency, "harbor"))

    assert (await client.connects(link, MINE)).status_code == 200

    after = await row_of(house, account_id)
    assert after.refresh_token != before.refresh_token
    assert after.probe_error is None
    assert len(await house.registry.accounts()) == 1
    assert await audited(house, account_id) == [("link of operator", "authorised")]


async def test_a_link_ends_with_the_role_of_who_sent_it(
    house: House, agency: UUID, client: Client
) -> None:
    reception = house.reception
    owner, sender = [
        await reception.persons.add(f"{name}@example.com", name, "correct horse battery")
        for name in ("Ada", "Bea")
    ]
    await reception.members.admit(agency, owner, Role.OWNER)
    await reception.members.admit(agency, sender, Role.ADMIN)
    sent_by = "bea@example.com"
    link = await account_link(
        house, agency, "harbor", "Harbor Goods", store="US", created_by=sent_by
    )
    actor = Membership(agency, "Northlight Agency", Role.OWNER, (), all_accounts=True)
    members = {one.email: one.id for one in await reception.members.of(agency)}

    await reception.members.change(actor, members[sent_by], Role.VIEWER, None)

    assert "This link was withdrawn" in (await client.open(link)).text


async def test_a_new_link_for_a_seller_who_is_there_already_authorises_again(
    house: House, account_id: UUID, agency: UUID, client: Client
) -> None:
    before = await row_of(house, account_id)
    link = await account_link(house, agency, "harbor-2", "Harbor once more", store="US")

    assert (await client.connects(link, MINE)).status_code == 200

    (account,) = await house.registry.accounts()
    assert account.id == account_id
    assert (await row_of(house, account_id)).refresh_token != before.refresh_token


async def test_two_organisations_may_hold_the_same_seller_and_want_the_same_name(
    house: House, account_id: UUID, client: Client
) -> None:
    other = await house.registry.organisation("Other Agency")
    link = await account_link(house, other, "harbor", "Harbor", store="US")

    assert (await client.connects(link, MINE)).status_code == 200

    theirs = [one for one in await house.registry.accounts() if one.organisation_id == other]
    assert len(theirs) == 1
    assert theirs[0].slug.startswith("harbor-")
    assert theirs[0].id != account_id
