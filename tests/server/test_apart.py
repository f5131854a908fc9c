"""Tenants stay apart: random keys, tools and arguments, and nothing of anybody else in any answer.

Every name that is stored carries the mark of its owner, so a leak shows itself. And whoever
names another's thing is answered as if they had named a thing that does not exist: so no
count, order or wording tells them apart.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol

import httpx2
import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from psycopg.sql import SQL, Identifier
from tests.server.tenants import Seller, blurred, secrets_from, settled
from tests.serving import NO_TLS

from stockroom.core.scope import Scope
from stockroom.db.base import Base, access_of
from stockroom.db.reach import EVERYWHERE, Reach
from stockroom.entrypoints.house import House
from stockroom.entrypoints.mcp_prompts import PROMPTS
from stockroom.entrypoints.wiring import read_tools
from stockroom.tenancy.issuing import NewKey
from stockroom.writes.doors import GATE_TOOLS

CODES = ("US", "CA", "MX", "DE", "FR", "IT")
READS = tuple(tool.name for tool in read_tools())
ARGUMENTS = {
    **{tool.name: sorted(tool.arguments.model_fields) for tool in read_tools()},
    **{tool.name: sorted(tool.arguments.model_fields) for tool in GATE_TOOLS},
}


@dataclass(frozen=True)
class Holder:
    """A key: what it was issued for."""

    sellers: tuple[str, ...]
    marketplaces: tuple[str, ...] | None
    scopes: frozenset[Scope]
    tools: tuple[str, ...] | None


class Surface(Protocol):
    """One of the ways in: sends what was drawn, with a key, and gives all that came back as text."""

    def asked(self, sellers: dict[str, Seller]) -> st.SearchStrategy[dict[str, Any]]: ...

    def send(self, key: str, request: dict[str, Any]) -> str: ...


class Mcp:
    """Tools, lists, prompts and resources, as any client would ask for them."""

    def __init__(self, url: str) -> None:
        self._http = httpx2.Client(verify=NO_TLS, base_url=url, timeout=60)

    def asked(self, sellers: dict[str, Seller]) -> st.SearchStrategy[dict[str, Any]]:
        values = _values(sellers)

        def arguments(tool: str) -> st.SearchStrategy[dict[str, Any]]:
            known = [name for name in (*ARGUMENTS[tool], "account") if name in values]
            # Few at a time: each is one more reason for an empty answer.
            given = st.lists(st.sampled_from(known), max_size=2, unique=True)
            return given.flatmap(
                lambda names: st.fixed_dictionaries({name: values[name] for name in names})
            )

        calls = st.sampled_from(sorted(ARGUMENTS)).flatmap(
            lambda tool: arguments(tool).map(
                lambda given: {"method": "tools/call", "params": {"name": tool, "arguments": given}}
            )
        )
        prompts = st.sampled_from([prompt.name for prompt in PROMPTS]).map(
            lambda name: {"method": "prompts/get", "params": {"name": name}}
        )
        pages = st.sampled_from([*ARGUMENTS, "nothing"]).map(
            lambda tool: {
                "method": "resources/read",
                "params": {"uri": f"stockroom://columns/{tool}"},
            }
        )
        lists = st.sampled_from(["tools/list", "resources/list", "prompts/list"]).map(
            lambda method: {"method": method}
        )
        return st.one_of(calls, calls, calls, calls, prompts, pages, lists)

    def send(self, key: str, request: dict[str, Any]) -> str:
        answer = self._http.post(
            "/mcp",
            json={"jsonrpc": "2.0", "id": 1, **request},
            headers={
                "Authorization": f"Bearer {key}",
                "Accept": "application/json, text/event-stream",
            },
        )
        return answer.text


def _values(sellers: dict[str, Seller]) -> dict[str, st.SearchStrategy[Any]]:
    """For every argument that names something: things of everybody, and of nobody."""
    marks = [mark for one in sellers.values() for mark in one.marks.values()]
    skus = [f"SKU-{mark}" for mark in marks]
    changes = [str(one) for seller in sellers.values() for one in seller.changes.values()]
    cursors = [cursor for seller in sellers.values() for cursor in seller.cursors]
    return {
        "account": st.sampled_from([*sellers, "nobody"]),
        "marketplace": st.sampled_from(CODES),
        "sku": st.lists(st.sampled_from(skus), min_size=1, max_size=4),
        "asin": st.sampled_from([f"B0{mark}" for mark in marks]),
        "search": st.sampled_from(marks),
        "status": st.sampled_from(["active", "coming"]),
        "id": st.sampled_from(changes),
        "cursor": st.sampled_from(cursors),
        "limit": st.integers(1, 3),
        "detail": st.just("full"),
        "dataset": st.sampled_from(["orders", "listings", "returns"]),
        "as_of": st.just("2026-11-18"),
        "fingerprint": st.just("f"),
        "sort": st.just("sellable"),
    }


# --- who there is ---------------------------------------------------------------------------------


@pytest.fixture
async def sellers(house: House) -> dict[str, Seller]:
    """Who there is."""
    return await settled(house)


def holders(sellers: dict[str, Seller]) -> st.SearchStrategy[Holder]:
    """Keys of one organisation: any of its accounts, marketplaces, scopes and tools."""
    every = st.just(frozenset(Scope))
    scopes = st.one_of(every, every, every, st.sets(st.sampled_from(Scope), min_size=1))
    some = st.lists(st.sampled_from(READS), min_size=1, unique=True)
    tools = st.one_of(st.none(), st.none(), st.none(), some)
    places = st.one_of(
        st.none(), st.lists(st.sampled_from(["US", "CA", "DE", "FR"]), min_size=1, unique=True)
    )
    organisations = sorted({one.organisation for one in sellers.values()})
    return st.sampled_from(organisations).flatmap(
        lambda name: st.builds(
            Holder,
            st.lists(
                st.sampled_from([s for s, one in sellers.items() if one.organisation == name]),
                min_size=1,
                unique=True,
            ).map(tuple),
            places.map(lambda found: found and tuple(found)),
            scopes.map(frozenset),
            tools.map(lambda found: found and tuple(found)),
        )
    )


# --- the properties -------------------------------------------------------------------------------


@pytest.mark.early
# The server, in another thread of this process, draws random numbers of its own meanwhile.
@pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")
@pytest.mark.requirement("one-account-only")
@pytest.mark.requirement("marketplaces-held")
@pytest.mark.parametrize("examples", [50, pytest.param(3000, marks=pytest.mark.slow)])
async def test_nothing_of_another_tenant_ever_comes_back(
    house: House, sellers: dict[str, Seller], url: str, examples: int
) -> None:
    loop = asyncio.get_running_loop()
    keys: dict[Holder, str] = {}

    def done(work: Coroutine[Any, Any, str]) -> str:
        return asyncio.run_coroutine_threadsafe(work, loop).result()

    def key_of(holder: Holder) -> str:
        if holder not in keys:
            keys[holder] = done(issued(house, sellers, holder))
        return keys[holder]

    surfaces: list[Surface] = [Mcp(url)]
    await asyncio.to_thread(gather_cursors, surfaces[0], sellers, key_of)
    drawn = st.one_of(
        [st.tuples(st.just(one), holders(sellers), one.asked(sellers)) for one in surfaces]
    )

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=examples < 1000,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(drawn)
    def holds(case: tuple[Surface, Holder, dict[str, Any]]) -> None:
        surface, holder, drawn_request = case
        request = addressed(drawn_request, holder)
        strange = secrets_from(sellers, holder.sellers, holder.marketplaces)
        sent = json.dumps(request)
        answer = surface.send(key_of(holder), request)
        named = {name for name in strange if name in sent}
        assert not [name for name in strange - named if name in answer], (holder, request, answer)
        if named and "cursor" not in sent:
            nobodys = surface.send(key_of(holder), json.loads(blurred(sent, named)))
            assert blurred(answer, named) == nobodys, (holder, request)

    await asyncio.to_thread(holds)


def addressed(request: dict[str, Any], holder: Holder) -> dict[str, Any]:
    """The request, for one of the key's accounts where it has to name one."""
    params = request.get("params", {})
    if "arguments" not in params or len(holder.sellers) == 1 or params["name"] == "accounts":
        return request
    arguments = {"account": holder.sellers[-1]} | params["arguments"]
    return {**request, "params": {**params, "arguments": arguments}}


async def issued(house: House, sellers: dict[str, Seller], holder: Holder) -> str:
    accounts = [sellers[slug].account for slug in holder.sellers]
    key = NewKey(
        *("test", accounts, holder.scopes, holder.marketplaces, holder.tools),
        limits={"changes_per_day": 50, "spend_per_day": {"USD": "100"}},
    )
    return await house.registry.issue(accounts[0].organisation_id, key)


def gather_cursors(
    surface: Surface, sellers: dict[str, Seller], key_of: Callable[[Holder], str]
) -> None:
    """Every seller's own places in every tool that has pages."""
    for slug, seller in sellers.items():
        key = key_of(Holder((slug,), None, frozenset(Scope), None))
        for tool in READS:
            if "cursor" in ARGUMENTS[tool]:
                call = {"name": tool, "arguments": {"limit": 1}}
                text = surface.send(key, {"method": "tools/call", "params": call})
                cursor = json.loads(text)["result"]["structuredContent"].get("next_cursor")
                seller.cursors += [cursor] if cursor else []
        assert seller.cursors


@pytest.mark.requirement("row-security-forced")
@pytest.mark.requirement("marketplaces-held")
async def test_row_security_alone_keeps_them_apart(
    house: House, sellers: dict[str, Seller]
) -> None:
    """The same without any filter of ours: whole tables, by both roles, in every session."""
    place = house.database.place
    tables = [table for table in Base.metadata.sorted_tables if access_of(table).holder]
    for login in (place.writer, place.reader):
        with psycopg.connect(place.conninfo(login), autocommit=True) as connection:
            for seller in sellers.values():
                for reach in (EVERYWHERE, *(Reach((code,)) for code in seller.marks)):
                    with connection.transaction():
                        _enter(connection, seller, reach)
                        for table in tables:
                            _look(
                                connection,
                                table,
                                seller,
                                sellers,
                                reach,
                                reads=login is place.reader,
                            )


def _enter(connection: psycopg.Connection, seller: Seller, reach: Reach) -> None:
    account = seller.account
    entered = {
        "app.account": str(account.id),
        "app.organisation": str(account.organisation_id),
        "app.reach": reach.setting,
    }
    for name, value in entered.items():
        connection.execute("select set_config(%s, %s, true)", (name, value))


def _look(
    connection: psycopg.Connection,
    table: Any,
    seller: Seller,
    sellers: dict[str, Seller],
    reach: Reach,
    *,
    reads: bool,
) -> None:
    """Look for others in a whole table; only the reader is held to a reach."""
    access = access_of(table)
    if not (access.reader if reads else access.writer):
        return
    shown = [one.name for one in table.columns if not (reads and one.name in access.hidden)]
    columns = SQL(", ").join(SQL("{}::text").format(Identifier(name)) for name in shown)
    question = SQL("select concat_ws(' ', {}) from {}").format(
        columns, Identifier(table.schema, table.name)
    )
    text = "\n".join(row for (row,) in connection.execute(question).fetchall())
    codes = reach.marketplaces if reads and reach.marketplaces else tuple(seller.marks)
    own = {seller.marks[code] for code in codes}
    for other in sellers.values():
        strange = {*other.marks.values()} - own
        assert not [mark for mark in strange if mark in text], (table.key, reach)
        if other.account.id != seller.account.id:
            assert str(other.account.id) not in text, table.key
