"""What to paste into which client, for one server: the guides, the demo and the console show the same.

A client connects in one of two ways. *Sign-in*: it is given the main address, finds out there
how a person signs in, and gets tokens of its own. *Key*: a header carries an API key. Several
clients drop that header as soon as an address offers sign-in, so keys go to an address of their
own, which offers none.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

NAME = "stockroom"
KEY_VARIABLE = "STOCKROOM_API_KEY"
"""Where a client that reads the environment looks for the key; also that of ``stockroom stdio``."""
BRIDGE = "mcp-remote@0.15.1"
"""The bridge for clients that only start processes: the version the tests connect with."""


class Way(StrEnum):
    """How a client proves who asks."""

    SIGN_IN = "sign-in"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where one server is reached."""

    mcp_url: str
    """Sign-in, and keys."""
    keys_url: str
    """Keys alone: no sign-in is offered there."""


@dataclass(frozen=True, slots=True)
class Paste:
    """One text, and where it belongs."""

    way: Way
    where: str
    """A file, a menu, or a terminal."""
    language: str
    """Of the text: ``json``, ``toml``, ``sh`` or ``text``."""
    text: str


Make = Callable[[Addresses, str], tuple[Paste, ...]]


@dataclass(frozen=True, slots=True)
class Client:
    """A program that people connect."""

    name: str
    calls_from_afar: bool
    """It calls from its vendor's cloud, so it needs a public address with TLS."""
    _make: Make

    def pastes(self, at: Addresses, key: str) -> tuple[Paste, ...]:
        """What to paste, the recommended way first.

        Args:
            at: Where the server is.
            key: The API key, or a placeholder for it.
        """
        return self._make(at, key)


def _claude(at: Addresses, _: str) -> tuple[Paste, ...]:
    return (Paste(Way.SIGN_IN, "Settings → Connectors → Add custom connector", "text", at.mcp_url),)


def _chatgpt(at: Addresses, _: str) -> tuple[Paste, ...]:
    return (Paste(Way.SIGN_IN, "Settings → Apps → Create, as MCP server URL", "text", at.mcp_url),)


def _claude_code(at: Addresses, key: str) -> tuple[Paste, ...]:
    add = f"claude mcp add --transport http {NAME}"
    header = f'--header "Authorization: {_bearer(key)}"'
    return (
        Paste(Way.SIGN_IN, "a terminal", "sh", f"{add} {shlex.quote(at.mcp_url)}"),
        Paste(Way.KEY, "a terminal", "sh", f"{add} {shlex.quote(at.keys_url)} \\\n  {header}"),
    )


def _claude_desktop(at: Addresses, key: str) -> tuple[Paste, ...]:
    return (_bridge(at, key, "claude_desktop_config.json"),)


def _cursor(at: Addresses, key: str) -> tuple[Paste, ...]:
    file = ".cursor/mcp.json"
    return (
        Paste(Way.SIGN_IN, file, "json", _servers({"url": at.mcp_url})),
        Paste(Way.KEY, file, "json", _servers({"url": at.keys_url, "headers": _headers(key)})),
    )


def _vscode(at: Addresses, _: str) -> tuple[Paste, ...]:
    file = ".vscode/mcp.json"
    asked = {
        "type": "promptString",
        "id": f"{NAME}-key",
        "description": "Stockroom API key",
        "password": True,
    }
    signed_in = {"type": "http", "url": at.mcp_url}
    keyed = {"type": "http", "url": at.keys_url, "headers": _headers(f"${{input:{asked['id']}}}")}
    return (
        Paste(Way.SIGN_IN, file, "json", _json({"servers": {NAME: signed_in}})),
        Paste(Way.KEY, file, "json", _json({"inputs": [asked], "servers": {NAME: keyed}})),
    )


def _codex(at: Addresses, _: str) -> tuple[Paste, ...]:
    file = "~/.codex/config.toml"
    table = f"[mcp_servers.{NAME}]\n"
    return (
        Paste(Way.SIGN_IN, file, "toml", f"{table}url = {json.dumps(at.mcp_url)}"),
        Paste(
            Way.KEY,
            file,
            "toml",
            f'{table}url = {json.dumps(at.keys_url)}\nbearer_token_env_var = "{KEY_VARIABLE}"',
        ),
    )


def _any(at: Addresses, key: str) -> tuple[Paste, ...]:
    request = f"POST {at.keys_url}\nAuthorization: {_bearer(key)}"
    return (
        Paste(Way.SIGN_IN, "wherever the client asks for an address", "text", at.mcp_url),
        Paste(Way.KEY, "a client of your own", "text", request),
        _bridge(at, key, "a client that only starts processes"),
    )


CLIENTS: Mapping[str, Client] = {
    "claude": Client("Claude", calls_from_afar=True, _make=_claude),
    "claude-code": Client("Claude Code", calls_from_afar=False, _make=_claude_code),
    "claude-desktop": Client("Claude Desktop", calls_from_afar=False, _make=_claude_desktop),
    "chatgpt": Client("ChatGPT", calls_from_afar=True, _make=_chatgpt),
    "cursor": Client("Cursor", calls_from_afar=False, _make=_cursor),
    "vscode": Client("VS Code", calls_from_afar=False, _make=_vscode),
    "codex": Client("Codex", calls_from_afar=False, _make=_codex),
    "other": Client("Any other client", calls_from_afar=False, _make=_any),
}
"""Every client with a guide of its own, in the order of the guides; the name is the page's."""


def on_this_machine(python: Path, home: Path, key: str) -> Paste:
    """For a client beside the server: it starts ``stockroom stdio`` and needs no address.

    Args:
        python: The interpreter that Stockroom is installed for.
        home: The installation's home.
        key: The API key.
    """
    command = ["-m", "stockroom.entrypoints.cli", "stdio", "--home", str(home)]
    process = {"command": str(python), "args": command, "env": {KEY_VARIABLE: key}}
    return Paste(Way.KEY, "claude_desktop_config.json", "json", _servers(process))


def _bridge(at: Addresses, key: str, where: str) -> Paste:
    # No space after the colon: some clients on Windows split an argument there.
    process = {
        "command": "npx",
        "args": ["-y", BRIDGE, at.keys_url, "--header", "Authorization:${AUTHORIZATION}"],
        "env": {"AUTHORIZATION": _bearer(key)},
    }
    return Paste(Way.KEY, where, "json", _servers(process))


def _bearer(key: str) -> str:
    return f"Bearer {key}"


def _headers(key: str) -> dict[str, str]:
    return {"Authorization": _bearer(key)}


def _servers(server: Mapping[str, Any]) -> str:
    return _json({"mcpServers": {NAME: server}})


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
