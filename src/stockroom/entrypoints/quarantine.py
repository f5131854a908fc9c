"""``stockroom quarantine``: what was not believed, and a person's word on it; the console says it too."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple
from uuid import UUID

from stockroom.core.config import Settings
from stockroom.core.errors import AmazonUnavailableError, InvalidInputError, NotFoundError
from stockroom.entrypoints.house import House, open_house
from stockroom.entrypoints.runtime import run as run_main
from stockroom.entrypoints.sync_now import sync_engine
from stockroom.spec.run import GOOD_STATES, Run
from stockroom.sync.by_hand import ByHand
from stockroom.tenancy.principal import KnownAccount

_FIGURES = ("rows", "units", "skus")


async def withheld_in(house: House, account_id: UUID) -> list[Run]:
    """What is withheld of one account."""
    return await ByHand(sync_engine(house)).withheld(await house.grounds.facts(account_id))


async def release_run(house: House, account_id: UUID, run_id: UUID) -> Run:
    """Load a withheld document after all; the run tells how that went.

    Raises:
        NotFoundError: The account has no such run.
        InvalidInputError: It is not withheld, or something newer has been loaded since.
    """
    facts = await house.grounds.facts(account_id)
    amazon = await house.grounds.partner(account_id)
    return await ByHand(sync_engine(house)).release(facts, run_id, amazon)


async def discard_run(house: House, account_id: UUID, run_id: UUID) -> None:
    """Forget a withheld document.

    Raises:
        NotFoundError: The account has no such run.
        InvalidInputError: It is not withheld.
    """
    facts = await house.grounds.facts(account_id)
    await ByHand(sync_engine(house)).discard(facts, run_id)


class _Withheld(NamedTuple):
    account: KnownAccount
    run: Run


class _Desk(NamedTuple):
    """An open house, and what is withheld in it."""

    house: House
    withheld: list[_Withheld]

    def find(self, text: str) -> _Withheld:
        """The withheld run of that id.

        Raises:
            NotFoundError: There is none.
            InvalidInputError: Several ids begin like that.
        """
        found = [one for one in self.withheld if str(one.run.id).startswith(text.lower())]
        if not found:
            raise NotFoundError(
                f"Nothing is withheld under '{text}'.", next_step="See 'stockroom quarantine list'."
            )
        if len(found) > 1:
            raise InvalidInputError(f"{len(found)} runs begin with '{text}'.", field="run")
        return found[0]


@asynccontextmanager
async def _desk(settings: Settings, account: str | None = None) -> AsyncIterator[_Desk]:
    async with open_house(settings) as house:
        chosen = await house.registry.accounts()
        if account is not None:
            chosen = [await house.registry.account(account)]
        withheld = [
            _Withheld(one, run) for one in chosen for run in await withheld_in(house, one.id)
        ]
        yield _Desk(house, withheld)


def list_withheld(settings: Settings, *, account: str | None, as_json: bool) -> None:
    """Print every withheld document.

    Raises:
        NotFoundError: There is no such account.
    """

    async def main() -> None:
        async with _desk(settings, account) as desk:
            rows = [_row(one) for one in desk.withheld]
        if as_json:
            print(json.dumps(rows))
            return
        for row in rows:
            place = row["marketplace"] or "all"
            days = f"{row['first_day']} to {row['last_day']}"
            print(row["run"], row["account"], row["dataset"], place, days, row["reason"], sep="  ")

    run_main(main())


def show(settings: Settings, text: str, *, as_json: bool) -> None:
    """Print one withheld document's figures beside those of the last good load.

    Raises:
        NotFoundError: Nothing is withheld under that id.
    """

    async def main() -> None:
        async with _desk(settings) as desk:
            found = desk.find(text)
        shown = _row(found) | {name: found.run.remarks.get(name) for name in _SHOWN}
        if as_json:
            print(json.dumps(shown))
            return
        for name, value in shown.items():
            if name not in _SHOWN and value is not None:
                print(f"{name:<12}{value}")
        for name, what in (("figures", "withheld"), ("last", "last good")):
            print(f"{what:<12}{_figures(shown[name])}")

    run_main(main())


_SHOWN = ("figures", "last", "reasons", "rejected", "unknown_headers")


def release(settings: Settings, text: str) -> None:
    """Load a withheld document after all.

    Raises:
        NotFoundError: Nothing is withheld under that id.
        InvalidInputError: Something newer has been loaded since.
        AmazonUnavailableError: It cannot be loaded, whoever says so.
    """

    async def main() -> None:
        async with _desk(settings) as desk:
            account, run = desk.find(text)
            left = await release_run(desk.house, account.id, run.id)
        if left.state not in GOOD_STATES:
            raise AmazonUnavailableError(f"It is {left.state}: {left.error}")
        print(f"{account.slug}: {left.dataset} loaded, {left.rows} rows.")

    run_main(main())


def discard(settings: Settings, text: str) -> None:
    """Forget a withheld document.

    Raises:
        NotFoundError: Nothing is withheld under that id.
    """

    async def main() -> None:
        async with _desk(settings) as desk:
            account, run = desk.find(text)
            await discard_run(desk.house, account.id, run.id)
        print(f"{account.slug}: the document of {run.dataset} is forgotten.")

    run_main(main())


def _row(one: _Withheld) -> dict[str, Any]:
    run = one.run
    return {
        "run": str(run.id),
        "account": one.account.slug,
        "dataset": run.dataset,
        "marketplace": run.marketplace or None,
        "first_day": run.first_day.isoformat(),
        "last_day": run.last_day.isoformat(),
        "report_id": run.report_id,
        "withheld_at": run.finished_at.isoformat(timespec="seconds") if run.finished_at else None,
        "reason": run.error,
    }


def _figures(values: dict[str, Any] | None) -> str:
    if not values:
        return "unknown"
    return ", ".join(f"{values[name]} {name}" for name in _FIGURES)
