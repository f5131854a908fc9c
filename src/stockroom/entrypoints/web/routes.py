"""The console's addresses."""

from __future__ import annotations

from starlette.routing import Route

from stockroom.entrypoints.house import House
from stockroom.entrypoints.web.page import shown, signed_in
from stockroom.entrypoints.web.sign_in import sign_in, sign_in_page, sign_out
from stockroom.entrypoints.web.start import organisation_page, start_page
from stockroom.entrypoints.web.static_files import serve_static


def console_routes(_: House) -> list[Route]:
    """Every page of the console."""
    return [
        Route("/console/static/{name}", serve_static),
        Route("/console/sign-in", shown(sign_in_page)),
        Route("/console/sign-in", shown(sign_in), methods=["POST"]),
        Route("/console/sign-out", shown(sign_out), methods=["POST"]),
        Route("/console", signed_in(start_page)),
        Route("/console/", signed_in(start_page)),
        Route("/console/o/{organisation_id:uuid}/", signed_in(organisation_page)),
    ]
