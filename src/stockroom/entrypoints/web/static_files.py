"""The console's own files: read once, served under an address that changes with their content."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

_KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FOLDER = Path(__file__).parent / "static"
_ADDRESS = "/console/static/"


@dataclass(frozen=True, slots=True)
class _File:
    content: bytes
    kind: str
    version: str


def _read(path: Path) -> _File:
    content = path.read_bytes()
    return _File(content, _KINDS[path.suffix], hashlib.sha256(content).hexdigest()[:12])


_FILES = {path.name: _read(path) for path in _FOLDER.iterdir() if path.suffix in _KINDS}


def static_address(name: str) -> str:
    """Where a page finds one of the files."""
    return f"{_ADDRESS}{name}?v={_FILES[name].version}"


async def serve_static(request: Request) -> Response:
    """One of the files; a browser never asks twice for the same content."""
    file = _FILES.get(request.path_params["name"])
    if file is None:
        return Response(status_code=404)
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(file.content, media_type=file.kind, headers=headers)
