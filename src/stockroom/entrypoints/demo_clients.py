"""What to paste into which client. Only what works with a server on this machine."""

from __future__ import annotations

import json
import sys
from pathlib import Path


def recipes(mcp_url: str, key: str, home: Path) -> list[tuple[str, str]]:
    """Pairs of a client and what to paste there.

    Args:
        mcp_url: Where the server is.
        key: The key to use.
        home: The demo's home, for clients that start a process of their own.
    """
    bearer = f"Bearer {key}"
    remote = {"type": "http", "url": mcp_url, "headers": {"Authorization": bearer}}
    process = {
        "command": sys.executable,
        "args": ["-m", "stockroom.entrypoints.cli", "stdio", "--home", str(home)],
        "env": {"STOCKROOM_API_KEY": key},
    }
    bridge = {
        "command": "npx",
        "args": ["-y", "mcp-remote", mcp_url, "--header", "Authorization:${AUTH}", "--allow-http"],
        "env": {"AUTH": bearer},
    }
    return [
        (
            "Claude Desktop (claude_desktop_config.json)",
            _json({"mcpServers": {"stockroom": process}}),
        ),
        (
            "Claude Code",
            f'claude mcp add --transport http stockroom {mcp_url} --header "Authorization: {bearer}"',
        ),
        (
            "Cursor (.cursor/mcp.json)",
            _json(
                {"mcpServers": {"stockroom": {name: remote[name] for name in ("url", "headers")}}}
            ),
        ),
        ("VS Code (.vscode/mcp.json)", _json({"servers": {"stockroom": remote}})),
        (
            "mcp-remote, for clients that only start processes",
            _json({"mcpServers": {"stockroom": bridge}}),
        ),
    ]


ELSEWHERE = (
    "claude.ai and ChatGPT call from their own cloud: they need a public https address and"
    " sign-in (OAuth), which this demo on your machine does not have."
)


def _json(value: object) -> str:
    return json.dumps(value, indent=2)
