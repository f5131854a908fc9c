"""From declarations to the entries of the catalogue: what a call of each kind of tool does."""

from __future__ import annotations

import asyncio

from stockroom.core.errors import StockroomError
from stockroom.core.marketplaces import marketplace
from stockroom.core.scope import Scope
from stockroom.entrypoints.answers import Wire, answer_object
from stockroom.entrypoints.house import House
from stockroom.entrypoints.mcp_catalogue import Call, Catalogue, Entry, Nature
from stockroom.entrypoints.mcp_confirm import Confirming
from stockroom.entrypoints.mcp_following import Follower, Patience
from stockroom.entrypoints.mcp_server import TurnedAway
from stockroom.spec.answer import Answer
from stockroom.spec.tool import ChangeTool, ReadTool
from stockroom.tenancy.principal import Account, Principal
from stockroom.writes.asker import Asker
from stockroom.writes.doors import (
    GATE_TOOLS,
    GateTool,
    proposal_arguments,
    split_proposal,
    spread,
)

_EVERY_KEY = frozenset(Scope)
_OVER_ALL_ACCOUNTS = "accounts"
"""The one read that is about the key itself; every key may ask it."""


def catalogue(house: House, patience: Patience | None = None) -> Catalogue:
    """Every tool of the house.

    Args:
        house: Whose.
        patience: How long a call follows the change that it confirmed.
    """
    confirming = Confirming(house.gate, Follower(house.gate, patience or Patience()))
    reads = [
        _about_the_key(house, tool) if tool.name == _OVER_ALL_ACCOUNTS else _read(house, tool)
        for tool in house.read_tools
    ]
    writes = [_write(house, tool) for tool in house.write_tools]
    return Catalogue([*reads, *writes, *(_gate(house, tool, confirming) for tool in GATE_TOOLS)])


# --- reads ------------------------------------------------------------------------------------------


def _read(house: House, tool: ReadTool) -> Entry:
    async def call(call: Call) -> Wire:
        account = _of(call)
        arguments = dict(call.arguments)
        house.reads.count(call.principal, tool.name, [account])
        async with house.database.read(account.id, account.reach, account.settings) as db:
            answer = await tool.ask(db, house.clock, **arguments)
        asked = arguments.get("marketplace")
        code = None if asked is None else marketplace(asked).code  # "gb" is answered as UK
        return answer_object(answer, account=account.slug, marketplace=code)

    return Entry(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        scopes=frozenset({tool.scope}),
        nature=Nature.READ,
        arguments=tool.arguments,
        call=call,
        columns=tool.columns,
    )


def _about_the_key(house: House, tool: ReadTool) -> Entry:
    async def of_one(account: Account, arguments: Wire) -> Answer:
        async with house.database.read(account.id, account.reach, account.settings) as db:
            return await tool.ask(db, house.clock, **arguments)

    async def call(call: Call) -> Wire:
        accounts, arguments = call.principal.accounts, dict(call.arguments)
        house.reads.count(call.principal, tool.name, accounts)
        answers = await asyncio.gather(*(of_one(account, arguments) for account in accounts))
        only = accounts[0].slug if len(accounts) == 1 else None
        notes = _about(call.principal)
        return answer_object(_joined(answers, notes), account=only, marketplace=None)

    return Entry(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        scopes=_EVERY_KEY,
        nature=Nature.READ,
        arguments=tool.arguments,
        call=call,
        columns=tool.columns,
        per_account=False,
    )


def _about(principal: Principal) -> list[str]:
    """What the key may do, and where a person has stopped it."""
    may = ", ".join(sorted(principal.scopes)) or "nothing"
    stopped = [account.slug for account in principal.accounts if account.agents_stopped]
    notes = [f"This key may: {may}."]
    if stopped:
        notes.append(f"All agents are stopped for {', '.join(stopped)}: other tools refuse.")
    return notes


def _joined(answers: list[Answer], about: list[str]) -> Answer:
    rows = [row for answer in answers for row in answer.rows]
    notes = dict.fromkeys(text for answer in answers for text in answer.notes)
    return Answer(
        columns=answers[0].columns if answers else (),
        rows=rows,
        as_of={},
        notes=(*notes, *about),
        total=len(rows),
    )


# --- writes -----------------------------------------------------------------------------------------


def _write(house: House, tool: ChangeTool) -> Entry:
    async def call(call: Call) -> Wire:
        account = _of(call)
        own, reason, idempotency_key = split_proposal(call.arguments)
        asker, items = Asker.of(call.principal, account), spread(tool, own)
        told = {"reason": reason, "idempotency_key": idempotency_key}
        if items is not None:
            batch = await house.gate.propose_batch(asker, tool.name, items, **told)
            return {"account": account.slug, **batch.facts()}
        preview = await house.gate.propose(asker, tool.name, own, **told)
        return {"account": account.slug, **preview.facts()}

    return Entry(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        scopes=frozenset({tool.scope}),
        nature=Nature.PREVIEW,
        arguments=proposal_arguments(tool),
        call=call,
    )


def _gate(house: House, tool: GateTool, confirming: Confirming) -> Entry:
    async def call(call: Call) -> Wire:
        account = _of(call)
        asker = Asker.of(call.principal, account)
        outcome = await tool.call(house.gate, asker, call.arguments)
        return {"account": account.slug, **outcome.facts()}

    return Entry(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        scopes=tool.scopes,
        nature=Nature.CONFIRM if tool.destructive else Nature.PREVIEW,
        arguments=tool.arguments,
        call=confirming if tool.destructive else call,
    )


def turned_away(house: House) -> TurnedAway:
    """Puts into the audit who was refused a tool that changes something."""

    async def told(
        principal: Principal, account: Account, tool: str, refusal: StockroomError
    ) -> None:
        await house.gate.turned_away(Asker.of(principal, account), tool, refusal)

    return told


def _of(call: Call) -> Account:
    assert call.account is not None  # admitted per account
    return call.account
