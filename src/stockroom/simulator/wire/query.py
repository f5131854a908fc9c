"""Reading a request's parameters the way Amazon does.

Lists arrive comma-joined or repeated; parameters nobody knows are ignored
(facts 5.1, trap 7: client libraries send several spellings of the marketplace).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from starlette.requests import Request

from stockroom.core.errors import InvalidInputError
from stockroom.core.marketplaces import BY_ID, Marketplace
from stockroom.simulator.wire.times import read_time
from stockroom.simulator.world import Seller

MOST_BODY_BYTES = 1_000_000


def invalid(details: str) -> InvalidInputError:
    """Amazon's 400 for a parameter it cannot use."""
    return InvalidInputError("Invalid request parameters", next_step=details)


def csv(request: Request, name: str, *, most: int | None = None) -> tuple[str, ...]:
    """A list parameter; empty when absent.

    Raises:
        InvalidInputError: It has more than ``most`` entries.
    """
    values = request.query_params.getlist(name)
    found = tuple(part.strip() for value in values for part in value.split(",") if part.strip())
    if most is not None and len(found) > most:
        raise invalid(f"{name} takes at most {most} values.")
    return found


def chosen(request: Request, name: str, allowed: Iterable[str]) -> tuple[str, ...]:
    """A list parameter whose values must be among ``allowed``."""
    found = csv(request, name)
    strangers = set(found) - set(allowed)
    if strangers:
        raise invalid(f"{name} has an unknown value: {min(strangers)}.")
    return found


def whole(request: Request, name: str, *, default: int, most: int) -> int:
    """A number from 1 to ``most``."""
    text = request.query_params.get(name)
    if text is None:
        return default
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise invalid(f"{name} must be a number from 1 to {most}.")
    return int(text)


def instant(request: Request, name: str) -> datetime | None:
    """An instant, or None when absent."""
    text = request.query_params.get(name)
    # A plus sign that was not percent-encoded arrives as a space.
    return None if text is None else read_time(text.strip().replace(" ", "+"), name)


def flag(request: Request, name: str) -> bool:
    """``true`` or anything else."""
    return request.query_params.get(name, "").lower() == "true"


def marketplaces(seller: Seller, ids: Iterable[str], *, most: int = 25) -> list[Marketplace]:
    """The marketplaces of ``ids``, each once, in the order given.

    Raises:
        InvalidInputError: None or too many are named, or the seller does not sell in one.
    """
    wanted = list(dict.fromkeys(ids))
    if not 1 <= len(wanted) <= most:
        raise invalid(f"marketplaceIds takes 1 to {most} values.")
    for one in wanted:
        if one not in BY_ID or BY_ID[one].code not in seller.marketplaces:
            raise invalid(f"Marketplace {one} is not one the seller participates in.")
    return [BY_ID[one] for one in wanted]


async def json_object(request: Request) -> dict[str, Any]:
    """The body as a JSON object.

    Raises:
        InvalidInputError: It is anything else, or too large.
    """
    body = await request.body()
    if len(body) > MOST_BODY_BYTES:
        raise invalid("The body is too large.")
    try:
        value = json.loads(body)
    except ValueError:
        raise invalid("The body is not JSON.") from None
    if not isinstance(value, dict):
        raise invalid("The body must be a JSON object.")
    return value
