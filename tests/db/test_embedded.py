"""The embedded server: one per home, whoever starts first and however anybody dies."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from stockroom.core.config import Settings
from stockroom.core.errors import ConfigurationError
from stockroom.db.binaries import SPARE
from stockroom.db.embedded import running
from stockroom.db.engine import Database
from stockroom.db.migrate import upgrade
from stockroom.db.place import Place
from stockroom.db.postmaster import read_postmaster

# A command that uses the home until its input ends, and says on which port.
COMMAND = """
import sys
from pathlib import Path
from stockroom.db.embedded import running
with running(Path(sys.argv[1]), create=True) as place:
    print(place.port, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def home(open_folder: Path) -> Path:
    return open_folder / "a home"


def start_command(home: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def port_of(command: subprocess.Popen[str]) -> int:
    assert command.stdout is not None
    return int(command.stdout.readline())


def end(*commands: subprocess.Popen[str]) -> None:
    for command in commands:
        command.communicate()
        assert command.returncode == 0


def answers(place: Place) -> bool:
    with psycopg.connect(place.conninfo(place.admin, dbname="postgres")) as connection:
        return connection.execute("select 1").fetchone() == (1,)


def server_lives(home: Path) -> bool:
    data = (home / "postgres").resolve()
    found = read_postmaster(data)
    return found is not None and found.lives(data)


def test_a_home_is_made_started_and_stopped(home: Path) -> None:
    with running(home, create=True) as place:
        assert answers(place)
        assert server_lives(home)

    assert not server_lives(home)


def test_what_was_written_is_there_after_a_restart(home: Path) -> None:
    with (
        running(home, create=True) as place,
        psycopg.connect(place.conninfo(place.admin, dbname="postgres")) as connection,
    ):
        connection.execute("create table kept as select 42 as answer")
    with (
        running(home) as place,
        psycopg.connect(place.conninfo(place.admin, dbname="postgres")) as connection,
    ):
        assert connection.execute("select answer from kept").fetchone() == (42,)


def test_a_second_command_attaches_and_its_end_stops_nothing(home: Path) -> None:
    with running(home, create=True) as place:
        second = start_command(home)
        assert port_of(second) == place.port
        end(second)

        assert answers(place)


def test_the_last_one_out_stops_a_server_that_another_started(home: Path) -> None:
    first = start_command(home)
    port = port_of(first)
    with running(home) as place:
        end(first)
        assert place.port == port
        assert answers(place)

    assert not server_lives(home)


def test_a_killed_starter_leaves_a_server_that_the_next_command_takes_over(home: Path) -> None:
    first = start_command(home)
    port = port_of(first)
    first.kill()
    first.communicate()
    assert server_lives(home)

    with running(home) as place:
        assert place.port == port
        assert answers(place)

    assert not server_lives(home)


def test_a_killed_server_starts_again_on_its_port(home: Path) -> None:
    with running(home, create=True) as killed:
        found = read_postmaster(home / "postgres")
        assert found is not None
        os.kill(found.pid, signal.SIGKILL)
        os.waitid(os.P_PID, found.pid, os.WEXITED | os.WNOWAIT)  # a zombie now: dead, not reaped

        with running(home) as place:
            assert place.port == killed.port
            assert answers(place)


def test_a_port_that_somebody_took_meanwhile_is_left_to_them(home: Path) -> None:
    with running(home, create=True) as before:
        pass
    with socket.create_server(("127.0.0.1", before.port)), running(home) as place:
        assert answers(place)


def test_a_process_id_that_now_belongs_to_a_stranger_is_no_server(home: Path) -> None:
    with running(home, create=True) as place:
        lines = (home / "postgres" / "postmaster.pid").read_text().splitlines()
    left = [str(os.getpid()), *lines[1:]]
    (home / "postgres" / "postmaster.pid").write_text("\n".join(left) + "\n")
    if os.geteuid() == 0:
        owner = (home / "postgres").stat()
        os.chown(home / "postgres" / "postmaster.pid", owner.st_uid, owner.st_gid)

    with running(home) as again:
        assert again.port == place.port
        assert answers(again)


def test_four_first_starts_at_once_make_one_server(home: Path) -> None:
    commands = [start_command(home) for _ in range(4)]

    assert len({port_of(command) for command in commands}) == 1
    end(*commands)
    assert not server_lives(home)


def test_a_first_start_that_was_killed_leaves_nothing_in_the_way(home: Path) -> None:
    home.mkdir(mode=0o711)
    (home / "postgres.new").mkdir()
    (home / "postgres.new" / "PG_VERSION").write_text("18")

    with running(home, create=True) as place:
        assert answers(place)


@pytest.mark.parametrize(
    "name", ["with spaces and 'quotes\" $HOME", "ü ñ 日本", "/".join(["long" * 12] * 5)]
)
def test_any_path_will_do(open_folder: Path, name: str) -> None:
    with running(open_folder / name, create=True) as place:
        assert answers(place)


def test_nobody_logs_in_without_a_password(home: Path) -> None:
    with running(home, create=True) as place:
        for name in ("postgres", "writer", "reader", "owner"):
            for password in ("", "postgres", name):
                with pytest.raises(psycopg.OperationalError, match="password"):
                    psycopg.connect(
                        host="127.0.0.1",
                        port=place.port,
                        dbname="postgres",
                        user=name,
                        password=password,
                    )


def test_passwords_are_for_their_user_alone(home: Path) -> None:
    with running(home, create=True) as place:
        assert (home / "postgres.json").stat().st_mode & 0o777 == 0o600
        assert place.admin.password not in repr(place)


def test_only_this_machine_is_listened_to(home: Path) -> None:
    with (
        running(home, create=True) as place,
        psycopg.connect(place.conninfo(place.admin, dbname="postgres")) as connection,
    ):
        listening = connection.execute(
            "select current_setting('listen_addresses'), current_setting('unix_socket_directories')"
        ).fetchone()
    assert listening == ("127.0.0.1", "")


async def test_the_house_opens_what_the_upgrade_made(home: Path) -> None:
    settings = Settings(home=home, database_url=None)
    assert (await upgrade(settings)).up_to_date

    async with Database.open(settings) as database, database.system_session() as session:
        assert session.is_active
        with psycopg.connect(database.place.conninfo(database.place.reader)) as connection:
            assert connection.execute("select current_user").fetchone() == ("reader",)


# --- what cannot work says so in one line ------------------------------------------------------------


def complaint(home: Path, *, create: bool = True) -> str:
    with pytest.raises(ConfigurationError) as raised, running(home, create=create):
        pass
    assert raised.value.field == "STOCKROOM_HOME"
    assert raised.value.next_step
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_a_home_without_a_database_is_not_made_by_reading(home: Path) -> None:
    assert "stockroom demo" in complaint(home, create=False)
    assert not home.exists()


def test_a_home_that_is_a_file_is_named(open_folder: Path) -> None:
    (open_folder / "file").write_text("")

    assert f"{open_folder / 'file'} is a file" in complaint(open_folder / "file")
    assert str(open_folder / "file" / "below") in complaint(open_folder / "file" / "below")


def test_a_home_that_cannot_be_made_is_named() -> None:
    assert "/proc/stockroom" in complaint(Path("/proc/stockroom"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_home_that_cannot_be_written_is_named(open_folder: Path) -> None:
    (open_folder / "closed").mkdir(mode=0o500)

    assert str(open_folder / "closed") in complaint(open_folder / "closed")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may look everywhere")
def test_a_home_that_cannot_be_looked_into_is_named(open_folder: Path) -> None:
    (open_folder / "closed").mkdir(mode=0)

    said = complaint(open_folder / "closed" / "home", create=False)
    (open_folder / "closed").chmod(0o700)

    assert str(open_folder / "closed") in said


def test_a_server_that_does_not_start_says_why(home: Path) -> None:
    with running(home, create=True):
        pass
    with (home / "postgres" / "postgresql.conf").open("a") as file:
        file.write("shared_buffers = 'plenty'\n")

    said = complaint(home)

    assert "postgresql.conf" in said
    assert str(home / "postgres.log") in said


# --- root -------------------------------------------------------------------------------------------------


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs Postgres as another")
def test_a_closed_folder_above_the_home_stays_closed(open_folder: Path) -> None:
    closed = open_folder / "root"
    closed.mkdir(mode=0o700)

    with running(closed / "home", create=True) as place:
        assert answers(place)
        data = (closed / "home" / "postgres").resolve()

    assert data.parent == SPARE
    assert closed.stat().st_mode & 0o777 == 0o700
    assert data.stat().st_mode & 0o777 == 0o700
    shutil.rmtree(data)
