"""What the tests of listing changes share: a tool's change, taken from preview to its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from tests.writes.conftest import Bench

from stockroom.core.marketplaces import MARKETPLACES
from stockroom.spec.tool import WriteTool
from stockroom.writes.models import ChangeRow
from stockroom.writes.verify import pause_after

US = MARKETPLACES["US"]


async def confirmed(bench: Bench, tool: WriteTool, arguments: Mapping[str, Any]) -> UUID:
    """A change that waits to be carried out."""
    preview = await bench.gate(tool).propose(bench.asker, tool.name, arguments)
    await bench.gate(tool).confirm(bench.asker, preview.id, preview.fingerprint)
    return preview.id


async def executed(bench: Bench, tool: WriteTool, arguments: Mapping[str, Any]) -> UUID:
    """A change that was carried out, whatever came of it."""
    change_id = await confirmed(bench, tool, arguments)
    await bench.gate(tool).execute(bench.account.id, change_id)
    return change_id


async def carried_out(bench: Bench, tool: WriteTool, arguments: Mapping[str, Any]) -> UUID:
    """A change that Amazon shows."""
    change_id = await executed(bench, tool, arguments)
    row = await looked(bench, tool, change_id)
    assert row.state == "verified", row.problem
    return change_id


async def looked(bench: Bench, tool: WriteTool, change_id: UUID) -> ChangeRow:
    """The change after one look, half a minute later."""
    bench.clock.move(30)
    await bench.gate(tool).verify(bench.account.id, change_id)
    return await bench.row(change_id)


async def settled(bench: Bench, tool: WriteTool, change_id: UUID) -> ChangeRow:
    """The change after all the looks it takes, each when it is due."""
    row = await bench.row(change_id)
    while row.next_look_at is not None:
        bench.clock.move(pause_after(row.looks).total_seconds())
        await bench.gate(tool).verify(bench.account.id, change_id)
        row = await bench.row(change_id)
    return row


async def mood(bench: Bench, *names: str) -> None:
    """How the pretend Amazon misbehaves from now on."""
    answer = await bench.http.put(f"{bench.simulator}/_mood", json=names)
    assert answer.status_code == 200, answer.text


async def live(bench: Bench, sku: str) -> dict[str, Any]:
    """A listing's attributes as Amazon shows them."""
    answer = await bench.amazon.listing(sku, US)
    found: dict[str, Any] = answer.body["attributes"]
    return found


async def written(bench: Bench, sku: str, *patches: Mapping[str, Any]) -> None:
    """Somebody else changes a listing, and Amazon shows it."""
    body = {"productType": "PRODUCT", "patches": list(patches)}
    answer = await bench.amazon.patch_listing(sku, US, body, preview=False)
    assert answer.body["status"] == "ACCEPTED", answer.body
    bench.clock.move(30)
