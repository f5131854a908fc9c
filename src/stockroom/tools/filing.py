"""Filing: a record that is said anew becomes a change, with what is on file as its before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import BaseModel

from stockroom.core.errors import InvalidInputError
from stockroom.core.marketplaces import Marketplace
from stockroom.records.register import Register
from stockroom.spec.change import Change
from stockroom.spec.tool import Entry, Ground
from stockroom.tools.emptiness import KNOWN


async def filed(
    tool: str,
    register: Register,
    ground: Ground,
    arguments: BaseModel,
    *,
    key: Mapping[str, Any],
    facts: Mapping[str, Any] | None,
    summary: str,
    warnings: tuple[str, ...] = (),
) -> Change:
    """The change that puts a record on file.

    Args:
        tool: Who makes it.
        register: Where it is kept.
        ground: The account.
        arguments: The tool's arguments.
        key: What is spoken of; the change's target.
        facts: What is said of it, as JSON values; None takes back what is on file.
        summary: One line for whoever confirms.
        warnings: What they should know.

    Raises:
        InvalidInputError: It is on file already, or there is nothing to take back.
    """
    (on_file,) = await register.read(ground.db, [key])
    before = dict(on_file.facts)
    after = dict(facts) if facts is not None else dict.fromkeys(before)
    if before == after:
        raise InvalidInputError(
            "This is on file already." if facts else "There is nothing on file to take back.",
            next_step="There is nothing to do, unless something else is meant.",
        )
    return Change(
        tool=tool,
        account_id=ground.account.id,
        arguments=arguments.model_dump(mode="json"),
        target=dict(key),
        before=before,
        after=after,
        observed={"before": before, "version": on_file.version},
        payload={"key": dict(key), "facts": facts},
        summary=summary,
        warnings=warnings,
        measures={} if facts is None or facts.get("units") is None else {"units": facts["units"]},
    )


async def write_filed(register: Register, change: Change, entry: Entry) -> None:
    """Write down what :func:`filed` worked out."""
    await register.write(entry, change.payload["key"], change.payload["facts"])


async def sku_warnings(ground: Ground, sku: str, market: Marketplace) -> tuple[str, ...]:
    """A warning when a SKU is not listed where it is spoken of: it may be new, or misspelled."""
    known = await ground.db.rows(KNOWN, skus=[sku])
    if (sku, market.code) in known:
        return ()
    return (f"This SKU is not among the listings of {market.code} that are loaded.",)


def not_ahead(day: date | None, field: str, ground: Ground, market: Marketplace) -> None:
    """Refuse a day that has not come yet, for what has happened.

    Raises:
        InvalidInputError: It is in the future of that marketplace.
    """
    today = ground.clock.today(market.zone)
    if day is not None and day > today:
        raise InvalidInputError(
            f"{field} is after today ({today.isoformat()} in {market.code}).",
            field=field,
            next_step="Give the day on which it happened.",
        )


def iso(day: date | None) -> str | None:
    """A day as text, if there is one."""
    return None if day is None else day.isoformat()
