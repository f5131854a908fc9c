"""Tenants stay apart in the console: random members, pages and names, and nothing of anybody else.

As over MCP: whoever names another's thing is answered as if it did not exist.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.server.tenants import Seller, blurred, secrets_from, settled
from tests.server.web.conftest import PASSWORD, Join, form_of
from tests.serving import NO_TLS

from stockroom.core.scope import READ_SCOPES
from stockroom.entrypoints.house import House
from stockroom.tenancy.issuing import NewKey
from stockroom.tenancy.roles import Role

_MARK = re.compile(r'name="csrf" value="[^"]*"')


@dataclass(frozen=True)
class Guest:
    """A member: of which organisation, as what, with which accounts."""

    organisation: str
    role: Role
    sellers: tuple[str, ...]


@dataclass(frozen=True)
class Step:
    """One page that is opened, or one form that is sent."""

    path: str
    query: dict[str, str] = field(default_factory=dict)
    sends: dict[str, str] | None = None

    @property
    def address(self) -> str:
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path


class Console:
    """A browser per guest, signed in when first needed."""

    def __init__(self, url: str, enter: Callable[[Guest], str]) -> None:
        self._url = url
        self._enter = enter
        self._signed_in: dict[Guest, tuple[httpx2.Client, str]] = {}

    def close(self) -> None:
        """Close them all."""
        for browser, _ in self._signed_in.values():
            browser.close()

    def take(self, guest: Guest, step: Step) -> str:
        """What comes back: status, where it leads, and the page without its form's mark."""
        browser, csrf = self._browser(guest)
        if step.sends is None:
            answer = browser.get(step.address)
        else:
            answer = browser.post(step.address, data={**step.sends, "csrf": csrf})
        told = (str(answer.status_code), answer.headers.get("location", ""), answer.text)
        return _MARK.sub("", "\n".join(told))

    def _browser(self, guest: Guest) -> tuple[httpx2.Client, str]:
        if guest not in self._signed_in:
            email = self._enter(guest)
            browser = httpx2.Client(verify=NO_TLS, base_url=self._url, timeout=60)
            page = browser.get("/console/sign-in")
            fields = form_of(page, "/console/sign-in")
            browser.post("/console/sign-in", data={**fields, "email": email, "password": PASSWORD})
            mine = browser.get("/console/me")
            assert mine.status_code == 200
            self._signed_in[guest] = browser, form_of(mine, "/console/sign-out")["csrf"]
        return self._signed_in[guest]


def steps(sellers: dict[str, Seller]) -> st.SearchStrategy[Step]:
    """Any page and any form, about things of everybody."""
    every = list(sellers.values())
    marks = [mark for one in every for mark in one.marks.values()]
    organisation = st.sampled_from([f"/console/o/{one.account.organisation_id}" for one in every])
    account = st.sampled_from(every).flatmap(
        lambda one: st.just(f"/console/o/{one.account.organisation_id}/a/{one.account.slug}")
    )
    crossed = st.tuples(organisation, st.sampled_from(sorted(sellers))).map("/a/".join)
    place = st.one_of(account, account, crossed)
    change = st.sampled_from([str(one) for seller in every for one in seller.changes.values()])
    key = st.sampled_from([str(one) for seller in every for one in seller.keys])
    mark = st.sampled_from(marks)
    code = st.sampled_from(["US", "CA", "DE", "FR"])
    pages = st.one_of(
        st.sampled_from(["/console/", "/console/me", "/console/clients"]).map(Step),
        st.builds("{}{}".format, organisation, st.sampled_from(_OF_ORGANISATIONS)).map(Step),
        st.builds("{}{}".format, place, st.sampled_from(_OF_ACCOUNTS)).map(Step),
        st.builds("{}/keys/{}".format, organisation, key).map(Step),
        st.builds("{}/changes/{}{}".format, place, change, st.sampled_from(["", "/now"])).map(Step),
        st.builds("/console/changes/{}".format, change).map(Step),
    )
    asked = st.one_of(
        st.builds(
            lambda at, sku, where: Step(f"{at}/sku", {"sku": f"SKU-{sku}", "marketplace": where}),
            *(place, mark, code),
        ),
        st.builds(
            lambda at, who, tool: Step(f"{at}/audit", {"who": f"key {who}", "tool": tool}),
            *(place, mark, st.sampled_from(["set_price", ""])),
        ),
        st.builds(
            lambda at, sku, where: Step(f"{at}/stock", {"sku": f"SKU-{sku}", "marketplace": where}),
            *(place, mark, code),
        ),
    )
    sent = st.one_of(
        st.builds("{}/keys/{}/revoke".format, organisation, key),
        st.builds("{}/keys/{}/rotate".format, organisation, key),
        st.builds("{}/data/{}/discard".format, place, change),
        st.builds("{}/stop".format, place),
        st.builds("{}/changes/{}/{}".format, place, change, st.sampled_from(["approve", "reject"])),
    ).map(lambda path: Step(path, {}, {"stop": "nothing", "reason": "a look"}))
    return st.one_of(pages, pages, asked, sent)


_OF_ORGANISATIONS = ("/", "/accounts", "/changes", "/keys", "/members", "/connections", "/keys/new")
_OF_ACCOUNTS = ("/", "/data", "/backfill", "/backfill/now", "/stock", "/changes", "/audit")


def guests(sellers: dict[str, Seller]) -> st.SearchStrategy[Guest]:
    """Members of one organisation, with any of its accounts; an owner has all."""

    def of(organisation: str) -> st.SearchStrategy[Guest]:
        own = sorted(slug for slug, one in sellers.items() if one.organisation == organisation)
        some = st.lists(st.sampled_from(own), min_size=1, unique=True).map(sorted)
        lower = st.sampled_from([role for role in Role if role is not Role.OWNER])
        return st.one_of(
            st.just(Guest(organisation, Role.OWNER, tuple(own))),
            *[st.builds(lambda role, has: Guest(organisation, role, tuple(has)), lower, some)] * 3,
        )

    return st.sampled_from(sorted({one.organisation for one in sellers.values()})).flatmap(of)


@pytest.fixture
async def sellers(house: House) -> dict[str, Seller]:
    """Who there is, each with a key of its own."""
    found = await settled(house)
    for seller in found.values():
        mark = "".join(seller.marks.values())
        new = NewKey(f"key {mark}", [seller.account], READ_SCOPES, purpose=mark)
        organisation_id = seller.account.organisation_id
        await house.registry.issue(organisation_id, new)
        keys = await house.registry.keys_of(organisation_id)
        seller.keys = [key.id for key in keys if key.purpose == mark]
    return found


# The server, in another thread of this process, draws random numbers of its own meanwhile.
@pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")
@pytest.mark.requirement("one-account-only")
@pytest.mark.parametrize("examples", [40, pytest.param(2000, marks=pytest.mark.slow)])
async def test_no_page_shows_or_touches_what_is_another_tenants(
    sellers: dict[str, Seller], url: str, join: Join, examples: int
) -> None:
    loop = asyncio.get_running_loop()

    def done(work: Awaitable[Any]) -> Any:
        async def awaited() -> Any:
            return await work

        return asyncio.run_coroutine_threadsafe(awaited(), loop).result()

    def enter(guest: Guest) -> str:
        name = f"guest{abs(hash(guest))}"
        granted = () if guest.role is Role.OWNER else guest.sellers
        done(join(name, guest.role, *granted, organisation=guest.organisation))
        return f"{name}@example.com"

    console = Console(url, enter)

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=examples < 1000,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(guests(sellers), steps(sellers))
    def holds(guest: Guest, step: Step) -> None:
        strange = secrets_from(sellers, guest.sellers, None)
        named = {name for name in strange if name in f"{step}"}
        answer = console.take(guest, step)
        assert not [name for name in strange - named if name in answer], (guest, step, answer)
        if named:
            nobodys = console.take(guest, _blurred(step, named))
            assert blurred(answer, named) == nobodys, (guest, step)

    try:
        await asyncio.to_thread(holds)
    finally:
        console.close()


def _blurred(step: Step, strange: set[str]) -> Step:
    query = {name: blurred(value, strange) for name, value in step.query.items()}
    return Step(blurred(step.path, strange), query, step.sends)
