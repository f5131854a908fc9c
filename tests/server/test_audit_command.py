"""``stockroom audit``: the stored trail, the exported one, and what was signed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from stockroom.core.config import Settings
from stockroom.core.errors import InvalidInputError, NotFoundError
from stockroom.db.place import Place
from stockroom.entrypoints import audit_trail
from stockroom.entrypoints.house import House
from stockroom.entrypoints.stop_switch import turn
from stockroom.writes.heads import Signer

Verify = Callable[..., Awaitable[tuple[int, dict[str, Any]]]]


@pytest.fixture
async def harbor(house: House) -> str:
    """An account that was stopped and let go on, twice."""
    account = await house.registry.account("harbor")
    for _ in range(2):
        await turn(house, account, stop="changes", reason="prices look wrong")
        await turn(house, account, stop="nothing", reason=None)
    return str(account.id)


@pytest.fixture
def verify(settings: Settings, capsys: pytest.CaptureFixture[str]) -> Verify:
    """The command: its exit code and what it prints as JSON."""

    async def run(slug: str | None = "harbor", **more: Any) -> tuple[int, dict[str, Any]]:
        given = {"file": None, "checkpoint": None, "keys": (), "as_json": True, **more}
        code = await asyncio.to_thread(audit_trail.verify, settings, slug, **given)
        return code, json.loads(capsys.readouterr().out.splitlines()[-1])

    return run


async def export(settings: Settings, to: Path, since: datetime | None = None) -> Path:
    await asyncio.to_thread(audit_trail.export, settings, "harbor", to, since=since)
    return to


async def owned(place: Place, account: str, *statements: str) -> None:
    """What an owner of the database does."""
    conninfo = place.conninfo(place.admin)
    async with await psycopg.AsyncConnection.connect(conninfo, autocommit=True) as connection:
        await connection.execute("select set_config('app.account', %s, false)", [account])
        for statement in statements:
            await connection.execute(statement.encode())


async def test_an_untouched_trail_holds(harbor: str, verify: Verify) -> None:
    code, said = await verify()
    assert (code, said["holds"], said["last_good"]) == (0, True, 4)
    assert harbor
    assert (await verify("elm"))[1]["last_good"] == 0


@pytest.mark.requirement("audit-tamper-evident")
async def test_the_first_bad_row_is_named(
    harbor: str, place: Place, settings: Settings, verify: Verify, capsys: Any
) -> None:
    await owned(place, harbor, "update app.audit set actor = 'nobody' where seq >= 2")
    code, said = await verify()
    assert (code, said["holds"], said["first_bad"], said["last_good"]) == (1, False, 2, 1)
    told: dict[str, Any] = {"file": None, "checkpoint": None, "keys": (), "as_json": False}
    assert await asyncio.to_thread(audit_trail.verify, settings, "harbor", **told) == 1
    line = "harbor: the audit does not hold. Row 2 was changed after it was written.\n"
    assert capsys.readouterr().out == line


async def test_an_export_is_checked_without_a_database(
    harbor: str, settings: Settings, verify: Verify, tmp_path: Path
) -> None:
    file = await export(settings, tmp_path / "trail.jsonl")
    elsewhere = Settings(home=tmp_path / "nowhere", database_url="postgresql://127.0.0.1:1/none")
    key = Signer.from_settings(settings).trusted[0]
    given: dict[str, Any] = {"checkpoint": None, "keys": [key], "as_json": False}
    assert await asyncio.to_thread(audit_trail.verify, elsewhere, None, file=file, **given) == 0
    assert (await verify(None, file=file))[1]["account"] == harbor
    assert (await verify("harbor", file=file))[0] == 0
    assert (await verify("elm", file=file))[1]["first_bad"] == 1


@pytest.mark.requirement("audit-tamper-evident")
async def test_a_kept_export_is_a_checkpoint(
    harbor: str, settings: Settings, place: Place, verify: Verify, tmp_path: Path
) -> None:
    kept = await export(settings, tmp_path / "kept.jsonl")
    assert (await verify(checkpoint=kept))[0] == 0
    cut = "update app.audit_heads h set seq = 3, hash = (select hash from app.audit where seq = 3)"
    await owned(place, harbor, cut, "delete from app.audit where seq = 4")
    assert (await verify())[0] == 0
    code, said = await verify(checkpoint=kept)
    assert (code, said["first_bad"]) == (1, 4)


@pytest.mark.usefixtures("harbor")
async def test_what_cannot_be_used_is_named(
    settings: Settings, verify: Verify, tmp_path: Path
) -> None:
    file = await export(settings, tmp_path / "trail.jsonl")
    with pytest.raises(InvalidInputError, match="there already"):
        await export(settings, file)
    with pytest.raises(InvalidInputError, match="No such file"):
        await export(settings, tmp_path / "none" / "trail.jsonl")
    with pytest.raises(InvalidInputError, match="no signed head of this account"):
        await verify("elm", checkpoint=file)
    with pytest.raises(InvalidInputError, match="No such file"):
        await verify(checkpoint=tmp_path / "none")
    with pytest.raises(InvalidInputError, match="Nothing was named"):
        await verify(None)
    with pytest.raises(NotFoundError, match="no-such"):
        await verify("no-such")
    (tmp_path / "empty").touch()
    with pytest.raises(InvalidInputError, match="it has no row"):
        await verify(None, file=tmp_path / "empty")


@pytest.mark.usefixtures("harbor")
async def test_an_export_since_later_has_the_head_alone(
    settings: Settings, verify: Verify, tmp_path: Path
) -> None:
    file = await export(settings, tmp_path / "trail.jsonl", datetime(2027, 1, 1))  # noqa: DTZ001 - as the command line reads it
    code, said = await verify(None, file=file)
    assert (code, said["first"], said["last_good"]) == (0, 5, 4)
