"""The home of a demo: its world, its clock, its addresses; one demo at a time.

What other commands must know stands in ``stockroom.env``, so that ``stockroom
truth`` or ``stockroom sync`` with the same home see the same Amazon at the same
time. The clock began at the world's ``now`` and goes on with real time, also
while the demo is stopped.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from stockroom.core.clock import Clock
from stockroom.core.config import HOME_FILE, Settings, load_settings
from stockroom.core.errors import ConfigurationError, InvalidInputError
from stockroom.core.marketplaces import Region
from stockroom.db.home import prepare, usable, write_private
from stockroom.entrypoints.demo_plan import DemoPlan
from stockroom.entrypoints.listening import listening
from stockroom.simulator.credentials import APPLICATION_ID, CLIENT_ID, CLIENT_SECRET
from stockroom.simulator.moods.setting import read_settings
from stockroom.simulator.world import World, WorldOptions, default_now
from stockroom.simulator.world.options import WORLD_FILE
from stockroom.simulator.world.parameters import parameters
from stockroom.tenancy.home_secrets import new_secrets

_HOST = "127.0.0.1"
_LOCK = "demo.lock"


@contextmanager
def claimed(home: Path) -> Iterator[None]:
    """The home is ours inside the block; the kernel gives it back however we end.

    Raises:
        ConfigurationError: Another demo runs in it, or it cannot be used.
    """
    fresh = not home.exists()
    prepare(home)
    descriptor = _locked(home)
    try:
        yield
    finally:
        if not (home / WORLD_FILE).exists():
            _leave_as_it_was(home, fresh=fresh)
        os.close(descriptor)


def _locked(home: Path) -> int:
    while True:
        with usable(home):
            descriptor = os.open(home / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise ConfigurationError(
                f"A demo is already running in {home}.",
                field="STOCKROOM_HOME",
                next_step="Stop it with Ctrl-C, or choose another folder with --home.",
            ) from None
        if os.fstat(descriptor).st_nlink:
            return descriptor
        os.close(descriptor)  # another demo gave up between our two calls, and took the file along


def _leave_as_it_was(home: Path, *, fresh: bool) -> None:
    """Nothing began here: no file of ours stays, and no folder that we made."""
    (home / _LOCK).unlink(missing_ok=True)
    if fresh:
        with suppress(OSError):  # somebody else put something into it
            home.rmdir()


def prepared(settings: Settings, plan: DemoPlan) -> tuple[Settings, WorldOptions]:
    """The settings and the world of a claimed home, both written down in it.

    Raises:
        InvalidInputError: An option or mood is impossible, or contradicts the world the home began
            with.
        ConfigurationError: The home holds a real installation, or the asked port is taken.
    """
    if plan.port:
        with listening(_HOST, plan.port):
            pass
    home = settings.home_path
    options = _world(home, plan)
    read_settings(plan.moods or (), World(options).sellers)  # before anything is written
    if not (home / WORLD_FILE).exists():
        with usable(home):
            options.save(home)
    return _settled(settings, options, plan), options


def _world(home: Path, plan: DemoPlan) -> WorldOptions:
    overrides = _overrides(plan.world)
    if (home / WORLD_FILE).exists():
        options = WorldOptions.load(home)
        _check_same(options, plan, overrides)
        return options
    if (home / "postgres").exists():
        raise ConfigurationError(
            f"{home} holds an installation that is no demo.",
            field="STOCKROOM_HOME",
            next_step="Choose another folder with --home.",
        )
    named = {
        "seed": plan.seed,
        "account_count": plan.accounts,
        "skus": plan.skus,
        "days": plan.days,
    }
    given: dict[str, Any] = {name: value for name, value in named.items() if value is not None}
    return WorldOptions.create(now=default_now(Clock().now()), overrides=overrides, **given)


def _settled(settings: Settings, options: WorldOptions, plan: DemoPlan) -> Settings:
    """Write ``stockroom.env`` and read the settings again, as every other command will."""
    machine = Clock().now()
    start, anchor = settings.clock_start or options.now, settings.clock_anchor or machine
    simulator = f"http://{_HOST}:{_simulator_port(settings)}"
    port = _port(settings, plan)
    fresh = new_secrets()
    vault_keys, pepper, audit_key = (
        settings.encryption_keys,
        settings.key_pepper,
        settings.audit_key,
    )
    values = {
        "SIMULATOR_URL": simulator,
        "LWA_URL": f"{simulator}/auth/o2/token",
        **{f"SPAPI_{region}_URL": f"{simulator}/{region.lower()}" for region in ("NA", "EU", "FE")},
        **{f"ADS_LWA_{region}_URL": f"{simulator}/auth/o2/token" for region in Region},
        **{f"ADS_{region}_URL": f"{simulator}/ads/{region.lower()}" for region in Region},
        **{
            f"SELLER_CENTRAL_{region}_URL": f"{simulator}/seller-central/{region.lower()}"
            for region in Region
        },
        **{f"ADS_CONSENT_{region}_URL": f"{simulator}/ap/oa" for region in Region},
        "SPAPI_APPLICATION_ID": APPLICATION_ID,
        "LWA_CLIENT_ID": CLIENT_ID,
        "LWA_CLIENT_SECRET": CLIENT_SECRET,
        "LWA_SECRET_ROTATED_ON": str(options.now.date()),
        "ENCRYPTION_KEYS": vault_keys.get_secret_value() if vault_keys else fresh.vault_keys,
        "KEY_PEPPER": pepper.get_secret_value() if pepper else fresh.pepper,
        "AUDIT_KEY": audit_key.get_secret_value() if audit_key else fresh.audit_key,
        "CLOCK_START": (start + timedelta(days=plan.advance)).isoformat(),
        "CLOCK_ANCHOR": anchor.isoformat(),
        "CLOCK_RATE": str(settings.clock_rate),
        "PORT": str(port),
        **_keys_port(settings, port, simulator),
    }
    home = settings.home_path
    with usable(home):
        lines = [f"STOCKROOM_{name}={value}\n" for name, value in values.items()]
        write_private(home / HOME_FILE, "".join(lines))
    return load_settings(home=home)


def _overrides(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InvalidInputError(
            f"{path} does not exist.", field="world", next_step="Correct the path after --world."
        ) from None
    except (OSError, ValueError) as error:
        raise InvalidInputError(
            f"{path} cannot be read as JSON ({type(error).__name__}).",
            field="world",
            next_step='Write one object of parameters, e.g. {"demand_scale": 2.0}.',
        ) from None
    if not isinstance(values, dict):
        raise InvalidInputError(
            f"{path} holds no JSON object.",
            field="world",
            next_step='Write one object of parameters, e.g. {"demand_scale": 2.0}.',
        )
    return values


def _check_same(options: WorldOptions, plan: DemoPlan, overrides: dict[str, Any]) -> None:
    asked = {
        "seed": (plan.seed, options.seed),
        "accounts": (plan.accounts, len(options.accounts)),
        "skus": (plan.skus, options.skus),
        "days": (plan.days, options.days),
        "world": (parameters(overrides) if plan.world else None, options.parameters),
    }
    for name, (wanted, present) in asked.items():
        if wanted is not None and wanted != present:
            raise InvalidInputError(
                f"This home began with another --{name}, and a home keeps its world.",
                field=name,
                next_step="Leave the option out, or choose another folder with --home.",
            )


def _port(settings: Settings, plan: DemoPlan) -> int:
    """The asked port, or the usual one; another when that is taken and none was asked for."""
    if plan.port:
        return plan.port
    return settings.port if plan.port is None and _is_free(settings.port) else _any_port()


def _keys_port(settings: Settings, port: int, simulator: str) -> dict[str, str]:
    """Another port for keys when the usual one, the next after the main one, is taken."""
    wanted = settings.keys_port or port + 1
    taken = wanted == port or simulator.endswith(f":{wanted}") or not _is_free(wanted)
    chosen = _any_port() if taken else wanted
    return {} if chosen == port + 1 else {"KEYS_PORT": str(chosen)}


def _simulator_port(settings: Settings) -> int:
    known = (settings.simulator_url or "").rpartition(":")[2]
    return int(known) if known.isdigit() and _is_free(int(known)) else _any_port()


def _is_free(port: int) -> bool:
    """Whether a port of this machine can be listened on."""
    try:
        socket.create_server((_HOST, port)).close()
    except (OSError, OverflowError):  # there are 65535 of them
        return False
    return True


def _any_port() -> int:
    with socket.create_server((_HOST, 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
