"""An exported trail verifies with anybody's program; a stored one against what was signed.

``independent`` is the recipe of docs/audit.md and nothing of ours: whoever changes the format
changes a promise.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from tests.writes.conftest import SEED

from stockroom.core.clock import FixedClock
from stockroom.core.errors import InvalidInputError
from stockroom.db.engine import Database
from stockroom.db.place import Place
from stockroom.spec.tool import TargetAccount
from stockroom.writes.audit import journal
from stockroom.writes.chain import Head
from stockroom.writes.heads import Signer, heads_in
from stockroom.writes.trail import open_trail, verify_account
from stockroom.writes.trail_file import account_in, verify_file, write_trail

ROWS = 6
SIGNER = Signer([SEED])
OTHER = Signer([b"another key, of somebody else ..", SEED])


def independent(lines: list[str], key: str) -> bool:
    """docs/audit.md, in a few lines."""

    def canonical(value: dict[str, object]) -> bytes:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    *rows, end = [json.loads(line) for line in lines if line]
    seq, previous = end["first"] - 1, rows[0]["previous_hash"] if rows else end["hash"]
    for row in rows:
        seq, said = seq + 1, row.pop("hash")
        if (row["seq"], row["previous_hash"], row["account"]) != (seq, previous, end["account"]):
            return False
        previous = hashlib.sha256(canonical(row)).hexdigest()
        if previous != said:
            return False
    signature = base64.b64decode(end.pop("signature"))
    try:
        Ed25519PublicKey.from_public_bytes(base64.b64decode(key)).verify(signature, canonical(end))
    except InvalidSignature:
        return False
    begins_right = end["first"] > 1 or not rows or rows[0]["previous_hash"] == "0" * 64
    return begins_right and end["key"] == key and (end["seq"], end["hash"]) == (seq, previous)


@pytest.fixture
async def filled(database: Database, account: TargetAccount, clock: FixedClock) -> Database:
    """An account with a short trail, an hour between its rows."""
    for number in range(1, ROWS + 1):
        async with journal(database, clock, account.id, "operator") as step:
            await step.write("stopped", None, {"reason": f"№ {number} \u0000 \u2028 🙂"})
        clock.move(3600)
    return database


@pytest.fixture
async def exported(filled: Database, account: TargetAccount, clock: FixedClock) -> bytes:
    return await export(filled, account, clock)


async def export(
    database: Database, account: TargetAccount, clock: FixedClock, since: datetime | None = None
) -> bytes:
    file = io.BytesIO()
    async with open_trail(database, account.id) as trail:
        await write_trail(trail, file, SIGNER, clock.now(), since=since)
    return file.getvalue()


@pytest.fixture
def bad_row(tmp_path: Path, account: TargetAccount) -> Callable[[bytes], int | None]:
    """The first bad row of a file with these bytes."""

    def check(content: bytes) -> int | None:
        path = tmp_path / "trail.jsonl"
        path.write_bytes(content)
        broken = verify_file(path, str(account.id), SIGNER.trusted).broken
        return None if broken is None else broken.seq

    return check


async def test_an_export_holds_for_us_and_for_a_stranger(
    exported: bytes, bad_row: Callable[[bytes], int | None], tmp_path: Path, account: TargetAccount
) -> None:
    assert bad_row(exported) is None
    assert account_in(tmp_path / "trail.jsonl") == str(account.id)
    assert independent(exported.decode().split("\n"), SIGNER.trusted[0])
    assert exported.count(b"\n") == ROWS + 1


@pytest.mark.parametrize("flip", [False, True])
async def test_the_program_in_the_documentation_works(
    *, exported: bytes, tmp_path: Path, flip: bool
) -> None:
    page = (Path(__file__).parents[2] / "docs" / "audit.md").read_text(encoding="utf-8")
    program = page.partition("```python\n")[2].partition("```")[0]
    path = tmp_path / "trail.jsonl"
    path.write_bytes(exported.replace("№ 3".encode(), "№ 4".encode()) if flip else exported)
    command = [sys.executable, "-c", program, str(path), SIGNER.trusted[0]]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True)
    assert (done.stdout == "holds\n") is not flip
    assert ("AssertionError: 3" in done.stderr) is flip


async def test_an_export_since_a_day_begins_there_and_says_so(
    filled: Database, account: TargetAccount, clock: FixedClock, bad_row: Callable[[bytes], object]
) -> None:
    since = clock.now() - timedelta(hours=2, minutes=30)
    part = await export(filled, account, clock, since)
    lines = part.splitlines(keepends=True)
    assert [json.loads(line)["seq"] for line in lines] == [5, 6, 6]
    assert bad_row(part) is None
    assert independent(part.decode().split("\n"), SIGNER.trusted[0])
    assert bad_row(b"".join(lines[1:])) == 5
    nothing = await export(filled, account, clock, clock.now())
    assert nothing.count(b"\n") == 1
    assert bad_row(nothing) is None


@pytest.mark.requirement("audit-tamper-evident")
async def test_any_flipped_byte_is_found_in_its_row(
    exported: bytes, bad_row: Callable[[bytes], int | None], tmp_path: Path
) -> None:
    lines = exported.splitlines(keepends=True)
    begins = sum(map(len, lines[:2]))
    for place in range(0, len(lines[2]), 3):
        flipped = bytearray(exported)
        flipped[begins + place] ^= 1
        assert bad_row(bytes(flipped)) == 3, place
    path = tmp_path / "trail.jsonl"
    for place in range(0, len(lines[0]), 5):  # then the file may not say whose it is
        flipped = bytearray(exported)
        flipped[place] ^= 1
        path.write_bytes(flipped)
        broken = verify_file(path, account_in(path) or "", SIGNER.trusted).broken
        assert broken is not None
        assert broken.seq == 1, place
    for place in range(len(exported) - len(lines[-1]), len(exported), 7):
        flipped = bytearray(exported)
        flipped[place] ^= 1
        assert bad_row(bytes(flipped)) == ROWS + 1, place


@pytest.mark.requirement("audit-tamper-evident")
async def test_rows_taken_out_swapped_or_added_are_named(
    exported: bytes, bad_row: Callable[[bytes], int | None]
) -> None:
    lines = exported.splitlines(keepends=True)

    def without(*numbers: int) -> bytes:
        return b"".join(line for at, line in enumerate(lines, 1) if at not in numbers)

    assert bad_row(without(3)) == 3
    assert bad_row(without(1)) == 1
    assert bad_row(without(ROWS)) == ROWS
    assert bad_row(without(ROWS + 1)) == ROWS + 1
    assert bad_row(without(*range(1, ROWS + 1))) == 1
    swapped = [*lines[:1], lines[3], lines[2], lines[1], *lines[4:]]
    assert bad_row(b"".join(swapped)) == 2
    assert bad_row(exported + lines[0]) == ROWS + 1
    assert bad_row(exported[:-1]) == ROWS + 1
    assert bad_row(b"") == 1


@pytest.mark.parametrize(
    "line",
    [b"[]\n", b"null\n", b'{"seq":true}\n', b'{"seq":1}\n', b"[" * 100_000 + b"\n", b"\xff\n"],
)
async def test_what_is_no_trail_is_said_to_be_none(
    line: bytes, bad_row: Callable[[bytes], int | None]
) -> None:
    assert bad_row(line) == 1


async def test_a_head_of_another_key_is_not_believed(
    exported: bytes, tmp_path: Path, account: TargetAccount
) -> None:
    path = tmp_path / "trail.jsonl"
    path.write_bytes(exported)
    stranger = OTHER.trusted[:1]
    broken = verify_file(path, str(account.id), stranger).broken
    assert broken is not None
    assert broken.seq == ROWS + 1
    # After a change of key, heads of the old one are still believed.
    assert verify_file(path, str(account.id), OTHER.trusted).broken is None
    with pytest.raises(InvalidInputError, match=f"line {ROWS + 1} "):
        list(heads_in(exported.splitlines(), str(account.id), stranger))


# --- the stored trail, and an owner who means harm --------------------------------------------------


@pytest.fixture
async def owner(place: Place, account: TargetAccount) -> AsyncIterator[psycopg.AsyncConnection]:
    """Whoever owns the database: no grant and no policy stops them."""
    conninfo = place.conninfo(place.admin)
    async with await psycopg.AsyncConnection.connect(conninfo, autocommit=True) as connection:
        await connection.execute("select set_config('app.account', %s, false)", [str(account.id)])
        yield connection


async def first_bad(
    database: Database, account: TargetAccount, signed: set[Head] | None = None
) -> int | None:
    broken = (await verify_account(database, account.id, signed or ())).broken
    return None if broken is None else broken.seq


@pytest.mark.requirement("audit-tamper-evident")
@pytest.mark.parametrize(
    ("statement", "row"),
    [
        ("update app.audit set details = overlay(details placing '5' from 14) where seq = 4", 4),
        ("update app.audit set at = at + interval '1 microsecond' where seq = 2", 2),
        ("update app.audit set at = 'infinity' where seq = 5", 5),
        ("update app.audit set at = '2026-11-21 08:45:00+00 BC' where seq = 1", 1),
        ("delete from app.audit where seq = 3", 3),
        (
            "update app.audit set seq = 50 where seq = 2; update app.audit set seq = 2 where seq = 5",
            2,
        ),
        ("delete from app.audit where seq = 6", 6),
    ],
)
async def test_what_the_owner_changes_in_the_database_is_named(
    *,
    filled: Database,
    account: TargetAccount,
    owner: psycopg.AsyncConnection,
    statement: str,
    row: int,
) -> None:
    assert await first_bad(filled, account) is None
    assert (await owner.execute(statement.encode())).rowcount
    assert await first_bad(filled, account) == row


@pytest.mark.requirement("audit-signed")
async def test_a_tail_cut_off_with_its_head_is_found_against_a_checkpoint(
    exported: bytes, filled: Database, account: TargetAccount, owner: psycopg.AsyncConnection
) -> None:
    lines = exported.splitlines()
    signed = {one.head for one in heads_in(lines, str(account.id), SIGNER.trusted)}
    assert await first_bad(filled, account, signed) is None
    previous = json.loads(lines[4])["hash"]
    await owner.execute("delete from app.audit where seq = 6")
    await owner.execute("update app.audit_heads set seq = 5, hash = %s", [previous])
    assert await first_bad(filled, account) is None
    assert await first_bad(filled, account, signed) == 6


@pytest.mark.requirement("audit-signed")
async def test_a_chain_rebuilt_by_the_owner_is_found_against_a_checkpoint(
    *,
    exported: bytes,
    filled: Database,
    account: TargetAccount,
    clock: FixedClock,
    owner: psycopg.AsyncConnection,
) -> None:
    signed = {one.head for one in heads_in(exported.splitlines(), str(account.id), SIGNER.trusted)}
    await owner.execute("delete from app.audit")
    await owner.execute("delete from app.audit_heads")
    for _ in range(ROWS + 2):
        async with journal(filled, clock, account.id, "operator") as step:
            await step.write("resumed", None, {"reason": "nothing happened"})
    assert await first_bad(filled, account) is None
    assert await first_bad(filled, account, signed) == 1


async def test_heads_are_found_in_a_log_whatever_stands_in_front(account: TargetAccount) -> None:
    now = FixedClock(datetime.fromisoformat("2026-11-21T08:45:00+00:00")).now()
    head = SIGNER.sign(account.id, now, Head(3, "a" * 64))
    record = json.dumps({"head": head.line, "event": "head signed", "level": "info"})
    lines = [
        b'{"event": "started"}',
        b'not json, but with a "signature"',
        record.encode(),
        b"worker-1  | " + record.encode(),
        head.line.encode(),
    ]
    assert list(heads_in(lines, str(account.id), SIGNER.trusted)) == [head] * 3
    forged = head.line.replace('"seq":3', '"seq":4').encode()
    with pytest.raises(InvalidInputError, match="line 1 "):
        list(heads_in([forged], str(account.id), SIGNER.trusted))
