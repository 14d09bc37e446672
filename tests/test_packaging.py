"""What is shipped: the images, the compose file, the locks and the commands say what the README promises of them."""

import ast
import importlib.metadata
import re
import stat
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.house.rooms import imports_of, room_of
from tests.house.source import TOP, this_project

DOCKERFILE = (TOP / "Dockerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((TOP / "compose.yaml").read_text())
LOCKS = ("requirements.txt", "requirements-dev.txt")
# written by people, so only names; a lock may hold more for other systems
PRODUCT = (
    "app.py",
    "cli.py",
    "cli_grants.py",
    "cli_stripe.py",
    "pages/",
    "api/",
    "auth/",
    "billing/",
    "locales/",
    "migrations/",
    "sandbox/",
)


def stages() -> dict[str, list[str]]:
    """The instructions of each stage of the Dockerfile, continued lines joined, with those of the stages below it."""
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in re.sub(r"\\\n", " ", DOCKERFILE).splitlines():
        if match := re.match(r"FROM (\S+) AS (\S+)", line):
            lines = found[match[2]] = list(found.get(match[1], []))
        elif line.strip() and not line.startswith("#"):
            lines.append(" ".join(line.split()))
    return found


def pins(lock: str) -> dict[str, str]:
    """Each requirement of a lock by name, with everything said of it."""
    entries = re.split(r"\n(?=[A-Za-z0-9])", (TOP / lock).read_text())
    return {re.split(r"[=\[; ]", entry)[0].lower(): entry for entry in entries if not entry.startswith("#")}


@pytest.mark.parametrize("target", ["production", "demo"])
def test_the_image_runs_as_nobody_special(target: str) -> None:
    users = [line.split()[1] for line in stages()[target] if line.startswith("USER ")]
    assert users, "the stage never leaves root"
    assert users[-1] not in {"root", "0"}


@pytest.mark.parametrize("target", ["production", "demo"])
def test_the_image_looks_after_its_health(target: str) -> None:
    (check,) = [line for line in stages()[target] if line.startswith("HEALTHCHECK")]
    assert "/livez" in check
    program = ast.literal_eval(check.partition(" CMD ")[2])[2]
    calls = {ast.unparse(node.func) for node in ast.walk(ast.parse(program)) if isinstance(node, ast.Call)}
    assert calls == {"r.urlopen"}


@pytest.mark.parametrize("target", ["production", "demo"])
def test_signals_reach_the_portal_itself(target: str) -> None:
    commands = [line for line in stages()[target] if line.startswith(("ENTRYPOINT", "CMD"))]
    assert [line.split(" ", 1)[1][0] for line in commands] == ["[", "["]


def test_only_the_demo_holds_the_sandbox() -> None:
    holders = {name for name, lines in stages().items() if any("sandbox/" in line for line in lines)}
    assert holders == {"demo"}


def test_production_is_what_a_plain_build_makes() -> None:
    assert list(stages())[-1] == "production"


def test_no_final_image_gets_a_compiler_or_a_secret() -> None:
    text = "\n".join(line for name in ("production", "demo") for line in stages()[name])
    assert not re.search(r"apt-get|build-essential|gcc|COPY \. |sk_(live|test)_|whsec_", text)


def test_every_copied_thing_passes_the_dockerignore() -> None:
    ignore = (TOP / ".dockerignore").read_text().splitlines()
    copied = {
        source
        for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
        for source in line.split()[:-1]
    }
    assert "*" in ignore
    assert copied <= {line.removeprefix("!") for line in ignore if line.startswith("!")}


def test_compose_builds_a_target_that_exists() -> None:
    assert COMPOSE["services"]["portal"]["build"]["target"] in stages()


def test_compose_listens_on_this_machine_only() -> None:
    ports = [port for service in COMPOSE["services"].values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_compose_waits_for_a_healthy_database_and_keeps_its_data() -> None:
    portal, database = COMPOSE["services"]["portal"], COMPOSE["services"]["database"]
    assert portal["depends_on"]["database"]["condition"] == "service_healthy"
    assert database["healthcheck"]["test"][:2] == ["CMD", "pg_isready"]
    kept = {mount.split(":")[0] for service in (portal, database) for mount in service["volumes"]}
    assert kept == set(COMPOSE["volumes"])


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_pinned_with_hashes(lock: str) -> None:
    loose = [
        name for name, entry in pins(lock).items() if not re.search(r"==\S+.*--hash=sha256:[0-9a-f]{64}", entry, re.S)
    ]
    assert len(pins(lock)) > 30
    assert loose == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_wish_is_in_the_lock(lock: str) -> None:
    wishes = (TOP / lock.replace(".txt", ".in")).read_text().splitlines()
    names = {re.split(r"[\[<>=;, ]", wish)[0].lower() for wish in wishes if wish and not wish.startswith(("-", "#"))}
    assert names
    assert names <= set(pins(lock))


def test_development_runs_on_what_production_runs_on() -> None:
    def version(entry: str) -> str:
        return entry.split("\\")[0].strip()

    runtime, development = pins(LOCKS[0]), pins(LOCKS[1])
    assert {name: version(entry) for name, entry in runtime.items()} == {
        name: version(development.get(name, "")) for name in runtime
    }


def test_every_import_of_the_product_is_a_locked_requirement() -> None:
    providers = importlib.metadata.packages_distributions()
    locked = set(pins(LOCKS[0]))
    missing = {
        f"{source.path}:{line}: {name}"
        for source in this_project().python_under(*PRODUCT)
        for line, name in imports_of(source)
        if room_of(name) is None
        and (top := name.split(".")[0]) not in sys.stdlib_module_names
        and not {re.sub(r"[-_.]+", "-", each).lower() for each in providers.get(top, [top])} & locked
    }
    assert missing == set()


def test_the_project_file_installs_every_room() -> None:
    project = tomllib.loads((TOP / "pyproject.toml").read_text())
    assert project["project"]["scripts"] == {"scrip": "app:main"}
    setuptools = project["tool"]["setuptools"]
    rooms = {path.rstrip("/").removesuffix(".py") for path in PRODUCT}
    assert rooms == {
        *setuptools["py-modules"],
        *(each.rstrip("*") for each in setuptools["packages"]["find"]["include"]),
    }


def test_every_command_of_the_makefile_is_told_by_help() -> None:
    makefile = (TOP / "Makefile").read_text()
    told = subprocess.run(["make", "help"], cwd=TOP, capture_output=True, text=True, check=True).stdout
    for command in ("run", "test", "bench", "lint", "format", "words", "lock", "clean"):
        assert re.search(rf"^{command}:.*## ", makefile, re.MULTILINE), command
        assert f"make {command} " in told


@pytest.mark.parametrize("script", [".ci/run", ".ci/environment"])
def test_the_scripts_are_executable_and_stop_at_the_first_fault(script: str) -> None:
    path = TOP / script
    assert path.stat().st_mode & stat.S_IXUSR
    assert "set -euo pipefail" in path.read_text()
    assert subprocess.run(["bash", "-n", path], check=False).returncode == 0


def test_the_command_scrip_stands_in_the_environment_and_answers() -> None:
    command = Path(sys.executable).with_name("scrip")
    done = subprocess.run([str(command), "--help"], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert "check" in done.stdout
