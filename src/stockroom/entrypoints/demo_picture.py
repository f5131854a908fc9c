"""What a demo shows when it is ready: where the trouble is, where to connect, what to paste."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from stockroom.db.reach import EVERYWHERE
from stockroom.entrypoints.connect_configs import CLIENTS, Addresses, on_this_machine
from stockroom.entrypoints.demo_ready import Ready
from stockroom.entrypoints.house import House
from stockroom.tenancy.principal import KnownAccount

_TOOL = "days_of_cover"
_SHOWN = {
    "marketplace": "store",
    "sku": "SKU",
    "sellable": "sellable",
    "velocity": "a day",
    "in_time_days": "days",
    "stockout_date": "runs out",
    "band": "band",
}
"""Columns of the tool, and what the picture calls them: it must fit 80 characters."""
_ROWS = 5
_CLIENTS = ("claude-code", "cursor", "vscode", "codex", "other")
_ELSEWHERE = (
    "claude.ai and ChatGPT call from their own cloud: they need a public https address, which this"
    " demo on your machine does not have."
)
_BANDS = {"out_of_stock": "bold red", "critical": "red", "at_risk": "yellow", "warning": "yellow"}


async def picture(house: House, account: KnownAccount) -> Table:
    """The shortest covers of one account, worst first."""
    tool = next(tool for tool in house.read_tools if tool.name == _TOOL)
    async with house.database.read(account.id, EVERYWHERE) as db:
        answer = await tool.ask(db, house.clock, **dict(tool.arguments(limit=_ROWS)))
    as_of = next(iter(answer.as_of.values()), None)
    table = Table(
        title=f"{account.slug}: shortest days of cover, as of {as_of}",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    places = [answer.columns.index(name) for name in _SHOWN]
    for name in _SHOWN.values():
        table.add_column(name, no_wrap=True)
    for row in answer.rows:
        table.add_row(*(_cell(row[place]) for place in places))
    return table


def show(console: Console, pictures: Sequence[Table], ready: Ready, home: Path) -> None:
    """Print it all."""
    for table in pictures:
        console.print(table)
    console.print(f"[bold]MCP[/bold]        {ready.mcp_url}")
    console.print(f"[bold]Console[/bold]    {ready.console_url}")
    console.print(f"           {ready.login['email']}  {ready.login['password']}", highlight=False)
    console.print(f"[bold]Simulator[/bold]  {ready.simulator_url}")
    for name, text in ready.keys.items():
        console.print(f"[bold]{name:<10}[/bold] {text}", soft_wrap=True)
    for client, what in _pastes(ready, home):
        console.print(f"\n[bold]{client}[/bold]")
        console.print(what, markup=False, highlight=False, soft_wrap=True)
    console.print(f"\n{_ELSEWHERE}\n")


def _pastes(ready: Ready, home: Path) -> Iterator[tuple[str, str]]:
    key = ready.keys["operator"]
    at = Addresses(ready.mcp_url, ready.keys_url)
    beside = on_this_machine(Path(sys.executable), home, key)
    yield f"Claude Desktop ({beside.where})", beside.text
    for name in _CLIENTS:
        client = CLIENTS[name]
        paste = client.pastes(at, key)[-1]
        yield f"{client.name} ({paste.where})", paste.text


def _cell(value: Any) -> Text:
    text = "–" if value is None else str(value)
    return Text(text, style=_BANDS.get(text, ""))
