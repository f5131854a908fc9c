"""The server process of a cluster: is it there, on which port, and is it really ours.

Postgres writes ``postmaster.pid``. After a crash the file stays behind, and the
number in it may belong to nobody, to a dead process that was never reaped (a
container without an init), or to somebody else. Only a living process whose
working folder is this cluster counts.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

_LINES = 8
_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Postmaster:
    """What the file says.

    Args:
        pid: The server's process id.
        port: Where it listens.
        ready: It takes connections.
    """

    pid: int
    port: int
    ready: bool

    def lives(self, data: Path) -> bool:
        """Whether that process is the server of this cluster."""
        return _lives_here(self.pid, data) if _PROC.is_dir() else _lives_by_ps(self.pid, data)


def read_postmaster(data: Path) -> Postmaster | None:
    """What ``postmaster.pid`` says, of a living server or a dead one; None without a file."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return None
    try:
        pid, port = int(lines[0]), int(lines[3])
    except (IndexError, ValueError):  # caught while it is being written
        return None
    return Postmaster(pid, port, len(lines) >= _LINES and lines[_LINES - 1].strip() == "ready")


def _lives_here(pid: int, data: Path) -> bool:
    process = _PROC / str(pid)
    try:
        state = (process / "stat").read_text().rpartition(")")[2].split()[0]
        return state not in {"Z", "X"} and (process / "cwd").readlink() == data
    except (FileNotFoundError, ProcessLookupError):
        return False


def _lives_by_ps(pid: int, data: Path) -> bool:
    found = subprocess.run(  # noqa: S603 - a number, not through a shell
        ["/bin/ps", "-ww", "-o", "stat=,command=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
    )
    state, _, command = found.stdout.strip().partition(" ")
    return state[:1] not in {"", "Z"} and str(data) in command
