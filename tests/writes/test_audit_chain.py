"""The chain shows where it was touched."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from stockroom.writes.audit import GENESIS, Break, row_hash, verify_chain
from stockroom.writes.models import AuditHead, AuditRow

ACCOUNT = UUID(int=7)
START = datetime(2026, 11, 21, 8, 45, tzinfo=UTC)


def chain(length: int) -> list[AuditRow]:
    rows: list[AuditRow] = []
    for seq in range(1, length + 1):
        row = AuditRow(
            account_id=ACCOUNT,
            seq=seq,
            at=START + timedelta(seconds=seq),
            actor="worker",
            action="verified",
            change_id=UUID(int=seq),
            details=f'{{"price":"{seq}.99"}}',
            previous_hash=rows[-1].hash if rows else GENESIS,
        )
        row.hash = row_hash(row)
        rows.append(row)
    return rows


def head(rows: list[AuditRow]) -> AuditHead:
    return AuditHead(account_id=ACCOUNT, seq=rows[-1].seq, hash=rows[-1].hash)


def broken_at(found: Break | None) -> int | None:
    return None if found is None else found.seq


def test_an_untouched_chain_holds() -> None:
    rows = chain(5)
    assert verify_chain(rows, head(rows)) is None


def test_an_empty_chain_holds() -> None:
    assert verify_chain([]) is None


def test_the_published_recipe_needs_nothing_of_ours() -> None:
    # Spelled out by hand: an export written today must verify with anybody's program.
    spelled = (
        '{"account":"00000000-0000-0000-0000-000000000007","action":"verified","actor":"worker",'
        '"at":"2026-11-21T08:45:01.000000+00:00",'
        '"change_id":"00000000-0000-0000-0000-000000000001",'
        '"details":"{\\"price\\":\\"1.99\\"}","previous_hash":"' + "0" * 64 + '","seq":1}'
    )
    assert chain(1)[0].hash == hashlib.sha256(spelled.encode()).hexdigest()


@pytest.mark.requirement("audit-tamper-evident")
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("details", '{"price":"3.98"}'),
        ("actor", "worker2"),
        ("action", "rejected"),
        ("at", START),
        ("change_id", UUID(int=99)),
        ("hash", "f" * 64),
        ("previous_hash", "f" * 64),
        ("account_id", UUID(int=8)),
    ],
)
def test_one_changed_value_is_named_by_its_row(column: str, value: object) -> None:
    rows = chain(5)
    setattr(rows[2], column, value)
    assert broken_at(verify_chain(rows)) == 3


def test_a_rewritten_row_with_a_fitting_hash_breaks_the_row_after_it() -> None:
    rows = chain(5)
    rows[2].details = '{"price":"0.01"}'
    rows[2].hash = row_hash(rows[2])
    assert broken_at(verify_chain(rows)) == 4


@pytest.mark.requirement("audit-tamper-evident")
def test_a_row_deleted_in_the_middle_is_missed() -> None:
    rows = chain(5)
    del rows[2]
    assert broken_at(verify_chain(rows)) == 3


@pytest.mark.requirement("audit-tamper-evident")
def test_two_rows_that_swapped_their_contents_are_found() -> None:
    rows = chain(5)
    rows[1].details, rows[3].details = rows[3].details, rows[1].details
    assert broken_at(verify_chain(rows)) == 2


def test_a_tail_cut_off_is_found_against_the_head() -> None:
    rows = chain(5)
    assert broken_at(verify_chain(rows[:4], head(rows))) == 5
