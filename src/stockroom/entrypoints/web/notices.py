"""What a page says after something was done: fixed sentences, named in the address."""

from __future__ import annotations

from collections.abc import Mapping

NOTICES: Mapping[str, str] = {
    "signed-out": "You are signed out.",
}
