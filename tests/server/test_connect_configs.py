"""What people are told to paste: it parses, leads where it should, and names what exists."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from stockroom.core.config import Settings
from stockroom.entrypoints.cli.main import app
from stockroom.entrypoints.connect_configs import (
    BRIDGE,
    CLIENTS,
    KEY_VARIABLE,
    Addresses,
    Paste,
    Way,
    on_this_machine,
)

ROOT = Path(__file__).parents[2]
GUIDES = ROOT / "docs/connect"
AT = Addresses("https://main.test/mcp?read_only=1&account=harbor-us", "https://keys.test/mcp")
KEY = "sk_stockroom_of-this-test"
PARSERS: dict[str, Callable[[str], Any]] = {
    "json": json.loads,
    "toml": tomllib.loads,
    "sh": shlex.split,
    "text": str.splitlines,
}
PASTES = [
    pytest.param(paste, id=f"{slug}-{number}")
    for slug, client in CLIENTS.items()
    for number, paste in enumerate(client.pastes(AT, KEY))
]


def words(value: Any) -> list[str]:
    """Every text in a parsed configuration."""
    if isinstance(value, dict):
        return [word for key, item in value.items() for word in (key, *words(item))]
    if isinstance(value, list):
        return [word for item in value for word in words(item)]
    return [str(value)]


@pytest.mark.parametrize("paste", PASTES)
def test_a_paste_parses_and_names_its_address_whole(paste: Paste) -> None:
    said = " ".join(words(PARSERS[paste.language](paste.text)))

    right, wrong = (AT.mcp_url, AT.keys_url)[:: 1 if paste.way is Way.SIGN_IN else -1]
    assert right in said
    assert wrong not in said


@pytest.mark.parametrize("paste", PASTES)
def test_who_signs_in_pastes_no_secret(paste: Paste) -> None:
    if paste.way is Way.SIGN_IN:
        assert KEY not in paste.text
        assert "uthorization" not in paste.text


def test_a_client_that_calls_from_afar_is_given_no_key() -> None:
    for client in CLIENTS.values():
        if client.calls_from_afar:
            assert [paste.way for paste in client.pastes(AT, KEY)] == [Way.SIGN_IN]


def test_the_bridge_is_the_one_that_the_tests_connect_with() -> None:
    wanted = json.loads((ROOT / "tests/node/clients/package.json").read_text(encoding="utf-8"))
    name, _, version = BRIDGE.partition("@")

    assert wanted["dependencies"][name] == version


def test_a_client_on_this_machine_starts_a_command_that_exists() -> None:
    paste = on_this_machine(Path("/usr/bin/python"), Path("/home of/stockroom"), KEY)
    block = json.loads(paste.text)["mcpServers"]["stockroom"]
    module, command, option, home = block["args"][1:]

    assert module == "stockroom.entrypoints.cli"
    assert (option, home) == ("--home", "/home of/stockroom")
    assert get_command(app).main([command, "--help"], "stockroom", standalone_mode=False) == 0
    assert block["env"] == {KEY_VARIABLE: KEY}
    assert KEY_VARIABLE.removeprefix("STOCKROOM_").lower() in Settings.model_fields


def test_every_client_has_a_guide_and_every_guide_is_found() -> None:
    guides = {page.stem for page in GUIDES.glob("*.md")} - {"README"}
    index = (GUIDES / "README.md").read_text(encoding="utf-8")

    assert guides == set(CLIENTS)
    assert all(f"({slug}.md)" in index for slug in guides)


@pytest.mark.parametrize("slug", CLIENTS)
def test_a_guide_says_what_is_seen_what_goes_wrong_and_how_it_ends(slug: str) -> None:
    text = (GUIDES / f"{slug}.md").read_text(encoding="utf-8")

    for paste in CLIENTS[slug].pastes(AT, KEY):
        assert f"<!-- paste {slug} {paste.way} -->" in text
    assert "\n## When something goes wrong\n" in text
    if slug != "other":
        assert "\n## What you see\n" in text
        assert "\n## Disconnect\n" in text


def test_guides_name_only_settings_and_addresses_that_exist() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in GUIDES.glob("*.md"))
    named = set(re.findall(r"STOCKROOM_[A-Z_]+", text))
    addresses = set(re.findall(r"https://[\w.]*example\.com[^\s`\")]*", text))

    assert {name.removeprefix("STOCKROOM_").lower() for name in named} <= set(Settings.model_fields)
    assert addresses == {
        "https://stockroom.example.com/mcp",
        "https://keys.stockroom.example.com/mcp",
    }
