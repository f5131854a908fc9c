"""A trail as a file: JSON Lines, one row each, the signed head last. It verifies without us.

Every line is in the canonical spelling of ``chain``, so that a file has no byte that
could be another one and mean the same. ``docs/audit.md`` is for whoever reads it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, fields
from datetime import datetime
from pathlib import Path
from types import NoneType
from typing import Any, BinaryIO, get_type_hints
from uuid import UUID

from stockroom.core.ids import canonical
from stockroom.writes.chain import Break, ChainCheck, Checked, Head, Link
from stockroom.writes.heads import SignedHead, Signer
from stockroom.writes.trail import Trail

_LONGEST = 1 << 26
"""No row is longer; a file without line breaks is not read into memory."""
_KINDS = get_type_hints(Link)


async def write_trail(
    trail: Trail, file: BinaryIO, signer: Signer, at: datetime, *, since: datetime | None
) -> SignedHead:
    """Write the rows of a trail and the signed head after them.

    Args:
        trail: What is written.
        file: Where to.
        signer: Signs the head.
        at: When that is.
        since: Leave out what is older; the file then begins later than the chain.
    """
    first = 1 if since is None else await trail.first_since(since)
    async for link in trail.links(first):
        file.write(canonical(asdict(link)).encode() + b"\n")
    signed = signer.sign(UUID(trail.account), at, trail.head, first=first)
    file.write(signed.line.encode() + b"\n")
    return signed


def lines_of(file: BinaryIO) -> Iterator[bytes]:
    """The lines of a file, none longer than the longest row."""
    while line := file.readline(_LONGEST):
        yield line


def account_in(path: Path) -> str | None:
    """Whose trail a file says it is, by its first line that can be read."""
    with path.open("rb") as file:
        for value in map(_value, lines_of(file)):
            if isinstance(value, dict) and _is(value, "account", str):
                return str(value["account"])
    return None


def verify_file(
    path: Path, account: str, trusted: Collection[str], signed: Iterable[Head] = ()
) -> Checked:
    """Check a file row by row, in the memory of one row.

    Args:
        path: The file.
        account: Whose trail it must be.
        trusted: Public keys whose signed heads are believed.
        signed: Heads that were kept elsewhere.
    """
    with path.open("rb") as file:
        lines = lines_of(file)
        value = _value(next(lines, b""))
        first = 1
        if isinstance(value, dict):
            begins = "first" if SignedHead.read(value) else "seq"
            first = value[begins] if _is(value, begins, int) else 1
        check = ChainCheck(account, first=first, signed=signed)
        while (link := _link(value)) is not None:
            broken = check.look(link)
            if broken is not None:
                return check.result(broken)
            value = _value(next(lines, b""))
        return check.result(_ended(check, SignedHead.read(value), lines, trusted))


def _ended(
    check: ChainCheck,
    end: SignedHead | None,
    lines: Iterator[bytes],
    trusted: Collection[str],
) -> Break | None:
    """What is wrong with the line that is no row."""
    seq = check.seq
    if end is None:
        return Break(seq + 1, f"After row {seq} stands neither row {seq + 1} nor a signed head.")
    if end.account != check.account or not end.holds(trusted):
        return Break(seq + 1, f"The head after row {seq} was not signed for it by a trusted key.")
    if next(lines, None) is not None:
        return Break(seq + 1, f"Something follows the signed head after row {seq}.")
    if end.first != check.first:
        reason = f"Row {end.first} is missing: the file begins with row {check.first}."
        return Break(end.first, reason)
    return check.end(end.head)


def _value(line: bytes) -> Any:
    """The JSON value of a line in its canonical spelling; None for any other line."""
    try:
        value = json.loads(line)
        return value if canonical(value).encode() + b"\n" == line else None
    except (ValueError, RecursionError):
        return None


def _link(value: Any) -> Link | None:
    if not isinstance(value, dict) or value.keys() != {field.name for field in fields(Link)}:
        return None
    return Link(**value) if all(_is(value, name, kind) for name, kind in _KINDS.items()) else None


def _is(value: dict[str, Any], name: str, kind: Any) -> bool:
    kinds = (str, NoneType) if name == "change_id" else (kind,)
    return type(value.get(name)) in kinds
