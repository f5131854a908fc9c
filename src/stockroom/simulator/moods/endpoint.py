"""``/_mood``: read, replace or clear what is on, while the pretend Amazon runs."""

from __future__ import annotations

import json

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stockroom.core.errors import InvalidInputError
from stockroom.simulator.moods.board import MoodBoard

PATH = "/_mood"


def mood_route(board: MoodBoard) -> Route:
    """GET, PUT and DELETE; each answers with the JSON list of what is on afterwards."""

    async def endpoint(request: Request) -> Response:
        if request.method == "PUT":
            board.switch(_texts(await request.body()))
        elif request.method == "DELETE":
            board.switch([])
        return JSONResponse([str(one) for one in board.settings])

    return Route(PATH, endpoint, methods=["GET", "PUT", "DELETE"])


def _texts(body: bytes) -> list[str]:
    try:
        texts = json.loads(body)
    except ValueError:
        texts = None
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise InvalidInputError(
            "The body is no JSON list of moods.",
            field="mood",
            next_step='Send for example ["flaky", "half-report:GET_LEDGER_SUMMARY_VIEW_DATA"].',
        )
    return texts
