"""The embedded server: started by the first who needs it, stopped by the last who leaves.

Every process that uses a home's server holds a shared lock on it. Starting and
stopping happen under another, exclusive one, so that racing first starts make
one cluster, and a server that lost its starter is neither forgotten nor started
twice.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from stockroom.core.errors import ConfigurationError
from stockroom.db.binaries import Programs, servant
from stockroom.db.cluster import SUPERUSER, make_cluster
from stockroom.db.credentials import Login, invent, recall
from stockroom.db.home import Presence, exclusive, prepare, usable
from stockroom.db.place import Place
from stockroom.db.postmaster import read_postmaster

_DATABASE = "stockroom"
_KEY = "embedded"
_NAMES = {"admin": SUPERUSER, "writer": "writer", "reader": "reader"}
_ATTEMPTS = 20
_PAUSE_S = 0.02
_PATIENCE = round(300 / _PAUSE_S)
"""Recovery after a crash may take minutes; a server that gives up says so at once."""
_PORT_TAKEN = "could not create any TCP/IP sockets"
"""It could not bind; or it could, and another was quicker to listen."""
_CHILDREN_LEFT = "is still in use"
_NO_TUNING: Mapping[str, str] = {}
_CHILDREN: dict[Path, subprocess.Popen[bytes]] = {}
"""Servers this process started, by cluster: whoever of us stops one must also bury it."""


@contextmanager
def running(
    home: Path, *, create: bool = False, tuning: Mapping[str, str] = _NO_TUNING
) -> Iterator[Place]:
    """The home's server, running inside the block.

    Args:
        home: The installation's home.
        create: Make home and cluster when there is none.
        tuning: Settings of a new cluster that differ from ours.

    Raises:
        ConfigurationError: There is none (and ``create`` is off), or it does not start.
    """
    if create:
        prepare(home)
    else:
        _require(home)
    programs = Programs(servant())
    with exclusive(home):
        presence = Presence(home)
        logins = recall(home, _KEY) or invent(home, _KEY, _NAMES)
        server = _Server(home, programs)
        server.start(logins["admin"], tuning)
    try:
        yield _place(server.port, logins)
    finally:
        with exclusive(home):
            if presence.leave():
                server.stop()


def _require(home: Path) -> None:
    with usable(home):
        there = (home / "postgres").exists()
    if not there:
        raise ConfigurationError(
            f"There is no database in {home}.",
            field="STOCKROOM_HOME",
            next_step="Make one with stockroom demo or stockroom db upgrade, or set DATABASE_URL.",
        )


def _place(port: int, logins: Mapping[str, Login]) -> Place:
    return Place(
        host="127.0.0.1",
        port=port,
        database=_DATABASE,
        admin=logins["admin"],
        owner="owner",
        writer=logins["writer"],
        reader=logins["reader"],
    )


class _Server:
    """Starting and stopping one cluster; every call inside the home's exclusive lock."""

    def __init__(self, home: Path, programs: Programs) -> None:
        self._home = home
        self._programs = programs
        self._data = (home / "postgres").resolve()
        self._log = home / "postgres.log"
        self.port = 0

    def start(self, superuser: Login, tuning: Mapping[str, str]) -> None:
        """Find it running, or run it."""
        if not self._data.exists():
            self._data = make_cluster(self._home, self._programs, superuser, tuning)
        with usable(self._home):
            if not self._attach():
                self._launch()

    def stop(self) -> None:
        """End it, letting running statements go and everything committed stay."""
        found = read_postmaster(self._data)
        if found is not None and found.lives(self._data):
            pg_ctl = self._programs / "pg_ctl"
            self._programs.servant.run(
                [pg_ctl, "stop", "-D", self._data, "-m", "fast", "-w", "-t", "60"]
            )
        if child := _CHILDREN.pop(self._data, None):
            child.wait()

    def _attach(self) -> bool:
        for _ in range(_PATIENCE):
            found = read_postmaster(self._data)
            if found is None or not found.lives(self._data):
                return False
            if found.ready:
                self.port = found.port
                return True
            Event().wait(_PAUSE_S)
        raise self._failed("it neither starts nor stops.")

    def _launch(self) -> None:
        """Run the server; a port that was free a moment ago may be taken by now."""
        if dead := _CHILDREN.pop(self._data, None):
            dead.wait()
        left = read_postmaster(self._data)
        # The old port: others may be waiting for it.
        port = left.port if left else _last_port(self._data) or _free_port()
        reason = ""
        for _ in range(_ATTEMPTS):
            reason = self._try(port, left.pid if left else None)
            if not reason:
                self.port = port
                return
            if _PORT_TAKEN in reason:
                port = _free_port()
            elif _CHILDREN_LEFT in reason:
                Event().wait(0.5)
            else:
                break
        raise self._failed(reason)

    def _try(self, port: int, stale: int | None) -> str:
        """Start once; what it complained of, or nothing when it is ready."""
        # A pid file whose process is a zombie or a stranger would stop it. Postgres overlooks the
        # id it finds here, and still checks that no child of the old server is left.
        environment = {} if stale is None else {"PG_GRANDPARENT_PID": str(stale)}
        postgres = self._programs / "postgres"
        descriptor = os.open(self._log, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "r+b") as log:
            begin = log.seek(0, os.SEEK_END)
            process = self._programs.servant.start(
                [postgres, "-D", self._data, "-p", str(port)], log, environment
            )
            for _ in range(_PATIENCE):
                try:
                    process.wait(_PAUSE_S)
                    break
                except subprocess.TimeoutExpired:
                    found = read_postmaster(self._data)
                    if found and found.pid == process.pid and found.ready:
                        _CHILDREN[self._data] = process
                        return ""
            process.terminate()
            log.seek(begin)
            return _complaint(log.read().decode(errors="replace"))

    def _failed(self, reason: str) -> ConfigurationError:
        return ConfigurationError(
            f"The embedded PostgreSQL does not start: {reason}",
            field="STOCKROOM_HOME",
            next_step=f"{self._log} says more; another --home or DATABASE_URL avoids it.",
        )


def _complaint(log: str) -> str:
    said = [line for line in log.splitlines() if "LOG:" in line or "FATAL:" in line]
    told = [line for line in said if _PORT_TAKEN in line or _CHILDREN_LEFT in line]
    last = (told or said or ["it said nothing"])[-1]
    return last.partition(":  ")[2] or last


def _last_port(data: Path) -> int | None:
    """Where the cluster's last server listened, as Postgres itself keeps it."""
    try:
        options = (data / "postmaster.opts").read_text(encoding="utf-8")
    except OSError:
        return None
    found = re.search(r'"-p" "(\d+)"', options)
    return int(found[1]) if found else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
