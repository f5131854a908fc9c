"""``stockroom audit``: is the trail what was written, and the trail as a file for others to check."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

from stockroom.core.config import Settings
from stockroom.core.errors import InvalidInputError
from stockroom.entrypoints.house import open_house
from stockroom.entrypoints.runtime import run as run_main
from stockroom.writes.chain import Checked, Head
from stockroom.writes.heads import Signer, heads_in
from stockroom.writes.trail import open_trail, verify_account
from stockroom.writes.trail_file import account_in, lines_of, verify_file, write_trail

_BROKEN = 1


def verify(
    settings: Settings,
    slug: str | None,
    *,
    file: Path | None,
    checkpoint: Path | None,
    keys: Collection[str],
    as_json: bool,
) -> int:
    """Say whether a trail holds, and if not, its first bad row.

    Args:
        settings: Where everything is.
        slug: Whose trail; without it, the one the file says.
        file: An exported trail instead of the stored one.
        checkpoint: A file with signed heads: a log, an export, or heads one per line.
        keys: Public keys to believe; none: this installation's.
        as_json: Print one JSON object.

    Returns:
        The exit code: 0 it holds, 1 it does not.

    Raises:
        NotFoundError: There is no such account.
        InvalidInputError: A file cannot be used.
        ConfigurationError: This installation has no key of the audit, and none was given.
    """
    trusted = tuple(keys) or Signer.from_settings(settings).trusted
    if slug is None:
        told, checked = _verify_file(_needed(file), None, checkpoint, trusted)
    else:
        told, checked = slug, _verify(settings, slug, file, checkpoint, trusted)
    print(_as_json(told, checked) if as_json else _as_text(told, checked))
    return 0 if checked.broken is None else _BROKEN


def export(settings: Settings, slug: str, to: Path, *, since: datetime | None) -> None:
    """Write a trail to a new file, its signed head last.

    Raises:
        NotFoundError: There is no such account.
        InvalidInputError: The file is there already, or cannot be written.
    """
    unfinished = to.with_name(f"{to.name}.unfinished")

    async def main() -> None:
        async with open_house(settings) as house:
            account = await house.registry.account(slug)
            async with open_trail(house.database, account.id) as trail:
                with unfinished.open("wb") as out:
                    signed = await write_trail(
                        trail,
                        out,
                        house.signer,
                        house.clock.now(),
                        since=None if since is None else since.replace(tzinfo=UTC),
                    )
        unfinished.rename(to)
        rows = signed.seq - signed.first + 1
        print(f"{slug}: {rows} rows in {to}, signed with the key {signed.key}.")

    if to.exists():
        raise _unusable(to, "it is there already")
    try:
        run_main(main())
    except OSError as error:
        raise _unusable(to, error.strerror or type(error).__name__) from None


def _verify(
    settings: Settings,
    slug: str,
    file: Path | None,
    checkpoint: Path | None,
    trusted: Collection[str],
) -> Checked:
    async def main() -> Checked:
        async with open_house(settings) as house:
            account = await house.registry.account(slug)
            if file is not None:
                return _verify_file(file, str(account.id), checkpoint, trusted)[1]
            signed = _heads(checkpoint, str(account.id), trusted)
            return await verify_account(house.database, account.id, signed)

    return run_main(main())


def _verify_file(
    file: Path, account: str | None, checkpoint: Path | None, trusted: Collection[str]
) -> tuple[str, Checked]:
    try:
        whose = account or account_in(file)
        if whose is None:
            raise _unusable(file, "it has no row of an exported trail")
        return whose, verify_file(file, whose, trusted, _heads(checkpoint, whose, trusted))
    except OSError as error:
        raise _unusable(file, error.strerror or type(error).__name__) from None


def _heads(checkpoint: Path | None, account: str, trusted: Collection[str]) -> set[Head]:
    if checkpoint is None:
        return set()
    try:
        with checkpoint.open("rb") as file:
            heads = {one.head for one in heads_in(lines_of(file), account, trusted)}
    except OSError as error:
        raise _unusable(checkpoint, error.strerror or type(error).__name__) from None
    if not heads:
        raise _unusable(checkpoint, "it holds no signed head of this account")
    return heads


def _needed(file: Path | None) -> Path:
    if file is None:
        raise InvalidInputError(
            "Nothing was named to verify.",
            field="account",
            next_step="Name --account, or an exported trail with --file.",
        )
    return file


def _unusable(file: Path, why: str) -> InvalidInputError:
    return InvalidInputError(
        f"{file} cannot be used: {why}.", field="file", next_step="Name another file."
    )


def _as_text(told: str, checked: Checked) -> str:
    first, head, broken = checked.first, checked.head, checked.broken
    if broken is not None:
        return f"{told}: the audit does not hold. {broken.reason}"
    if head.seq < first:
        return f"{told}: the audit holds; there are no rows."
    return f"{told}: the audit holds, rows {first} to {head.seq}; the last hash is {head.hash}."


def _as_json(told: str, checked: Checked) -> str:
    broken = checked.broken
    return json.dumps(
        {
            "account": told,
            "holds": broken is None,
            "first": checked.first,
            "last_good": checked.head.seq,
            "last_good_hash": checked.head.hash,
            "first_bad": None if broken is None else broken.seq,
            "reason": None if broken is None else broken.reason,
        }
    )
