"""A setting of an organisation counts and stands in the audit of each account, or neither."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text
from tests.writes.mortal import DiedError, Life, Mortal

from stockroom.core.errors import StoppedError
from stockroom.db.engine import Database
from stockroom.entrypoints.house import House
from stockroom.entrypoints.second_pair import turn_four_eyes
from stockroom.entrypoints.stop_switch import turn_organisation
from stockroom.tenancy.models import Organisation
from stockroom.writes.audit import journal
from stockroom.writes.guardrails import check_switch
from stockroom.writes.models import AuditRow
from stockroom.writes.owed import Word

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


async def work(house: House) -> None:
    """What a worker does for what the audits are owed."""
    async with house.database.system_session() as session:
        jobs = "select args from queue.procrastinate_jobs where task_name = 'writes.say'"
        owed = list(await session.scalars(text(jobs)))
    for args in owed:
        await house.gate.say(Word(**{**args, "account_id": UUID(args["account_id"])}))


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
async def test_agents_are_never_stopped_without_a_word_owed_to_every_audit(
    house: House,
    moment: int,
    counts: bool,  # noqa: FBT001 - a case
) -> None:
    """Its first two moments find the organisation by its name."""
    with pytest.raises(DiedError):
        await turn_organisation(dying(house, moment), "Agency", stopped=True, reason="odd")
    assert await standing(house, Organisation.agents_stopped_at) == (counts, [[], []])
    for _ in range(2):  # the queue may run a job twice
        await work(house)
        said = [["organisation_stopped"]] * 2 if counts else [[], []]
        assert await standing(house, Organisation.agents_stopped_at) == (counts, said)


async def test_a_stop_waits_for_nobody_who_holds_the_turn_of_one_account(house: House) -> None:
    harbor, elm = [await house.registry.account(slug) for slug in ACCOUNTS]
    async with journal(house.database, house.clock, harbor.id, "somebody who hangs"):
        assert await turn_organisation(house, "Agency", stopped=True, reason="odd")
        for account in (harbor, elm):
            async with house.database.session(account.id) as session:
                with pytest.raises(StoppedError):
                    await check_switch(session, account.id)
        told = await standing(house, Organisation.agents_stopped_at)
        assert told == (True, [[], ["organisation_stopped"]])
    await work(house)
    told = await standing(house, Organisation.agents_stopped_at)
    assert told == (True, [["organisation_stopped"]] * 2)
