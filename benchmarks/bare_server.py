"""The floor: the SDK's own server with one tool that answers a constant of a given size.

Run as ``python bare_server.py PORT FILE``; FILE holds the JSON object to answer.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import uvicorn
from mcp.server import MCPServer
from mcp_types import CallToolResult, TextContent


def build(answer: dict[str, Any]) -> MCPServer:
    """A server whose tool ``constant`` returns ``answer`` as text and structured content."""
    server = MCPServer("floor", log_level="WARNING")
    text = json.dumps(answer, separators=(",", ":"))

    @server.tool()
    async def constant() -> CallToolResult:
        """The same answer every time."""
        return CallToolResult(
            content=[TextContent(type="text", text=text)], structured_content=answer
        )

    return server


def main() -> None:
    """Serve until stopped."""
    port, path = int(sys.argv[1]), Path(sys.argv[2])
    app = build(json.loads(path.read_text(encoding="utf-8"))).streamable_http_app(
        stateless_http=True, json_response=True
    )
    uvicorn.run(
        app, host="127.0.0.1", port=port, loop="uvloop", http="httptools", log_level="error"
    )


if __name__ == "__main__":
    main()
