"""Files that say the same thing twice are held together here."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml

from stockroom.core.config import Settings

ROOT = Path(__file__).parents[2]


def _locked() -> dict[str, tuple[str, set[str]]]:
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    return {
        package["name"]: (
            package["version"],
            {
                file["hash"]
                for file in [*package.get("wheels", []), package.get("sdist")]
                if file is not None
            },
        )
        for package in lock["package"]
        if package["name"] != "stockroom"
    }


def _required() -> dict[str, tuple[str, set[str]]]:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8").replace("\\\n", " ")
    found = {}
    for line in text.splitlines():
        match = re.match(r"([a-z0-9._-]+)(?:\[[a-z,]+\])?==([^\s;]+)", line)
        if match:
            found[match[1]] = (match[2], set(re.findall(r"--hash=(sha256:[0-9a-f]+)", line)))
    return found


def test_requirements_are_the_lock_with_its_hashes() -> None:
    assert _required() == _locked()


def test_the_lock_names_only_the_public_registry() -> None:
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    sources = {
        next(iter(package["source"].items()))
        for package in lock["package"]
        if package["name"] != "stockroom"
    }

    assert {kind for kind, _ in sources} == {"registry"}
    assert len(sources) == 1


@pytest.mark.parametrize("folder", ["clients", "conformance"])
def test_a_node_lock_names_no_registry_and_every_hash(folder: str) -> None:
    place = ROOT / "tests/node" / folder
    packages = json.loads((place / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    wanted = json.loads((place / "package.json").read_text(encoding="utf-8"))
    pinned = wanted["dependencies"] | wanted.get("optionalDependencies", {})

    assert {name: packages[f"node_modules/{name}"]["version"] for name in pinned} == pinned
    del packages[""]
    assert [name for name, about in packages.items() if "resolved" in about] == []
    assert [name for name, about in packages.items() if "integrity" not in about] == []


def test_the_example_environment_lists_every_setting_with_its_default() -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    example = dict(
        line.split("=", 1) for line in lines if line and not line.startswith("#") and "=" in line
    )
    names = {
        name.upper() if name.startswith("database_") else f"STOCKROOM_{name.upper()}"
        for name in Settings.model_fields
    }
    assert set(example) == names

    filled = {key: value for key, value in example.items() if value}
    from_example = Settings.model_validate(
        {
            key.removeprefix("STOCKROOM_").lower(): _json(value)
            for key, value in filled.items()
            if not key.startswith("DATABASE_")
        }
    )
    plain = Settings.model_construct()
    for name in Settings.model_fields:
        if name not in {"lwa_client_secret", "home"}:
            assert getattr(from_example, name) == getattr(plain, name), name


def _json(value: str) -> object:
    return yaml.safe_load(value) if value.startswith("[") else value


def test_compose_runs_the_four_services_the_docs_name() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    services = compose["services"]

    assert set(services) == {"postgres", "migrate", "serve", "work"}
    assert services["serve"]["depends_on"]["migrate"]["condition"] == (
        "service_completed_successfully"
    )
    assert services["migrate"]["command"] == ["db", "upgrade"]


def test_every_link_in_the_readme_leads_somewhere() -> None:
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]:
        text = page.read_text(encoding="utf-8")
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", text):
            assert (page.parent / target).exists(), f"{page.name} → {target}"


def test_every_command_of_the_makefile_is_in_the_readme() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for command in re.findall(r"^([a-z0-9]+):.*## ", makefile, re.MULTILINE):
        if command in {"install", "demo", "test", "check", "bench", "e2e", "conformance", "help"}:
            assert f"make {command}" in readme
