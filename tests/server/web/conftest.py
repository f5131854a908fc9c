"""Browsers in front of the console: they keep cookies, fill in forms, and follow where they are sent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from typing import Any
from uuid import UUID

import httpx2
import pytest
from argon2 import PasswordHasher
from tests.serving import NO_TLS

from stockroom.core.clock import FixedClock
from stockroom.core.config import Settings
from stockroom.entrypoints.house import House
from stockroom.tenancy.home_secrets import key_pepper
from stockroom.tenancy.passwords import Passwords
from stockroom.tenancy.reception import Reception
from stockroom.tenancy.roles import Role

PASSWORD = "correct horse battery"


class _Fields(HTMLParser):
    """Every form of a page: its action, and the fields it would send as it stands."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.forms.append((given.get("action") or "", {}))
        elif tag in {"input", "button"} and self.forms and given.get("name"):
            if given.get("type") in {"checkbox", "radio"} and "checked" not in given:
                return
            self.forms[-1][1][str(given["name"])] = given.get("value") or ""


@dataclass
class Browser:
    """One browser, as far as forms go."""

    http: httpx2.AsyncClient

    async def get(self, path: str) -> httpx2.Response:
        """A page, after the redirects that lead to it."""
        return await self.http.get(path, follow_redirects=True)

    async def send(self, page: httpx2.Response, action: str, **fields: Any) -> httpx2.Response:
        """Fill in the form of a page that leads to ``action``, and send it."""
        return await self.http.post(action, data={**form_of(page, action), **fields})

    async def sign_in(self, email: str, password: str = PASSWORD) -> httpx2.Response:
        """Sign in at the form."""
        page = await self.get("/console/sign-in")
        return await self.send(page, "/console/sign-in", email=email, password=password)


def form_of(page: httpx2.Response, action: str) -> dict[str, str]:
    """The fields of a page's form that leads to ``action``."""
    parser = _Fields()
    parser.feed(page.text)
    return next(fields for target, fields in parser.forms if target == action)


@pytest.fixture
async def house(house: House, settings: Settings, clock: FixedClock) -> House:
    """The house of the other server tests, with passwords that cost next to nothing."""
    cheap = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    reception = Reception.staffed(house.database, house.vault, key_pepper(settings), clock, cheap)
    return replace(house, reception=reception)


Join = Callable[..., Awaitable[UUID]]


@pytest.fixture
def join(house: House) -> Join:
    """Makes somebody a member of the agency: ``await join("ada", Role.VIEWER, "harbor")``."""

    async def make(
        name: str, role: Role = Role.OWNER, *slugs: str, organisation: str = "Agency"
    ) -> UUID:
        people, email = house.reception.persons, f"{name}@example.com"
        person = await people.find(email) or await people.add(email, name.title(), PASSWORD)
        accounts = [(await house.registry.account(slug)).id for slug in slugs] or None
        organisation_id = await house.registry.organisation(organisation)
        await house.reception.members.admit(organisation_id, person, role, accounts)
        return person

    return make


@pytest.fixture
async def open_browser(url: str) -> AsyncIterator[Callable[..., Awaitable[Browser]]]:
    """Opens another browser; several hold several sessions."""
    async with AsyncExitStack() as stack:

        async def make(**headers: str) -> Browser:
            client = httpx2.AsyncClient(verify=NO_TLS, base_url=url, headers=headers)
            return Browser(await stack.enter_async_context(client))

        yield make


@pytest.fixture
async def browser(open_browser: Callable[..., Awaitable[Browser]]) -> Browser:
    """A browser."""
    return await open_browser()
