"""The chain: rows of an account that hold each other by hash, and where they do not.

**Recipe**, also in ``docs/audit.md``, for anyone who wants to verify an export without us. Rows
of one account in the order of ``seq``; ``seq`` starts at 1 and has no gap. The hash of a row is
the SHA-256, in lower-case hex, of the UTF-8 bytes of this JSON object, keys sorted, no
spaces, non-ASCII characters as themselves::

    {"account": …, "action": …, "actor": …, "at": …, "change_id": …, "details": …,
     "previous_hash": …, "seq": …}

``account`` and ``change_id`` are UUIDs in their usual spelling (``change_id`` may be
null), ``at`` is UTC with six decimals (``2026-11-21T08:45:00.000000+00:00``), ``seq``
is a number, ``details`` is the stored text as one string. ``previous_hash`` is the
hash of the row before, 64 zeros for the first.

A change in any row, a row removed or two swapped break the chain at that row. What a chain
alone cannot show is a tail that was cut off with its head, or a chain that was written
anew from some row on: heads that were signed and kept elsewhere show it (``heads``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import NamedTuple, Self

from stockroom.core.ids import digest
from stockroom.writes.models import AuditRow

GENESIS = "0" * 64
"""The hash before the first row."""


class Head(NamedTuple):
    """Where a chain ended once: the number and the hash of its last row."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Link:
    """One audit row with its values spelled as the recipe hashes them."""

    account: str
    seq: int
    at: str
    actor: str
    action: str
    change_id: str | None
    details: str
    previous_hash: str
    hash: str

    @classmethod
    def of(cls, row: AuditRow) -> Self:
        """A stored row; its hash may be missing still."""
        return cls(
            account=str(row.account_id),
            seq=row.seq,
            at=instant(row.at),
            actor=row.actor,
            action=row.action,
            change_id=None if row.change_id is None else str(row.change_id),
            details=row.details,
            previous_hash=row.previous_hash,
            hash=row.hash or "",
        )

    @property
    def proper_hash(self) -> str:
        """The hash it must carry, by the recipe of this module."""
        values = asdict(self)
        del values["hash"]
        return digest(values)


def instant(at: datetime) -> str:
    """An instant as the recipe spells it."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


@dataclass(frozen=True, slots=True)
class Break:
    """The first place where a chain does not hold."""

    seq: int
    """The number that should stand there."""
    reason: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What a chain turned out to be.

    Args:
        first: Its first row.
        head: The last row that held.
        broken: The first place where it does not hold; None: it holds.
    """

    first: int
    head: Head
    broken: Break | None


class ChainCheck:
    """Follows a chain row by row, in the memory of one row.

    Args:
        account: Whose chain it must be.
        first: The number of the first row that will be looked at; before it nothing is known.
        signed: Heads that were signed. Those before ``first - 1`` tell nothing.
    """

    def __init__(self, account: str, *, first: int = 1, signed: Iterable[Head] = ()) -> None:
        self.account = account
        self.first = first
        self._seq = first - 1
        self._hash = GENESIS if first == 1 else None
        self._signed = sorted({head for head in signed if head.seq >= self._seq}, reverse=True)
        self._agreed = self._seq

    @property
    def seq(self) -> int:
        """The last row that held; the one before the first when none was looked at."""
        return self._seq

    def result(self, broken: Break | None) -> Checked:
        """What is known of the chain by now, and where it breaks."""
        return Checked(self.first, Head(self._seq, self._hash or ""), broken)

    def look(self, link: Link) -> Break | None:
        """Take the next row; what is wrong with it."""
        if self._hash is None:
            self._hash = link.previous_hash
        seq = self._seq + 1
        if link.account != self.account:
            return Break(seq, f"Row {seq} is of another account.")
        if link.seq != seq:
            return Break(seq, f"Row {seq} is missing: row {link.seq} stands in its place.")
        if link.previous_hash != self._hash:
            return Break(seq, f"Row {seq} does not follow the row before it.")
        if link.hash != link.proper_hash:
            return Break(seq, f"Row {seq} was changed after it was written.")
        unlike = self._against_signed()  # only before the first row there is something left
        if unlike is not None:
            return unlike
        self._seq, self._hash = link.seq, link.hash
        return self._against_signed()

    def end(self, stored: Head | None = None) -> Break | None:
        """There are no more rows; what is missing.

        Args:
            stored: The end of the chain as the database keeps it.
        """
        seq = self._seq
        if self._hash is None and stored is not None:
            self._hash = stored.hash  # no row was looked at, so nothing else tells
        if stored is not None and stored != Head(seq, self._hash or ""):
            return Break(seq + 1, f"The chain ends at row {seq}, its head says {stored.seq}.")
        broken = self._against_signed()
        if broken is not None:
            return broken
        if self._signed:
            reached = self._signed[0].seq
            reason = (
                f"The chain ends at row {seq}, but a signed head says it reached row {reached}."
            )
            return Break(seq + 1, reason)
        return None

    def _against_signed(self) -> Break | None:
        while self._signed and self._signed[-1].seq == self._seq:
            if self._signed.pop().hash != self._hash:
                first = min(self._agreed + 1, self._seq)
                rows = f"Rows {first} to {self._seq}: their"
                whose = f"Row {first}: its" if first == self._seq else rows
                return Break(
                    first, f"{whose} hash is not the signed one; the chain was written anew."
                )
            self._agreed = self._seq
        return None


def verify_chain(
    rows: Iterable[Link], head: Head | None = None, signed: Iterable[Head] = ()
) -> Break | None:
    """Find the first bad row of an account's chain.

    Args:
        rows: All rows of one account, by ``seq``.
        head: The stored end of the chain; when given, a missing tail is found too.
        signed: Heads that were signed and kept elsewhere; with them a chain that was cut off
            or written anew together with its head is found.

    Returns:
        The first break, or None when the chain holds.
    """
    check = None
    for link in rows:
        check = check or ChainCheck(link.account, signed=signed)
        broken = check.look(link)
        if broken is not None:
            return broken
    return (check or ChainCheck("", signed=signed)).end(head)
