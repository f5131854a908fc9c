"""The home folder, as far as the database needs it: made, private, and locked between processes.

The locks are the kernel's: they end with the process that holds them, however
it dies.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stockroom.core.errors import ConfigurationError

_REMEDY = "Choose a folder you can write with --home or STOCKROOM_HOME."


@contextmanager
def usable(home: Path) -> Iterator[None]:
    """Say which folder it was when the system refuses to read or write inside the block.

    Raises:
        ConfigurationError: With the system's reason.
    """
    try:
        yield
    except OSError as error:
        raise ConfigurationError(
            f"The home {home} cannot be used: {error.strerror or error}.",
            field="STOCKROOM_HOME",
            next_step=_REMEDY,
        ) from error


def prepare(home: Path) -> None:
    """Make the home if there is none: private, but passable when Postgres must run as another.

    Raises:
        ConfigurationError: It is a file, or cannot be made or written.
    """
    with usable(home):
        if not home.exists():
            home.mkdir(parents=True, exist_ok=True)
            home.chmod(0o711 if os.geteuid() == 0 else 0o700)
        is_folder = home.is_dir()
    if not is_folder:
        raise ConfigurationError(
            f"The home {home} is a file, not a folder.", field="STOCKROOM_HOME", next_step=_REMEDY
        )


@contextmanager
def exclusive(home: Path) -> Iterator[None]:
    """One process at a time: starting, stopping and setting up the home's database."""
    descriptor = _open(home / "postgres.lock")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


class Presence:
    """This process uses the home's server; the last one out may stop it."""

    def __init__(self, home: Path) -> None:
        self._descriptor = _open(home / "postgres.users")
        fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def leave(self) -> bool:
        """Stop using it; whether nobody else does. Call it inside :func:`exclusive`."""
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        else:
            return True
        finally:
            os.close(self._descriptor)


def write_private(path: Path, text: str) -> None:
    """Replace a file as a whole; only its user can read it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _open(path: Path) -> int:
    with usable(path.parent):
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
