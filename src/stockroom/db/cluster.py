"""The files of an embedded server: made once, as a whole, with a password on every login.

A cluster is built under another name and then renamed, so that a first start
that was killed leaves nothing that looks finished. ``initdb`` by default lets
every local user in as superuser; ours asks everyone for a password, over TCP on
the loopback alone.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from stockroom.core.errors import ConfigurationError
from stockroom.db.binaries import Programs, spare_folder
from stockroom.db.credentials import Login
from stockroom.db.home import usable

SUPERUSER = "postgres"

_ACCESS = "host all all 127.0.0.1/32 scram-sha-256\n"
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "max_connections": "60",
    "shared_buffers": "128MB",
    "max_wal_size": "2GB",
    "synchronous_commit": "on",
    "jit": "off",  # our statements are short; compiling them costs more than running them
    "max_parallel_workers_per_gather": "0",  # containers give /dev/shm 64 MB, too little to share
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_connections": "",
}


def make_cluster(
    home: Path, programs: Programs, superuser: Login, tuning: Mapping[str, str]
) -> Path:
    """Make the home's cluster.

    Args:
        home: Where its folder (or the link to it) appears as ``postgres``.
        programs: Postgres's programs.
        superuser: The login it begins with.
        tuning: Settings that differ from ours.

    Raises:
        ConfigurationError: The folder cannot be made, or ``initdb`` says why not.
    """
    near = programs.servant.reaches(home)
    base = home if near else spare_folder()
    draft = base / f"postgres.{'new' if near else secrets.token_hex(4)}"
    with usable(home):
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        programs.servant.own(draft)
        _initialise(draft, programs, superuser)
        (draft / "pg_hba.conf").write_text(_ACCESS)
        with (draft / "postgresql.conf").open("a") as file:
            file.writelines(
                f"{name} = '{value}'\n" for name, value in (_SETTINGS | dict(tuning)).items()
            )
        if near:
            draft.rename(home / "postgres")
        else:
            (home / "postgres").symlink_to(draft)
    return (home / "postgres").resolve()


def _initialise(draft: Path, programs: Programs, superuser: Login) -> None:
    # Its whole name: drafts of several homes lie in one folder where theirs cannot be reached.
    password = draft.with_name(f"{draft.name}.password")
    descriptor = os.open(password, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(descriptor, superuser.password.encode())
        programs.servant.own(password)
        done = programs.servant.run(
            [
                programs / "initdb",
                f"--pgdata={draft}",
                f"--username={superuser.name}",
                f"--pwfile={password}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--locale=C",
                "--no-instructions",
                "--no-sync",  # on a busy disk the longest part of a first start, before any data
            ]
        )
    finally:
        os.close(descriptor)
        password.unlink(missing_ok=True)
    if done.returncode != 0:
        shutil.rmtree(draft, ignore_errors=True)
        raise ConfigurationError(
            f"PostgreSQL could not make its files: {_reason(done.stdout)}",
            field="STOCKROOM_HOME",
            next_step="Free space or choose another home with --home, or set DATABASE_URL.",
        )


def _reason(output: str) -> str:
    errors = [line for line in output.splitlines() if "error:" in line or "FATAL" in line]
    return (errors or output.splitlines() or ["initdb said nothing."])[-1].strip()
