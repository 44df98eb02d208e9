"""README, ARCHITECTURE, CONTRIBUTING and docs/ say what is so: layers, nouns, gates, settings, commands."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from fastapi.routing import APIRoute

import cli
from bank.service.app import build_routes
from bank.service.settings import BankSettings
from checks.gates import GATES
from releases import WORKFLOWS
from settings import MarketSettings
from signer.service.settings import SignerSettings
from tests.pages.routes import program
from tron.node import control
from tron.node.settings import NodeSettings

ROOT = Path(__file__).parents[2]
PRODUCT = [
    path
    for path in ROOT.rglob("*.py")
    if not {"tests", "bench", "checks", "clients", "demo", "devstack"} & set(path.relative_to(ROOT).parts)
    and not any(part.startswith(".") or part in {"build", "migrations"} for part in path.relative_to(ROOT).parts)
]
GUIDES = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "docs" / "runbooks").glob("*.md")]
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
# Settings that are read by a command and not by a program; those of Temporal are its SDK's.
OF_COMMANDS = {"HOLDFAST_API_URL", "HOLDFAST_OPERATOR_KEY"}


def read(name: str) -> str:
    return (ROOT / name).read_text()


def section(text: str, heading: str) -> str:
    return text.partition(f"\n{heading}\n")[2].partition("\n## ")[0]


def naming(pattern: str, *, apart_from: str = "nothing") -> set[str]:
    """The files of the product in which `pattern` is found, those with `apart_from` in their path left out."""
    return {
        path.relative_to(ROOT).as_posix()
        for path in PRODUCT
        if apart_from not in path.as_posix() and re.search(pattern, path.read_text())
    }


def test_the_layers_drawn_are_those_of_the_import_contract() -> None:
    drawn = re.search(r"```layers\n(.+?)\n```", read("ARCHITECTURE.md"), re.DOTALL)
    contracts = tomllib.loads(read("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    [layers] = [contract["layers"] for contract in contracts if contract["id"] == "layers"]
    assert drawn is not None
    assert drawn[1].splitlines() == layers


def test_the_readme_names_every_part_of_the_api_and_every_workflow() -> None:
    text = read("README.md")
    parts = {f"api/{path.parent.name}/" for path in ROOT.glob("api/*/*.py") if "admin" not in path.parts}
    stories = {workflow.__module__.replace(".", "/") + ".py" for workflow in WORKFLOWS}
    unnamed = {name for name in parts | stories if f"`{name}`" not in text}
    assert unnamed == set()


def test_contributing_lists_every_gate() -> None:
    table = section(read("CONTRIBUTING.md"), "## Gates")
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(GATES)


def test_the_files_to_touch_for_a_noun_are_those_that_know_one() -> None:
    text = section(read("CONTRIBUTING.md"), "## Add a noun")
    own, _, shared = text.partition("These shared files learn of it.")
    listed = set(re.findall(r"^\| `([\w/]+\.py)`", shared.partition("And its tests:")[0], re.MULTILINE))
    assert listed == naming(r"payment_request|PaymentRequest", apart_from="payment_request")
    for path in re.findall(r"^\| `([\w/]+\.py)`", own, re.MULTILINE):
        assert "payment_request" in path and (ROOT / path).exists(), path


def test_the_files_to_touch_for_a_step_are_those_that_know_one() -> None:
    listed = set(re.findall(r"`([\w/]+\.py)`", section(read("CONTRIBUTING.md"), "## Add a saga step")))
    assert naming(r"Step\.COMMISSION|\b(?:pay|book)_commission\b") - listed == set()
    assert naming(r"name (?:= |(?:NOT )?IN \([^)]*)'commission'") - listed == set()


def settings() -> set[str]:
    found: set[str] = set()
    for model in (MarketSettings, BankSettings, NodeSettings, SignerSettings):
        prefix = str(model.model_config.get("env_prefix"))
        found |= {f"{prefix}{name}".upper() for name in model.model_fields}
    return found | OF_COMMANDS


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_a_setting_that_a_guide_names_exists(guide: Path) -> None:
    known = settings()
    named = re.findall(r"\bHOLDFAST_[A-Z_]+(?:…|\b)", guide.read_text())
    unknown = [
        name
        for name in named
        if name not in known and not (name.endswith("…") and any(one.startswith(name[:-1]) for one in known))
    ]
    assert unknown == []


def has_command(words: list[str]) -> bool:
    """Whether the command line has a command that begins with these words."""
    command: Any = typer.main.get_command(cli.app)
    for word in words:
        commands = getattr(command, "commands", None)
        if commands is None:
            return True  # what follows are its arguments
        if word not in commands:
            return False
        command = commands[word]
    return True


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_a_command_that_a_guide_names_exists(guide: Path) -> None:
    shown = CODE.findall(guide.read_text())
    named = [call.split() for code in shown for call in re.findall(r"\bholdfast ((?:[a-z][a-z-]+ ?)+)", code)]
    assert [words for words in named if not has_command(words)] == []


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_a_make_target_that_a_guide_names_exists(guide: Path) -> None:
    targets = set(re.findall(r"^(\w+):", read("Makefile"), re.MULTILINE))
    shown = CODE.findall(guide.read_text())
    named = {target for code in shown for target in re.findall(r"(?:^|`|\n|&& )make ([a-z]+)", code)}
    assert named - targets == set()


DOCUMENTS = [program().openapi(), build_routes().openapi()]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: str(document["info"]["title"]))
def test_the_documentation_describes_each_of_its_groups(document: dict[str, Any]) -> None:
    routes = [route for methods in document["paths"].values() for route in methods.values()]
    used = {tag for route in routes for tag in route["tags"]}
    described = [tag["name"] for tag in document["tags"] if tag["description"]]
    assert used == set(described) and len(described) == len(set(described))


def addresses() -> set[str]:
    """`METHOD /path` of every route of the market, the bank and the node, without base, each parameter as `{}`."""
    commands = [route for route in control.router.routes if isinstance(route, APIRoute)]
    found = {f"{method} {route.path}" for route in commands for method in route.methods or ()}
    for document in DOCUMENTS:
        for path, operations in document["paths"].items():
            bare = re.sub(r"\{\w+\}", "{}", path.removeprefix("/api/v1"))
            found |= {f"{method.upper()} {bare}" for method in operations}
    return found


ADDRESSES = addresses()


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_an_address_that_a_guide_names_exists(guide: Path) -> None:
    text = guide.read_text()
    named = re.findall(r"`(GET|POST|PUT|DELETE) (?:/api/v1)?(/[^`\s?{]*(?:\{\w+\}[^`\s?{]*)*)", text)
    # In a table whose calls are all of one method, paths have no method.
    named += [("POST", path) for path in re.findall(r"^\| `(/deals/[^`]+)`", text, re.MULTILINE)]
    unknown = [
        f"{method} {path}" for method, path in named if f"{method} {re.sub(r'{.+?}', '{}', path)}" not in ADDRESSES
    ]
    assert unknown == []


def test_an_error_code_is_listed_once_and_with_its_meaning() -> None:
    rows = re.findall(r"^\| `(\w+)` \|.*\| (.*) \|$", read("docs/errors.md"), re.MULTILINE)
    codes = [code for code, _ in rows]
    assert [code for code in codes if codes.count(code) > 1] == []
    assert [code for code, meaning in rows if not meaning.strip()] == []


def test_the_compose_file_has_nothing_of_what_must_not_be_in_production() -> None:
    guide = section(read("docs/go-to-production.md"), "## What must not be there")
    unwanted = set(re.findall(r"HOLDFAST_\w+|--test-clock", guide))
    assert {"HOLDFAST_BANK_FAULTS", "--test-clock"} <= unwanted
    programs = yaml.safe_load(read("docker-compose.yml"))["services"]
    given = {name for program in programs.values() for name in program.get("environment", {})}
    started = {word for program in programs.values() for word in program.get("command", [])}
    assert not unwanted & (given | started)
    assert not {"up", "demo", "tron.node"} & started
