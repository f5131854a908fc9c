"""The operator's limits of an account: read, replaced, audited."""

from __future__ import annotations

import asyncio
import json

import pytest
from sqlalchemy import select

from stockroom.core.config import Settings
from stockroom.core.errors import InvalidInputError, NotFoundError
from stockroom.entrypoints.account_limits import limit_account, limits_of, read_limits, set_limits
from stockroom.entrypoints.house import House
from stockroom.tenancy.models import AccountRow
from stockroom.writes.models import AuditRow

SOME = {"changes_per_day": 20, "spend_per_day": {"USD": "150"}}


async def test_they_are_replaced_and_the_chain_says_by_which(house: House) -> None:
    harbor, elm = [await house.registry.account(name) for name in ("harbor", "elm")]
    assert await limits_of(house, harbor) == {}
    assert await set_limits(house, harbor, SOME, reason="a new agent")
    assert not await set_limits(house, harbor, SOME, reason="once more")

    assert (await limits_of(house, harbor), await limits_of(house, elm)) == (SOME, {})
    async with house.database.session(harbor.id) as session:
        (row,) = (await session.scalars(select(AuditRow))).all()
    assert (row.actor, row.action) == ("operator", "limits_set")
    assert json.loads(row.details) == {"before": {}, "after": SOME, "reason": "a new agent"}


async def test_the_accounts_other_choices_stay(house: House) -> None:
    harbor = await house.registry.account("harbor")
    async with house.database.session(harbor.id) as session:
        row = await session.get_one(AccountRow, harbor.id)
        row.settings = {"fc_delay_days": 4}
    await set_limits(house, harbor, SOME, reason=None)
    await set_limits(house, harbor, {}, reason=None)
    async with house.database.session(harbor.id) as session:
        settings = (await session.get_one(AccountRow, harbor.id)).settings
    assert settings == {"fc_delay_days": 4, "limits": {}}


@pytest.mark.usefixtures("house")
async def test_the_command_prints_them(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    for to in (None, json.dumps(SOME), None):
        await asyncio.to_thread(limit_account, settings, "harbor", to=to, reason=None)
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [{}, SOME, SOME]


@pytest.mark.usefixtures("house")
async def test_an_account_that_does_not_exist_has_none(settings: Settings) -> None:
    with pytest.raises(NotFoundError):
        await asyncio.to_thread(limit_account, settings, "nobody", to="{}", reason=None)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[]", "not a JSON object"),
        ("20", "not a JSON object"),
        ("{changes}", "not a JSON object"),
        ('{"changes_a_day": 5}', "limits.changes_a_day"),
        ('{"rules": [{"measure": "prize", "max": 1}]}', "limits.rules.0.measure"),
        ('{"rules": [{"tool": "set_prise", "measure": "price", "max": 1}]}', "set_prise"),
        ('{"rules": [{"measure": "units", "min": 2, "max": 1}]}', "limits.rules.0"),
    ],
)
def test_what_is_no_limit_is_named(text: str, named: str) -> None:
    with pytest.raises(InvalidInputError, match=named):
        read_limits(text)
