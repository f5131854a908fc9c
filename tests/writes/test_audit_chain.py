"""The chain shows where it was touched."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from stockroom.writes.chain import GENESIS, Break, Head, Link, verify_chain
from stockroom.writes.models import AuditRow

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
        row.hash = Link.of(row).proper_hash
        rows.append(row)
    return rows


def head(rows: list[AuditRow]) -> Head:
    return Head(rows[-1].seq, rows[-1].hash)


def looked(rows: list[AuditRow], end: Head | None = None, *signed: Head) -> Break | None:
    return verify_chain(map(Link.of, rows), end, signed)


def broken_at(found: Break | None) -> int | None:
    return None if found is None else found.seq


def test_an_untouched_chain_holds() -> None:
    rows = chain(5)
    assert looked(rows, head(rows)) is None


def test_an_empty_chain_holds() -> None:
    assert looked([]) is None


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
    assert broken_at(looked(rows)) == 3


def test_a_rewritten_row_with_a_fitting_hash_breaks_the_row_after_it() -> None:
    rows = chain(5)
    rows[2].details = '{"price":"0.01"}'
    rows[2].hash = Link.of(rows[2]).proper_hash
    assert broken_at(looked(rows)) == 4


@pytest.mark.requirement("audit-tamper-evident")
def test_a_row_deleted_in_the_middle_is_missed() -> None:
    rows = chain(5)
    del rows[2]
    assert broken_at(looked(rows)) == 3


@pytest.mark.requirement("audit-tamper-evident")
def test_two_rows_that_swapped_their_contents_are_found() -> None:
    rows = chain(5)
    rows[1].details, rows[3].details = rows[3].details, rows[1].details
    assert broken_at(looked(rows)) == 2


def test_a_tail_cut_off_is_found_against_the_head() -> None:
    rows = chain(5)
    assert broken_at(looked(rows[:4], head(rows))) == 5


# --- heads that were signed and kept elsewhere ------------------------------------------------------


def rewritten(rows: list[AuditRow], seq: int) -> list[AuditRow]:
    """What an owner of the database can do: another past, with hashes that fit."""
    kept = rows[: seq - 1]
    for row in chain(len(rows))[seq - 1 :]:
        row.details = '{"price":"0.01"}'
        row.previous_hash = kept[-1].hash if kept else GENESIS
        row.hash = Link.of(row).proper_hash
        kept.append(row)
    return kept


def test_a_chain_holds_against_its_own_signed_heads() -> None:
    rows = chain(5)
    assert looked(rows, head(rows), Head(0, GENESIS), head(rows[:2]), head(rows)) is None


@pytest.mark.requirement("audit-tamper-evident")
def test_the_last_row_deleted_with_its_head_is_missed() -> None:
    rows = chain(5)
    assert looked(rows[:4], head(rows[:4])) is None
    assert broken_at(looked(rows[:4], head(rows[:4]), head(rows))) == 5


@pytest.mark.requirement("audit-tamper-evident")
def test_a_chain_written_anew_by_its_owner_is_found() -> None:
    rows = chain(5)
    anew = rewritten(rows, 3)
    assert looked(anew, head(anew)) is None
    found = looked(anew, head(anew), head(rows[:2]), head(rows))
    assert found is not None
    assert found.seq == 3
    assert "Rows 3 to 5" in found.reason


def test_a_chain_that_was_signed_again_after_it_was_written_anew_is_found() -> None:
    rows = chain(5)
    anew = rewritten(rows, 1)
    assert broken_at(looked(anew, head(anew), head(rows[:3]), head(anew))) == 1


def test_a_chain_of_which_nothing_is_left_is_missed() -> None:
    assert broken_at(looked([], None, head(chain(2)))) == 1
