"""``stockroom secrets``: three lines that an installation can start with, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from stockroom.core.config import Settings
from stockroom.entrypoints import fresh_secrets
from stockroom.tenancy.home_secrets import key_pepper
from stockroom.tenancy.vault import Vault
from stockroom.writes.heads import Signer

NAMES = ("STOCKROOM_ENCRYPTION_KEYS", "STOCKROOM_KEY_PEPPER", "STOCKROOM_AUDIT_KEY")


def printed(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    fresh_secrets.run()
    lines = capsys.readouterr().out.splitlines()
    return dict(line.split("=", 1) for line in lines)


def test_an_installation_can_start_with_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = printed(capsys)
    settings = Settings(
        home=tmp_path,
        database_url="postgresql://owner@localhost/stockroom",
        encryption_keys=made[NAMES[0]],
        key_pepper=made[NAMES[1]],
        audit_key=made[NAMES[2]],
    )
    assert tuple(made) == NAMES
    assert isinstance(Vault.from_settings(settings), Vault)
    assert len(key_pepper(settings)) == 32
    assert Signer.from_settings(settings).trusted
    assert not list(tmp_path.iterdir())


def test_they_are_never_the_same_twice(capsys: pytest.CaptureFixture[str]) -> None:
    first, second = printed(capsys), printed(capsys)
    assert not set(first.values()) & set(second.values())


@pytest.mark.parametrize("name", NAMES)
def test_compose_hands_them_over_and_can_be_validated_before_they_are_made(name: str) -> None:
    """Unset they are empty, and the server says which is missing and how to make it."""
    text = (Path(__file__).parents[2] / "docker-compose.yml").read_text(encoding="utf-8")
    environment = yaml.safe_load(text)["x-stockroom"]["environment"]
    assert environment[name] == f"${{{name}:-}}"
