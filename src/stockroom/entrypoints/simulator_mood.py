"""``stockroom simulator mood``: see or change how the pretend Amazon misbehaves.

A running simulator is told, so it changes at once; otherwise the home is, and
the simulator begins with it.
"""

from __future__ import annotations

from typing import Any

import httpx

from stockroom.core.config import Settings
from stockroom.core.errors import ConfigurationError, InvalidInputError
from stockroom.simulator.moods.board import MoodBoard
from stockroom.simulator.moods.endpoint import PATH
from stockroom.simulator.world import World, WorldOptions

_PATIENCE_S = 5.0


def run(settings: Settings, moods: list[str], *, clear: bool) -> None:
    """Print what is on, after changing it if that was asked for.

    Raises:
        InvalidInputError: The home has no world, or a mood is unknown.
        ConfigurationError: Something answers at the simulator's address, but not it.
    """
    if moods and clear:
        raise InvalidInputError(
            "Moods are named and cleared at once.",
            field="clear",
            next_step="Leave out the moods, or --clear.",
        )
    asked = moods if moods or clear else None
    here = begin_with(settings, None)  # says so when there is no world
    told = _told(settings, asked)
    if told is None:
        told = begin_with(settings, asked) if asked is not None else here
        print("The pretend Amazon is not running; it will begin like this:")
    print("\n".join(told) or "No mood is on.")


def begin_with(settings: Settings, moods: list[str] | None) -> list[str]:
    """Write down what the simulator of a home begins with; None leaves it. Returns what is on.

    Raises:
        InvalidInputError: The home has no world, or a mood is unknown.
    """
    world = World(WorldOptions.load(settings.home_path))
    board = MoodBoard(settings.home_path, world.options.seed, world.sellers)
    if moods is not None:
        board.switch(moods)
    return [str(one) for one in board.settings]


def _told(settings: Settings, moods: list[str] | None) -> list[str] | None:
    """What is on in the running simulator, after telling it; None when none is running."""
    if settings.simulator_url is None:
        return None
    url = f"{settings.simulator_url}{PATH}"
    method = "GET" if moods is None else "PUT"
    body: dict[str, Any] = {} if moods is None else {"json": moods}
    try:
        with httpx.Client(trust_env=False, timeout=_PATIENCE_S) as client:
            answer = client.request(method, url, **body)
    except httpx.ConnectError:
        return None
    except httpx.RequestError as error:
        raise _stranger(url, type(error).__name__) from None
    return _understood(answer, url)


def _understood(answer: httpx.Response, url: str) -> list[str]:
    try:
        body = answer.json()
    except ValueError:
        raise _stranger(url, f"HTTP {answer.status_code}") from None
    match body:
        case list() if answer.is_success:
            return [str(one) for one in body]
        case {"errors": [{"code": "InvalidInput", "message": str(what), "details": str(remedy)}]}:
            raise InvalidInputError(what, field="mood", next_step=remedy)
    raise _stranger(url, f"HTTP {answer.status_code}")


def _stranger(url: str, why: str) -> ConfigurationError:
    return ConfigurationError(
        f"No pretend Amazon answers at {url} ({why}).",
        field="STOCKROOM_SIMULATOR_URL",
        next_step="Start it with 'stockroom demo'.",
    )
