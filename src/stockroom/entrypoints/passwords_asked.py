"""A password for somebody: asked for twice on a terminal, else one line of standard input."""

from __future__ import annotations

import sys
from getpass import getpass

from stockroom.core.errors import InvalidInputError


def asked_password(prompt: str) -> str | None:
    """The password; None when nothing was given.

    Raises:
        InvalidInputError: The two differ.
    """
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n") or None
    given = getpass(prompt)
    if given and getpass("Once more: ") != given:
        raise InvalidInputError("The two passwords differ.", field="password")
    return given or None
