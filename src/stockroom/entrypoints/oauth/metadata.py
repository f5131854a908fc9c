"""The documents by which clients find their way (RFC 8414, RFC 9728)."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stockroom.core.scope import READ_SCOPES
from stockroom.entrypoints.oauth.addresses import Addresses
from stockroom.tenancy.oauth.reach import OFFERED

_PUBLIC = {"Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=300"}
_ASKED = {"Access-Control-Allow-Methods": "GET", "Access-Control-Allow-Headers": "*"}
_PROOFS = ["none", "client_secret_post", "client_secret_basic"]


def metadata_routes(addresses: Addresses) -> list[Route]:
    """The documents, also where clients of older drafts look for them."""
    server, resource = _server(addresses), _resource(addresses)
    return [
        _document("/.well-known/oauth-authorization-server", server),
        _document("/.well-known/oauth-authorization-server/mcp", server),
        _document("/.well-known/oauth-protected-resource", resource),
        _document("/.well-known/oauth-protected-resource/mcp", resource),
    ]


def _document(path: str, content: dict[str, Any]) -> Route:
    async def serve(request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=_PUBLIC | _ASKED)
        return JSONResponse(content, headers=_PUBLIC)

    return Route(path, serve, methods=["GET", "OPTIONS"])


def _server(addresses: Addresses) -> dict[str, Any]:
    base = addresses.base
    return {
        "issuer": base,
        "authorization_endpoint": f"{base}/authorize",
        "token_endpoint": f"{base}/token",
        "registration_endpoint": f"{base}/register",
        "revocation_endpoint": f"{base}/revoke",
        "scopes_supported": sorted(OFFERED),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_methods_supported": _PROOFS,
        "revocation_endpoint_auth_methods_supported": _PROOFS,
        "code_challenge_methods_supported": ["S256"],
        "client_id_metadata_document_supported": True,
        "authorization_response_iss_parameter_supported": True,
    }


def _resource(addresses: Addresses) -> dict[str, Any]:
    return {
        "resource": addresses.resource,
        "authorization_servers": [addresses.base],
        # What a first connection should ask for: more is granted by stepping up.
        "scopes_supported": sorted(READ_SCOPES),
        "bearer_methods_supported": ["header"],
        "resource_name": "Stockroom",
    }
