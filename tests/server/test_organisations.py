"""stockroom org: the first owner, links that let people in, and who is there."""

from __future__ import annotations

import json

import pytest
from tests.commands import stockroom

from stockroom.core.config import Settings
from stockroom.entrypoints.house import open_house
from stockroom.tenancy.roles import Role


async def test_an_organisation_is_made_with_an_owner_who_can_sign_in(settings: Settings) -> None:
    shell = _shell(settings)
    owned = ("org", "create", "Northlight", "--owner", "Ada@example.com")
    short = stockroom(*owned, given="short\n", **shell)
    assert short.returncode != 0
    assert "at least 12 characters" in short.stderr

    made = stockroom(*owned, "--owner-name", "Ada", given="correct horse battery\n", **shell)
    again = stockroom(*owned, given="another password\n", **shell)
    other = stockroom("org", "create", "Northlight", "--owner", "bea@example.com", **shell)

    assert "ada@example.com is an owner." in made.stdout
    assert "owner already" in again.stdout
    assert made.stdout.splitlines()[0] == again.stdout.splitlines()[0]
    async with open_house(settings) as house:
        persons = house.reception.persons
        ada = await persons.known("ada@example.com", "correct horse battery")
        assert ada is not None
        assert ada.name == "Ada"
        offer = await house.reception.invitations.offer(other.stdout.split("/")[-1].strip())
    assert (offer.email, offer.role, offer.organisation) == (
        "bea@example.com",
        Role.OWNER,
        "Northlight",
    )
    listed = stockroom("org", "members", "Northlight", "--json", **shell)
    assert [(row["email"], row["role"], row["state"]) for row in json.loads(listed.stdout)] == [
        ("ada@example.com", "owner", "member"),
        ("bea@example.com", "owner", "invited"),
    ]
    unknown = stockroom("org", "invite", "Nowhere", "eve@example.com", **shell)
    assert unknown.returncode != 0
    assert "no organisation 'Nowhere'" in unknown.stderr


@pytest.mark.slow
async def test_who_is_a_member_already_becomes_an_owner(settings: Settings) -> None:
    shell = _shell(settings)
    stockroom("org", "create", "Westwind", "--owner", "ada@example.com", **shell, given="\n")
    async with open_house(settings) as house:
        organisation_id = await house.registry.organisation("Westwind")
        person_id = await house.reception.persons.add("cy@example.com", "Cy", "first password")
        await house.reception.members.admit(organisation_id, person_id, Role.VIEWER, [])

    made = stockroom("org", "create", "Westwind", "--owner", "cy@example.com", **shell, given="\n")

    assert made.stdout.splitlines()[1] == "cy@example.com was viewer and is an owner now."
    async with open_house(settings) as house:
        (member,) = await house.reception.members.of(organisation_id)
    assert (member.role, member.account_ids) == (Role.OWNER, None)


@pytest.mark.slow
async def test_a_lost_password_is_replaced_and_every_session_ends(settings: Settings) -> None:
    shell = _shell(settings)
    async with open_house(settings) as house:
        reception = house.reception
        person_id = await reception.persons.add("dee@example.com", "Dee", "a lost password")
        await reception.sessions.begin(person_id, address=None, agent="")

    reset = ("person", "reset", "Dee@example.com", "--second-factor")
    none = stockroom(*reset, given="\n", **shell)
    done = stockroom(*reset, given="correct horse battery\n", **shell)
    nobody = stockroom("person", "reset", "eve@example.com", given="no matter what\n", **shell)

    assert (none.returncode, nobody.returncode, done.returncode) == (2, 1, 0)
    assert "A new password is needed." in none.stderr
    assert "Nobody here has the address eve@example.com." in nobody.stderr
    async with open_house(settings) as house:
        persons, sessions = house.reception.persons, house.reception.sessions
        assert await persons.known("dee@example.com", "a lost password") is None
        assert await persons.known("dee@example.com", "correct horse battery") is not None
        assert await sessions.live(person_id) == []


def _shell(settings: Settings) -> dict[str, str]:
    return {
        "STOCKROOM_HOME": str(settings.home),
        "DATABASE_URL": settings.database_url or "",
        "STOCKROOM_ENCRYPTION_KEYS": _secret(settings.encryption_keys),
        "STOCKROOM_KEY_PEPPER": _secret(settings.key_pepper),
        "STOCKROOM_AUDIT_KEY": _secret(settings.audit_key),
    }


def _secret(value: object) -> str:
    reveal = getattr(value, "get_secret_value", str)
    return str(reveal())
