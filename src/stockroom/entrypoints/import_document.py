"""``stockroom import``: a report that a person exported, loaded like every other."""

from __future__ import annotations

import json
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

    async def main() -> Run:
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
    if found.state not in {*GOOD_STATES, RunState.QUARANTINED}:
        raise AmazonUnavailableError(
            f"The document is {found.state}: {found.error or 'something newer comes first.'}",
            next_step="Import it again later.",
        )
    told = _told(report_type, found)
    print(json.dumps(told) if as_json else _sentence(told, found))
    return _QUARANTINED if found.state == RunState.QUARANTINED else _LOADED


def _told(report_type: str, found: Run) -> dict[str, Any]:
    withheld = found.state == RunState.QUARANTINED
    figures = found.remarks.get("figures", {})
    loaded = "loaded" if found.changed_days else "unchanged"
    return {
        "report_type": report_type.strip().upper(),
        "rows": figures.get("rows", found.rows) if withheld else found.rows,
        "rejected": sum(found.remarks.get("rejected", {}).values()),
        "days": len(found.window),
        "state": "quarantined" if withheld else loaded,
        "reason": found.error if withheld else None,
    }


def _sentence(told: dict[str, Any], found: Run) -> str:
    counted = f"{told['rows']} rows of {told['days']} days, {told['rejected']} rejected"
    if told["reason"] is None:
        return f"{told['report_type']}: {told['state']}, {counted}."
    return (
        f"{told['report_type']}: {told['state']}, {counted}. {told['reason']}\n"
        f"Nothing that is served has changed. See 'stockroom quarantine show {found.id}'."
    )
