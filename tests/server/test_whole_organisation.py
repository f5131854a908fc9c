"""A setting of an organisation counts and stands in the audit of each account, or neither."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from sqlalchemy import select
from tests.writes.mortal import DiedError, Life, Mortal

from stockroom.db.engine import Database
from stockroom.entrypoints.house import House
from stockroom.entrypoints.second_pair import turn_four_eyes
from stockroom.entrypoints.stop_switch import turn_organisation
from stockroom.tenancy.models import Organisation
from stockroom.writes.models import AuditRow

ACCOUNTS = ("harbor", "elm")


def dying(house: House, moment: int) -> House:
    """The same house in a process that dies at that moment of its transactions."""
    parts = {one.name: getattr(house.database, one.name) for one in fields(Database)}
    return replace(house, database=Mortal(**parts, life=Life(moment)))


async def standing(house: House, column: Any) -> tuple[bool, list[list[str]]]:
    """Whether it counts, and what the audits of the accounts say."""
    audits = []
    for slug in ACCOUNTS:
        account = await house.registry.account(slug)
        async with house.database.session(account.id) as session:
            audits.append(list(await session.scalars(select(AuditRow.action))))
    async with house.database.organisation_session(account.organisation_id) as session:
        counts = bool((await session.scalars(select(column))).one())
    return counts, audits


@pytest.mark.parametrize(("moment", "counts"), [(1, False), (2, True)])
async def test_four_eyes_are_never_on_without_a_word_in_every_audit(
    house: House,
    moment: int,
    counts: bool,  # noqa: FBT001 - a case
) -> None:
    agency = (await house.registry.account("harbor")).organisation_id
    with pytest.raises(DiedError):
        await turn_four_eyes(dying(house, moment), agency, wanted=True)
    said = [["four_eyes_on"]] * 2 if counts else [[], []]
    assert await standing(house, Organisation.four_eyes) == (counts, said)


@pytest.mark.parametrize(("moment", "counts"), [(3, False), (4, True)])
async def test_agents_are_never_stopped_without_a_word_in_every_audit(
    house: House,
    moment: int,
    counts: bool,  # noqa: FBT001 - a case
) -> None:
    """Its first two moments find the organisation by its name."""
    with pytest.raises(DiedError):
        await turn_organisation(dying(house, moment), "Agency", stopped=True, reason="odd")
    said = [["organisation_stopped"]] * 2 if counts else [[], []]
    assert await standing(house, Organisation.agents_stopped_at) == (counts, said)
