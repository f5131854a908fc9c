"""What a page says after something was done: fixed sentences, named in the address."""

from __future__ import annotations

from collections.abc import Mapping

NOTICES: Mapping[str, str] = {
    "disconnected": "The client is disconnected. It finds out with its next request.",
    "signed-out": "You are signed out.",
}
