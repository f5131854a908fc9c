"""The guarded way out, against servers that mean harm."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address

import pytest

from stockroom.core.errors import NotAllowedError, UnreachableError
from stockroom.net.outbound import Outbound, Resolve
from stockroom.net.public import Address, is_public

LOOPBACK = ip_address("127.0.0.1")
BODY = json.dumps({"client_id": "x"}).encode()


def answer(body: bytes = BODY, *, status: str = "200 OK", **headers: str) -> bytes:
    told = {"Content-Type": "application/json", "Content-Length": str(len(body))} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    return f"HTTP/1.1 {status}\r\n{lines}Connection: close\r\n\r\n".encode() + body


@asynccontextmanager
async def serving(said: bytes, *, then_hang: bool = False) -> AsyncIterator[tuple[str, list[str]]]:
    """A server that says one thing to everybody: its address, and what it was asked."""
    asked: list[str] = []
    served: list[asyncio.Event] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.append(asyncio.Event())
        asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(said)
        if then_hang:
            await reader.read()
        writer.close()
        await writer.wait_closed()
        served[-1].set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/client.json", asked
        for one in served:
            await one.wait()


def resolving(*addresses: str) -> Resolve:
    async def resolve(_: str, __: int) -> list[Address]:
        return [ip_address(address) for address in addresses]

    return resolve


async def test_a_document_arrives_with_how_long_it_may_be_kept() -> None:
    async with serving(answer(Cache_Control="max-age=60")) as (url, asked):
        document = await Outbound(also=[LOOPBACK]).json(url, largest=1000)
    assert document.value == {"client_id": "x"}
    assert document.cache_control == "max-age=60"
    assert asked[0].startswith("GET /client.json HTTP/1.1\r\nHost: 127.0.0.1:")


@pytest.mark.requirement("outbound-guarded")
@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.255.0.9", "10.0.0.1", "172.16.5.5", "192.168.1.1", "169.254.169.254",
        "100.64.0.1", "0.0.0.0",  # noqa: S104 - nobody binds
        "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1",
        "198.18.0.1", "192.88.99.1", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "fec0::1",
        "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::7f00:1", "64:ff9b::7f00:1", "64:ff9b:1::1",
        "2002:7f00:1::", "2001::1", "2001:db8::1", "3fff::1",
    ],
)  # fmt: skip
async def test_a_name_that_leads_into_a_private_network_is_not_called(address: str) -> None:
    outbound = Outbound(resolve=resolving(address))
    with pytest.raises(NotAllowedError):
        await outbound.json("https://client.example/client.json", largest=1000)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111"])
def test_the_public_internet_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.requirement("outbound-guarded")
async def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    outbound = Outbound(resolve=resolving("8.8.8.8", "10.0.0.1"))
    with pytest.raises(NotAllowedError):
        await outbound.json("https://client.example/client.json", largest=1000)


@pytest.mark.requirement("outbound-guarded")
async def test_a_resolver_that_changes_its_mind_is_asked_once() -> None:
    answers = iter(["203.0.113.9", "127.0.0.1"])
    seen: list[str] = []

    async def rebinding(_: str, __: int) -> list[Address]:
        seen.append(next(answers))
        return [ip_address(seen[-1])]

    also = [ip_address("203.0.113.9")]  # documentation: nobody answers there
    with pytest.raises(UnreachableError):
        await Outbound(rebinding, also, within_s=0.2).json("https://client.example/c", largest=9)
    assert seen == ["203.0.113.9"]


@pytest.mark.requirement("outbound-guarded")
@pytest.mark.parametrize(
    "url",
    [
        "http://client.example/c.json", "http://127.0.0.1/c.json", "http://localhost/c.json",
        "ftp://client.example/c", "file:///etc/passwd", "https://user:pw@client.example/c",
        "https:///c.json", "https://client.example:0/c", "https://client.example:99999/c",
        "https://[::1/c", "//client.example/c", "https://client.example/a b", "javascript:alert(1)",
        "https://client.example\\@127.0.0.1/c", "https://client.example/\r\nX: y",
    ],
)  # fmt: skip
async def test_only_plain_https_addresses_are_called(url: str) -> None:
    with pytest.raises(NotAllowedError):
        await Outbound(resolve=resolving("127.0.0.1")).json(url, largest=1000)


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "127.1", "017700000001"])
async def test_an_address_in_an_odd_spelling_is_judged_like_the_plain_one(host: str) -> None:
    with pytest.raises((NotAllowedError, UnreachableError)):
        await Outbound().json(f"https://{host}:1/c", largest=1000)


@pytest.mark.requirement("outbound-guarded")
@pytest.mark.parametrize(
    "said",
    [
        answer(status="302 Found", Location="http://127.0.0.1:1/"),
        answer(status="404 Not Found"),
        answer(b"x" * 2000),
        answer(b'{"a": ' * 400 + b"1" + b"}" * 400),
        answer(b"<html>", Content_Type="text/html"),
        answer(b"not json"),
        answer(b"\x1f\x8b", Content_Encoding="gzip"),
        answer(b"", Content_Length="99"),
        b"nonsense\r\n\r\n",
    ],
)
async def test_what_is_no_small_document_is_refused(said: bytes) -> None:
    async with serving(said) as (url, asked):
        with pytest.raises(UnreachableError):
            await Outbound(also=[LOOPBACK]).json(url, largest=1000)
    assert len(asked) == 1


@pytest.mark.requirement("outbound-guarded")
async def test_a_server_that_takes_its_time_is_left() -> None:
    async with serving(answer(b"", Content_Length="10"), then_hang=True) as (url, _):
        with pytest.raises(UnreachableError, match="TimeoutError"):
            await Outbound(also=[LOOPBACK], within_s=0.1).json(url, largest=1000)


async def test_the_environments_proxies_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with serving(answer()) as (url, _):
        assert (await Outbound(also=[LOOPBACK]).json(url, largest=1000)).value
