"""Secrets a home makes for itself: the vault's first key, the pepper of API keys, the audit's key.

Only with the embedded database, which lives in the same home. A server that
outlives the home must be given its keys: data encrypted with a key that was
made in a lost container would be lost with it.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import SecretStr

from stockroom.core.config import Settings
from stockroom.core.errors import ConfigurationError
from stockroom.db.home import prepare

FILE = "keys.json"
"""What holds them, in the home."""


@dataclass(frozen=True, slots=True)
class HomeSecrets:
    """What one home made: each as the settings would spell it."""

    vault_keys: str
    pepper: str
    audit_key: str


def new_secrets() -> HomeSecrets:
    """Fresh random secrets; the key's name is its own, as keys of several years stand side by side."""
    name = f"key-{secrets.token_hex(3)}"
    return HomeSecrets(vault_keys=f"{name}:{_random()}", pepper=_random(), audit_key=_random())


def home_secrets(settings: Settings) -> HomeSecrets:
    """The home's secrets, made at the first call; every process gets the same.

    Raises:
        ConfigurationError: The database is not the home's own, or the file cannot be used.
    """
    if settings.database_url is not None:
        missing = " and ".join(name for name, given in _given(settings).items() if given is None)
        raise ConfigurationError(
            f"DATABASE_URL is set, but {missing} is not.",
            field=missing.partition(" ")[0],
            next_step="Set STOCKROOM_ENCRYPTION_KEYS, STOCKROOM_KEY_PEPPER and STOCKROOM_AUDIT_KEY"
            " to what stockroom secrets prints, and keep them with the database's backups.",
        )
    path = settings.home_path / FILE
    try:
        if not path.exists():
            _write_once(path)
        values = json.loads(path.read_text())
        return HomeSecrets(**{name: values[name] for name in HomeSecrets.__slots__})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(
            f"{path} cannot be used: {type(error).__name__}.",
            field="STOCKROOM_HOME",
            next_step="Run as the user that owns the home, or choose another with --home.",
        ) from None


def key_pepper(settings: Settings) -> bytes:
    """The key under which API keys are hashed.

    Raises:
        ConfigurationError: It is not base64 of 32 bytes, or missing and not to be made.
    """
    given = settings.key_pepper
    text = given.get_secret_value() if given else home_secrets(settings).pepper
    pepper = _decoded(text)
    if pepper is None:
        raise ConfigurationError(
            "STOCKROOM_KEY_PEPPER is not base64 of 32 bytes.",
            field="STOCKROOM_KEY_PEPPER",
            next_step="Set it to the value this database's keys were made with.",
        )
    return pepper


def audit_seeds(settings: Settings) -> list[bytes]:
    """The private keys of the audit: the first signs, the others did once.

    Raises:
        ConfigurationError: One is not base64 of 32 bytes, or all are missing and not to be made.
    """
    given = settings.audit_key
    text = given.get_secret_value() if given else home_secrets(settings).audit_key
    seeds = [_decoded(part.strip()) for part in text.split(",")]
    if any(seed is None for seed in seeds):
        raise ConfigurationError(
            "STOCKROOM_AUDIT_KEY is not base64 of 32 bytes (several are joined by commas).",
            field="STOCKROOM_AUDIT_KEY",
            next_step="Set it to what stockroom secrets prints; older ones may follow the first.",
        )
    return [seed for seed in seeds if seed is not None]


_BYTES = 32


def _given(settings: Settings) -> dict[str, SecretStr | None]:
    return {
        "STOCKROOM_ENCRYPTION_KEYS": settings.encryption_keys,
        "STOCKROOM_KEY_PEPPER": settings.key_pepper,
        "STOCKROOM_AUDIT_KEY": settings.audit_key,
    }


def _decoded(text: str) -> bytes | None:
    try:
        value = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return value if len(value) == _BYTES else None


def _random() -> str:
    return base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def _write_once(path: Path) -> None:
    """Racing first starts end with one file: the link of whoever came first."""
    prepare(path.parent)
    made = new_secrets()
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(asdict(made), file)
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
