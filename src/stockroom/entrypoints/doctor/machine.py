"""What the doctor sees without a database: the disk, the secrets, and Amazon's sign-in service."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from stockroom.amazon.connection import amazon_time
from stockroom.core.clock import Clock
from stockroom.core.config import HOME_FILE, Settings
from stockroom.core.errors import StockroomError
from stockroom.db.credentials import FILE as LOGINS
from stockroom.entrypoints.doctor.finding import Finding, Verdict, fail, failed, ok, warn
from stockroom.tenancy.home_secrets import FILE as KEYS
from stockroom.tenancy.home_secrets import audit_seeds, key_pepper
from stockroom.tenancy.vault import Vault

_GIB = 2**30
_LITTLE, _NONE = 5 * _GIB, _GIB // 2
_SKEW, _WRONG = timedelta(seconds=30), timedelta(minutes=5)
SECRET_LIFE = timedelta(days=180)
SECRET_NOTICE = timedelta(days=90)
"""Amazon gives notice 90 days before a client secret ends; then all sellers end at once."""
_ROTATE = (
    "Rotate it in the developer console, then set STOCKROOM_LWA_CLIENT_SECRET and"
    " STOCKROOM_LWA_SECRET_ROTATED_ON."
)


def disk(settings: Settings) -> Finding:
    """Room for the database, if it is the home's, and for what a download needs."""
    place = settings.home_path
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    says = f"{free / _GIB:.1f} GiB free at {settings.home_path}."
    if free >= _LITTLE:
        return ok("disk", says)
    remedy = "Make room, or choose another folder with STOCKROOM_HOME."
    return (warn if free >= _NONE else fail)("disk", says, remedy)


def secrets(settings: Settings) -> Iterator[Finding]:
    """What is needed to open what is stored, to know a key, and to sign in at Amazon."""
    yield _keys(settings)
    loose = [
        path for path in _private(settings) if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    ]
    if loose:
        names = ", ".join(map(str, loose))
        yield fail("secret files", f"Others may read {names}.", f"chmod 600 {names}")
    else:
        yield ok("secret files", "Only their user can read them.")
    yield _client_secret(settings, settings.clock.now().date())


def _private(settings: Settings) -> Iterator[Path]:
    for name in (HOME_FILE, KEYS, LOGINS):
        path = settings.home_path / name
        if path.exists():
            yield path


def _keys(settings: Settings) -> Finding:
    given = settings.encryption_keys and settings.key_pepper and settings.audit_key
    if not given and settings.database_url is None and not (settings.home_path / KEYS).exists():
        return ok("keys", "They will be made in the home when they are first needed.")
    try:
        Vault.from_settings(settings)
        key_pepper(settings)
        audit_seeds(settings)
    except StockroomError as error:
        return failed("keys", error)
    return ok(
        "keys", "The encryption keys, the pepper of API keys and the audit's key can be used."
    )


def _client_secret(settings: Settings, today: date) -> Finding:
    check = "client secret"
    if not (settings.lwa_client_id and settings.lwa_client_secret.get_secret_value()):
        return fail(
            check,
            "This installation has no Login with Amazon credentials.",
            "Set STOCKROOM_LWA_CLIENT_ID and STOCKROOM_LWA_CLIENT_SECRET.",
        )
    made = settings.lwa_secret_rotated_on
    if made is None:
        return warn(
            check,
            "Nobody knows when it was made; it lives 180 days.",
            "Set STOCKROOM_LWA_SECRET_ROTATED_ON to that day.",
        )
    ends = made + SECRET_LIFE
    left = (ends - today).days
    if left <= 0:
        return fail(check, f"It ended on {ends}: all calls to Amazon fail.", _ROTATE)
    says = f"It ends on {ends}, in {left} days."
    return warn(check, says, _ROTATE) if left <= SECRET_NOTICE.days else ok(check, says)


async def amazons_clock(settings: Settings) -> list[Finding]:
    """Whether the sign-in service can be reached, and whether our machine's clock agrees with it."""
    try:
        theirs = await amazon_time(settings)
    except StockroomError as error:
        unknown = Finding("clock and Amazon", Verdict.WARN, "Not known: Amazon does not answer.")
        return [failed("Amazon", error), unknown]
    says = "Its sign-in service answers."
    # The machine's own time: an installation's clock may run on another on purpose.
    return [ok("Amazon", says), skew("clock and Amazon", Clock().now() - theirs)]


def skew(check: str, apart: timedelta) -> Finding:
    """How far two clocks are apart; positive: ours is ahead."""
    seconds = apart.total_seconds()
    direction = "ahead" if seconds > 0 else "behind"
    says = f"This machine is {abs(seconds):.0f} s {direction}."
    if abs(apart) <= _SKEW:
        return ok(check, says)
    remedy = "Let the machines take their time from one source (NTP)."
    return (warn if abs(apart) <= _WRONG else fail)(check, says, remedy)
