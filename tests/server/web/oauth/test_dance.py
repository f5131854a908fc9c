"""The whole dance: a program finds out, registers, asks, is let in, calls, renews, is shut out."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import (
    AuthorizationCodeResult,
    OAuthClientInformationFull,
    OAuthClientMetadata,
    OAuthToken,
)
from pydantic import AnyUrl
from tests.serving import NO_TLS

from stockroom.core.clock import FixedClock
from stockroom.core.config import Settings
from stockroom.core.scope import READ_SCOPES
from stockroom.entrypoints.house import House
from stockroom.net.outbound import Outbound
from stockroom.net.public import Address
from stockroom.tenancy.home_secrets import key_pepper
from stockroom.tenancy.oauth.authority import Authority
from stockroom.tenancy.roles import Role

from .conftest import BACK, Program, answer, said, ticked


class Memory:
    """What the SDK's client keeps."""

    def __init__(self) -> None:
        self.tokens: OAuthToken | None = None
        self.client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


def sdk_client(
    url: str, browser: Any, memory: Memory, document: str | None = None
) -> OAuthClientProvider:
    """The SDK's own client; the person in the browser says yes to whatever is ticked."""
    told: list[dict[str, str]] = []

    async def open_page(address: str) -> None:
        page = await browser.get(address)
        fields = {**ticked(page), "answer": "allow"}
        told.append(said(await browser.http.post(str(page.url), data=fields)))

    async def come_back() -> AuthorizationCodeResult:
        return AuthorizationCodeResult(**told[-1])

    return OAuthClientProvider(
        f"{url}/mcp",
        OAuthClientMetadata(client_name="SDK", redirect_uris=[AnyUrl(BACK)]),
        memory,
        open_page,
        come_back,
        client_metadata_url=document,
    )


@pytest.mark.parametrize("mode", ["legacy", "2026-07-28"])
async def test_the_sdks_client_gets_in_by_itself_and_calls(
    url: str, browser: Any, join: Any, mode: Any
) -> None:
    await join("ada")
    await browser.sign_in("ada@example.com")
    memory = Memory()
    async with httpx2.AsyncClient(verify=NO_TLS, auth=sdk_client(url, browser, memory)) as http:
        transport = streamable_http_client(f"{url}/mcp", http_client=http)
        async with Client(transport, mode=mode) as client:
            result = await client.call_tool("accounts", {})
    assert not result.is_error
    assert memory.tokens is not None
    assert (memory.tokens.scope or "").split() == sorted(READ_SCOPES)
    assert memory.client is not None
    assert memory.client.client_secret  # it asked for one: confidential programs work as well


async def test_a_code_becomes_tokens_that_reach_what_was_granted(
    program: Program, connected: Any
) -> None:
    assert connected["token_type"] == "Bearer"
    assert connected["expires_in"] == 3600
    accounts = answer(await program.call(connected["access_token"]))
    assert {row[0] for row in accounts["rows"]} == {"harbor", "elm"}


async def test_an_access_token_ends_after_an_hour_and_is_renewed(
    program: Program, connected: Any, clock: FixedClock
) -> None:
    clock.move(3600)
    refused = await program.call(connected["access_token"])
    assert refused.status_code == 401
    assert 'error="invalid_token"' in refused.headers["www-authenticate"]
    renewed = (await program.refresh(connected["refresh_token"])).json()
    assert (await program.call(renewed["access_token"])).status_code == 200


async def test_a_grant_that_is_used_lives_on_and_one_that_is_not_ends_after_thirty_days(
    program: Program, connected: Any, clock: FixedClock
) -> None:
    for _ in range(2):
        clock.move(29 * 86_400)
        connected = (await program.refresh(connected["refresh_token"])).json()
    clock.move(30 * 86_400)
    assert (await program.refresh(connected["refresh_token"])).json()["error"] == "invalid_grant"


async def test_a_renewed_token_may_do_less_but_the_grant_stays_whole(
    program: Program, connected: Any
) -> None:
    less = (await program.refresh(connected["refresh_token"], scope="stock:read")).json()
    assert less["scope"] == "stock:read"
    more = await program.refresh(less["refresh_token"], scope="listings:write")
    assert more.json()["error"] == "invalid_scope"
    whole = (await program.refresh(less["refresh_token"])).json()
    assert whole["scope"].split() == sorted(READ_SCOPES)


async def test_a_program_with_a_secret_proves_itself_in_either_way(
    http: httpx2.AsyncClient, browser: Any, join: Any, consents: Any
) -> None:
    await join("ada")
    await browser.sign_in("ada@example.com")
    for method in ("client_secret_post", "client_secret_basic"):
        wish = {"redirect_uris": [BACK], "token_endpoint_auth_method": method}
        known = (await http.post("/register", json=wish)).json()
        assert known["client_secret_expires_at"] == 0
        program = Program(http, known["client_id"])
        code = said(await consents(await program.ask()))["code"]
        refused = await program.exchange(code)
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
        if method == "client_secret_post":
            program.secret = known["client_secret"]
            assert (await program.exchange(code)).status_code == 200
        else:
            pair = f"{known['client_id']}:{known['client_secret']}".encode()
            http.headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
            assert (await program.exchange(code, client_id=None)).status_code == 200
            del http.headers["Authorization"]


# --- programs described by a document ---------------------------------------------------------------


def _certificate(folder: Path, host: str) -> tuple[Path, ssl.SSLContext]:
    """A key and certificate for ``host``, and a context that believes it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)  # noqa: TID251 - certificates live in real time
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    text = certificate.public_bytes(serialization.Encoding.PEM)
    pem = folder / "server.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + text
    )
    return pem, ssl.create_default_context(cadata=text.decode())


@pytest.fixture
async def vouched(tmp_path: Path) -> AsyncIterator[tuple[str, ssl.SSLContext, list[bytes]]]:
    """A document on ``client.example``, served over TLS from this machine; what it says may change."""
    pem, trust = _certificate(tmp_path, "client.example")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem)
    says: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"Content-Type: application/json\r\nContent-Length: {len(says[-1])}"
        writer.write(f"HTTP/1.1 200 OK\r\n{head}\r\nConnection: close\r\n\r\n".encode() + says[-1])
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    address = f"https://client.example:{server.sockets[0].getsockname()[1]}/oauth/client.json"
    says.append(
        f'{{"client_id": "{address}", "client_name": "Vouched", "redirect_uris": ["{BACK}"],'
        ' "token_endpoint_auth_method": "none"}'.encode()
    )
    async with server:
        yield address, trust, says


def _calling(house: House, settings: Settings, clock: FixedClock, trust: ssl.SSLContext) -> House:
    async def resolve(_: str, __: int) -> list[Address]:
        return [ip_address("127.0.0.1")]

    outbound = Outbound(resolve, [ip_address("127.0.0.1")], trust)
    authority = Authority.of(house.database, key_pepper(settings), clock, outbound)
    return replace(house, authority=authority)


class TestDescribedByADocument:
    """Client ID metadata documents."""

    @pytest.fixture
    async def house(
        self, house: House, settings: Settings, clock: FixedClock, vouched: Any
    ) -> House:
        return _calling(house, settings, clock, vouched[1])

    async def test_the_sdks_client_needs_no_registration(
        self, url: str, browser: Any, join: Any, vouched: Any
    ) -> None:
        await join("ada")
        await browser.sign_in("ada@example.com")
        memory = Memory()
        auth = sdk_client(url, browser, memory, vouched[0])
        async with httpx2.AsyncClient(verify=NO_TLS, auth=auth) as http:
            transport = streamable_http_client(f"{url}/mcp", http_client=http)
            async with Client(transport) as client:
                assert not (await client.call_tool("accounts", {})).is_error
        assert memory.client is not None
        assert memory.client.client_id == vouched[0]

    async def test_the_page_names_the_host_that_vouches(
        self, http: httpx2.AsyncClient, browser: Any, join: Any, vouched: Any
    ) -> None:
        await join("ada", Role.VIEWER)
        await browser.sign_in("ada@example.com")
        asked = await Program(http, vouched[0]).ask()
        page = await browser.get(asked.headers["location"])
        assert urlsplit(vouched[0]).netloc in page.text

    async def test_what_is_not_its_document_makes_no_program(
        self, http: httpx2.AsyncClient, vouched: Any
    ) -> None:
        address, _, says = vouched
        for body in (
            b"[]",
            b"{}",
            says[0].replace(b"client.json", b"other.json"),
            says[0].replace(b"http://127.0.0.1", b"http://evil.example"),
            says[0].replace(b'"none"', b'"client_secret_post"'),
            says[0] + b" " * 6000,
        ):
            says.append(body)
            refused = await Program(http, address).ask()
            assert (refused.status_code, refused.json()["error"]) == (400, "invalid_client")

    async def test_a_change_of_the_document_counts_after_a_while(
        self, http: httpx2.AsyncClient, vouched: Any, clock: FixedClock
    ) -> None:
        address, _, says = vouched
        assert (await Program(http, address).ask()).status_code == 302
        says.append(says[0].replace(b"33418/callback", b"33418/elsewhere"))
        assert (await Program(http, address).ask()).status_code == 302
        clock.move(3600)
        assert (await Program(http, address).ask()).status_code == 400
