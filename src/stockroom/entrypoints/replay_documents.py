"""``stockroom replay``: tables made again from the documents that are kept, while somebody watches."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from stockroom.core.config import Settings
from stockroom.entrypoints.house import House, open_house
from stockroom.entrypoints.progress_view import ProgressView
from stockroom.entrypoints.runtime import Stop, until_stopped
from stockroom.entrypoints.runtime import run as run_main
from stockroom.entrypoints.sync_now import sync_engine
from stockroom.spec.window import Window
from stockroom.sync.replay import Replay, Replayed
from stockroom.tenancy.principal import KnownAccount


def run(
    settings: Settings, *, dataset: str, since: date | None, account: str | None, as_json: bool
) -> int:
    """Replay one dataset of one account or all; returns the exit code.

    Raises:
        InvalidInputError: There is no such dataset.
        NotFoundError: There is no such account.
    """

    async def main() -> list[dict[str, Any]]:
        stop = Stop()
        async with open_house(settings) as house:
            chosen = await house.registry.accounts()
            if account is not None:
                chosen = [await house.registry.account(account)]
            return await until_stopped(stop, _all(house, chosen, dataset, since))

    rows = run_main(main())
    if as_json:
        print(json.dumps(rows))
    else:
        for row in rows:
            print(*_sentences(row), sep="\n")
    return 1 if any(row["refused"] for row in rows) else 0


async def _all(
    house: House, accounts: list[KnownAccount], dataset: str, since: date | None
) -> list[dict[str, Any]]:
    engine = sync_engine(house)
    engine.report(dataset)
    rows = []
    with ProgressView() as view:
        for account in accounts:
            facts = await house.grounds.facts(account.id)
            amazon = await house.grounds.partner(account.id)
            found = await Replay(engine, facts, amazon, view.note).of(dataset, since)
            rows.append(_row(account.slug, dataset, found))
    return rows


def _row(slug: str, dataset: str, found: Replayed) -> dict[str, Any]:
    return {
        "account": slug,
        "dataset": dataset,
        "documents": found.documents,
        "rows": found.rows,
        "changed_days": found.changed_days,
        "without_document": [_span(code, window) for code, window in found.gone],
        "refused": [
            {**_span(code, window), "reason": reason} for code, window, reason in found.refused
        ],
    }


def _span(code: str, window: Window) -> dict[str, Any]:
    return {
        "marketplace": code or None,
        "first_day": window.first.isoformat(),
        "last_day": window.last.isoformat(),
    }


def _sentences(row: dict[str, Any]) -> list[str]:
    total = (
        f"{row['account']}: {row['dataset']} made again from {row['documents']} documents,"
        f" {row['rows']} rows; {row['changed_days']} days were different."
    )
    gone = [
        f"  {_place(one)}: no document is kept any more, the rows stay."
        for one in row["without_document"]
    ]
    refused = [f"  {_place(one)}: {one['reason']} The rows stay." for one in row["refused"]]
    return [total, *gone, *refused]


def _place(span: dict[str, Any]) -> str:
    days = f"{span['first_day']} to {span['last_day']}"
    return f"{span['marketplace']} {days}" if span["marketplace"] else days
