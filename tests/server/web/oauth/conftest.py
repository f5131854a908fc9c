"""An authorization server at its true address, a browser with a person in it, and programs that ask."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest
from tests.serving import bound, serving

from stockroom.core.clock import FixedClock
from stockroom.core.config import Settings
from stockroom.entrypoints.house import House
from stockroom.entrypoints.http_app import create_app
from stockroom.net.outbound import Outbound
from stockroom.tenancy.home_secrets import key_pepper
from stockroom.tenancy.oauth.authority import Authority

VERIFIER = "a-verifier-that-is-long-enough-for-rfc-7636-to-accept-it"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode()[:43]
BACK = "http://127.0.0.1:33418/callback"
CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
ACCEPT = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with bound() as listener:
        yield listener


@pytest.fixture
def settings(settings: Settings, listener: socket.socket) -> Settings:
    return settings.model_copy(update={"port": listener.getsockname()[1]})


@pytest.fixture
async def house(house: House, settings: Settings, clock: FixedClock) -> House:
    """The house of the console's tests; documents of programs may be on this machine."""
    loopback = Outbound(also=[ip_address("127.0.0.1")])
    pepper = key_pepper(settings)
    return replace(house, authority=Authority.of(house.database, pepper, clock, loopback))


@pytest.fixture
async def url(house: House, listener: socket.socket) -> AsyncIterator[str]:
    async with serving(create_app(house), listener) as url:
        yield url


class _Ticked(HTMLParser):
    """What the form of a page would send as it stands, but for its buttons."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        ticked = given.get("type") != "checkbox" or "checked" in given
        if tag == "input" and given.get("name") and ticked:
            self.fields.setdefault(str(given["name"]), []).append(given.get("value") or "")


def ticked(page: httpx2.Response) -> dict[str, list[str]]:
    """The fields of a consent page as it stands."""
    parser = _Ticked()
    parser.feed(page.text)
    return parser.fields


@dataclass
class Program:
    """A program that asks for access, by hand: it can do everything wrong."""

    http: httpx2.AsyncClient
    client_id: str
    redirect_uri: str = BACK
    secret: str | None = None
    asked: dict[str, str] = field(default_factory=dict)

    def question(self, **changed: str | None) -> dict[str, str]:
        """The parameters of an authorization request; None leaves one out."""
        usual: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            "state": "the state",
            "resource": f"{str(self.http.base_url).rstrip('/')}/mcp",
        }
        return {name: value for name, value in (usual | changed).items() if value is not None}

    async def ask(self, **changed: str | None) -> httpx2.Response:
        """Send the browser to ``/authorize``."""
        return await self.http.get("/authorize", params=self.question(**changed))

    async def exchange(self, code: str, **changed: str | None) -> httpx2.Response:
        """A code for tokens."""
        return await self.post(
            "/token",
            **{
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self.redirect_uri,
                "code_verifier": VERIFIER,
                **changed,
            },
        )

    async def refresh(self, token: str, **changed: str | None) -> httpx2.Response:
        """A refresh token for the next pair."""
        return await self.post(
            "/token", **{"grant_type": "refresh_token", "refresh_token": token, **changed}
        )

    async def post(self, path: str, **fields: str | None) -> httpx2.Response:
        """A form, as this program."""
        given = {"client_id": self.client_id, "client_secret": self.secret, **fields}
        sent = {name: value for name, value in given.items() if value is not None}
        return await self.http.post(path, data=sent)

    async def call(self, token: str, tool: str = "accounts", query: str = "") -> httpx2.Response:
        """Call a tool."""
        headers = {**ACCEPT, "Authorization": f"Bearer {token}"}
        body = {**CALL, "params": {"name": tool, "arguments": {}}}
        return await self.http.post(f"/mcp{query}", json=body, headers=headers)


def said(response: httpx2.Response) -> dict[str, str]:
    """What a redirect tells a program."""
    assert response.status_code in {302, 303}, response.text
    return dict(parse_qsl(urlsplit(response.headers["location"]).query))


def answer(response: httpx2.Response) -> Any:
    """The object a tool answered with."""
    return json.loads(response.json()["result"]["content"][0]["text"])


@pytest.fixture
async def program(http: httpx2.AsyncClient) -> Program:
    """A public program that registered itself."""
    response = await http.post(
        "/register",
        json={
            "client_name": "Claude",
            "redirect_uris": [BACK],
            "token_endpoint_auth_method": "none",
        },
    )
    assert response.status_code == 201, response.text
    return Program(http, response.json()["client_id"])


Consents = Callable[..., Awaitable[httpx2.Response]]


@pytest.fixture
def consents(browser: Any) -> Consents:
    """The person in the browser answers a question: ``await consents(response, scope=[…])``."""

    async def answer_it(asked: httpx2.Response, **changed: Any) -> httpx2.Response:
        page = await browser.get(asked.headers["location"])
        fields = {**ticked(page), "answer": "allow", **changed}
        sent: httpx2.Response = await browser.http.post(str(page.url), data=fields)
        return sent

    return answer_it


@pytest.fixture
async def connected(program: Program, consents: Consents, browser: Any, join: Any) -> Any:
    """Ada, an owner, has let the program in, as it asked: its tokens."""
    await join("ada")
    await browser.sign_in("ada@example.com")
    code = said(await consents(await program.ask()))["code"]
    return (await program.exchange(code)).json()
