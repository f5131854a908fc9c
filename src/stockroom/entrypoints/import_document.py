"""``stockroom import``: a report that a person exported, loaded like every other."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from stockroom.core.config import Settings
from stockroom.core.errors import AmazonUnavailableError, InvalidInputError, NotFoundError
from stockroom.entrypoints.house import open_house
from stockroom.entrypoints.runtime import run as run_main
from stockroom.entrypoints.sync_now import sync_engine
from stockroom.spec.run import GOOD_STATES, Run, RunState
from stockroom.sync.bring import Brought
from stockroom.sync.by_hand import ByHand

_LOADED, _QUARANTINED = 0, 3
_WORST_FIRST = ("quarantined", "loaded", "unchanged")


def run(
    settings: Settings,
    *,
    report_type: str,
    file: Path,
    account: str,
    marketplace: str,
    accept: bool,
    as_json: bool,
) -> int:
    """Load one file; returns the exit code.

    Raises:
        InvalidInputError: The file, the report type, the account or the marketplace is unusable.
        AmazonUnavailableError: It could not be loaded now.
    """
    brought = Brought(report_type, file, marketplace, accept)

    async def main() -> list[Run]:
        async with open_house(settings) as house:
            try:
                known = await house.registry.account(account)
            except NotFoundError as error:
                raise InvalidInputError(
                    error.summary, field="account", next_step=error.next_step
                ) from None
            facts = await house.grounds.facts(known.id)
            amazon = await house.grounds.partner(known.id)
            return await ByHand(sync_engine(house)).bring(facts, brought, amazon)

    found = run_main(main())
    for one in found:
        if one.state not in {*GOOD_STATES, RunState.QUARANTINED}:
            raise AmazonUnavailableError(
                f"{one.dataset} is {one.state}: {one.error or 'something newer comes first.'}",
                next_step="Import the document again later.",
            )
    name = report_type.strip().upper()
    datasets = [_told(one) for one in found]
    if as_json:
        each = {"datasets": datasets} if len(datasets) > 1 else {}
        print(json.dumps({"report_type": name, **_together(datasets), **each}))
    else:
        for told, one in zip(datasets, found, strict=True):
            print(_sentence(name, told, one))
    withheld = any(one.state == RunState.QUARANTINED for one in found)
    return _QUARANTINED if withheld else _LOADED


def _told(found: Run) -> dict[str, Any]:
    withheld = found.state == RunState.QUARANTINED
    figures = found.remarks.get("figures", {})
    loaded = "loaded" if found.changed_days else "unchanged"
    return {
        "dataset": found.dataset,
        "rows": figures.get("rows", found.rows) if withheld else found.rows,
        "rejected": sum(found.remarks.get("rejected", {}).values()),
        "days": len(found.window),
        "state": "quarantined" if withheld else loaded,
        "reason": found.error if withheld else None,
    }


def _together(datasets: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The document as a whole: as bad as the worst of what is read from it."""
    worst = min(datasets, key=lambda told: _WORST_FIRST.index(told["state"]))
    return {
        "rows": sum(told["rows"] for told in datasets),
        "rejected": sum(told["rejected"] for told in datasets),
        "days": max(told["days"] for told in datasets),
        "state": worst["state"],
        "reason": worst["reason"],
    }


def _sentence(name: str, told: dict[str, Any], found: Run) -> str:
    counted = f"{told['rows']} rows of {told['days']} days, {told['rejected']} rejected"
    line = f"{name}: {told['dataset']} {told['state']}, {counted}."
    if told["reason"] is None:
        return line
    return (
        f"{line} {told['reason']}\n"
        f"Nothing that is served has changed. See 'stockroom quarantine show {found.id}'."
    )
