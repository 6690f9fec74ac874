"""The rules of the house as tests: imports, docstrings, logbooks, README and lock file."""

from __future__ import annotations

import ast
import importlib
import re
import statistics
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from scrapy.settings import Settings as ScrapySettings
from scrapy.spiderloader import SpiderLoader

HOUSE = Path(__file__).resolve().parent.parent
ROOMS = ("desk", "alerts", "classifier", "spiders", "crawler", "storage")
LONGEST = 400
LONGER = {
    "storage/domain.py": "the nouns are read together, and each is short",
    "storage/schema.py": "one table after the other; whoever asks for one finds it here",
}
CLOCKS = {
    "alerts/scheduler.py": "APScheduler sleeps by the real clock; what is due is asked with `now`",
    "crawler/patience.py": "a server's Retry-After may name a moment of the real clock",
    "crawler/pipelines.py": "`scrapy crawl` is a door of its own, with no desk before it",
}
LOGBOOK = (
    "Publisher",
    "Address",
    "Languages",
    "Cadence",
    "Oddities",
    "Terms",
    "Certainty",
    "Last looked at",
)
# Written with a bracket inside, so that this file does not find itself.
MACHINE = re.compile(r"(?<![\w.:/)}~-])/(?:wor[k]|roo[t]|tm[p]|hom[e])/")
REGISTRY = re.compile(
    r"pyp[i]\.org|pythonhoste[d]\.org|download\.pytorc[h]\.org|ana[c]onda\.org"
    r"|--(?:extra-)?inde[x]-url(?!\s*\\?\s*--)|--find-link[s]|--truste[d]-host",
)
TEXT = {".py", ".md", ".toml", ".cfg", ".yaml", ".yml", ".json", ".txt", ".lock", ".sql", ".mako"}


def sources(*folders: str) -> Iterator[tuple[str, Path]]:
    for folder in folders:
        for path in sorted((HOUSE / folder).rglob("*.py")):
            yield path.relative_to(HOUSE).as_posix(), path


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def trees(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    for name, path in sources(*folders):
        yield name, tree_of(path)


def spiders() -> list[str]:
    return sorted(spider_loader().list())


def spider_loader() -> SpiderLoader:
    return SpiderLoader.from_settings(ScrapySettings({"SPIDER_MODULES": ["spiders"]}))


def commands() -> dict[str, click.Command]:
    """Every command of the program by its words: ``calls find``."""

    def walk(words: tuple[str, ...], command: click.Command) -> Iterator[tuple[str, click.Command]]:
        if words:
            yield " ".join(words), command
        if isinstance(command, click.Group):
            for name, below in command.commands.items():
                if not below.hidden:
                    yield from walk((*words, name), below)

    groups = [
        value
        for value in vars(importlib.import_module("desk.cli")).values()
        if isinstance(value, click.Group)
    ]
    below = {id(command) for group in groups for command in group.commands.values()}
    (program,) = {id(group): group for group in groups if id(group) not in below}.values()
    return dict(walk((), program))


def locked() -> dict[str, Requirement]:
    lines = (HOUSE / "requirements.lock").read_text(encoding="utf-8").splitlines()
    wanted = [Requirement(line.partition("#")[0]) for line in lines if not line.startswith("#")]
    return {canonicalize_name(requirement.name): requirement for requirement in wanted}


def wanted() -> list[Requirement]:
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [
        Requirement(line)
        for group in (project["dependencies"], *project["optional-dependencies"].values())
        for line in group
    ]


def test_imports_point_one_way() -> None:
    check = "from importlinter.cli import lint_imports_command as run; run()"
    done = subprocess.run(
        [sys.executable, "-c", check, "--no-cache"],
        cwd=HOUSE,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"[1-9]\d* kept, 0 broken", done.stdout), done.stdout


def test_nouns_need_only_the_standard_library() -> None:
    tree = ast.parse((HOUSE / "storage/domain.py").read_text(encoding="utf-8"))
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else ["." * node.level + (node.module or "")]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported, "the nouns import nothing at all: is this the right file?"
    assert imported <= sys.stdlib_module_names


def test_every_module_opens_with_one_sentence() -> None:
    faults = []
    for name, tree in trees(*ROOMS, "benchmarks", "tests"):
        if not tree.body and name.startswith("tests/"):
            continue  # an empty __init__.py only marks a folder
        opening = (ast.get_docstring(tree) or "").split("\n\n")[0]
        if not opening.endswith(".") or re.search(r"[.!?]\s+[A-ZА-ЯІЇЄҐ]", opening):
            faults.append(f"{name}: {opening!r}")
    assert not faults, "\n".join(faults)


def test_no_file_is_long_without_a_reason() -> None:
    lengths = {
        name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in sources(*ROOMS)
    }
    too_long = {name: length for name, length in lengths.items() if length > LONGEST}
    assert set(too_long) <= set(LONGER), too_long
    assert set(LONGER) <= set(too_long), "a reason without a long file"


def test_only_the_desk_prints() -> None:
    faults = [
        f"{name}:{node.lineno}"
        for name, tree in trees(*(room for room in ROOMS if room != "desk"))
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"print", "pprint"}
    ]
    assert not faults


def test_no_error_is_swallowed_whole() -> None:
    faults = []
    for name, tree in trees(*ROOMS, "benchmarks", "tests"):
        for node in ast.walk(tree):
            if not isinstance(node, ast.ExceptHandler):
                continue
            broad = isinstance(node.type, ast.Name) and node.type.id in {
                "Exception",
                "BaseException",
            }
            silent = all(isinstance(step, ast.Pass | ast.Continue) for step in node.body)
            if node.type is None or (broad and silent):
                faults.append(f"{name}:{node.lineno}")
    assert not faults


def test_the_clock_is_read_only_at_doors() -> None:
    clocks = {("datetime", "now"), ("datetime", "utcnow"), ("date", "today"), ("datetime", "today")}
    read = {
        name
        for name, tree in trees(*(room for room in ROOMS if room != "desk"))
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and (node.value.id, node.attr) in clocks
    }
    assert read == set(CLOCKS)


def test_no_machine_and_no_registry_is_named() -> None:
    places = [HOUSE / folder for folder in (*ROOMS, "tests", "benchmarks", "docs", ".ci")]
    files = [path for place in places for path in place.rglob("*")]
    files += [path for path in HOUSE.iterdir() if path.name != ".git"]
    read = 0
    faults = []
    for path in sorted(files):
        if "__pycache__" in path.parts or not path.is_file():
            continue
        if path.suffix not in TEXT and path.name not in {"Makefile", "run", ".gitignore"}:
            continue
        read += 1
        text = path.read_text(encoding="utf-8")
        for rule in (MACHINE, REGISTRY):
            faults += [
                f"{path.relative_to(HOUSE)}:{text.count(chr(10), 0, hit.start()) + 1}: {hit[0]}"
                for hit in rule.finditer(text)
            ]
    assert read > len(ROOMS)
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    ("rule", "text", "found"),
    [
        (MACHINE, "open('/wor" + "k/x')", True),
        (MACHINE, "see /roo" + "t/.cache", True),
        (MACHINE, "https://funding.example.eu/wor" + "k/calls", False),
        (MACHINE, "/programmes/wor" + "k/", False),
        (REGISTRY, "pip install --inde" + "x-url https://x", True),
        (REGISTRY, "https://pyp" + "i.org/simple", True),
    ],
)
def test_the_search_for_machines_and_registries_finds(
    rule: re.Pattern[str], text: str, *, found: bool
) -> None:
    assert bool(rule.search(text)) is found


def test_readme_names_every_command() -> None:
    readme = (HOUSE / "README.md").read_text(encoding="utf-8")
    groups = {words.rpartition(" ")[0] for words in commands()}
    missing = [
        words
        for words, command in commands().items()
        if f"`bridges {words}" not in readme
        and not (words in groups and not getattr(command, "invoke_without_command", False))
    ]
    assert commands()
    assert not missing


def test_readme_names_only_commands_and_options_that_exist() -> None:
    readme = (HOUSE / "README.md").read_text(encoding="utf-8")
    known = commands()
    named = set(re.findall(r"`bridges ([a-z][a-z-]*(?: [a-z]+)?)", readme))
    assert named
    assert not [words for words in named if words not in known and words.split()[0] not in known]
    assert not [
        words for words in named if words not in known and is_plain_group(known[words.split()[0]])
    ]
    for row in re.findall(r"^\| `bridges ([a-z][a-z-]*(?: [a-z]+)?).*$", readme, re.MULTILINE):
        command = known[row if row in known else row.split()[0]]
        (line,) = re.findall(rf"^\| `bridges {row}\b(?! [a-z]).*$", readme, re.MULTILINE)
        options = {name for parameter in command.params for name in parameter.opts}
        assert set(re.findall(r"`(--[a-z-]+)", line)) <= options, line


def is_plain_group(command: click.Command) -> bool:
    return isinstance(command, click.Group) and not command.invoke_without_command


def test_readme_names_every_setting() -> None:
    readme = (HOUSE / "README.md").read_text(encoding="utf-8")
    fields = importlib.import_module("storage.settings").Settings.model_fields
    settings = {f"BRIDGES_{name.upper()}" for name in fields}
    assert settings
    assert settings <= set(re.findall(r"^\| `(BRIDGES_\w+)`", readme, re.MULTILINE))
    assert set(re.findall(r"BRIDGES_\w+", readme)) <= settings | {"BRIDGES_CONFIG"}


def test_there_is_a_spider() -> None:
    assert spiders()


def test_the_median_spider_is_a_form_of_thirty_lines() -> None:
    places = [HOUSE / f"spiders/{name}.py" for name in spiders()]
    lengths = [len(place.read_text(encoding="utf-8").splitlines()) for place in places]
    assert statistics.median(lengths) <= 30, sorted(lengths)


@pytest.mark.parametrize("name", spiders())
def test_a_spider_keeps_its_logbook(name: str) -> None:
    spider = spider_loader().load(name)
    assert spider.__module__ == f"spiders.{name}"
    lines = (spider.__doc__ or "").splitlines()
    entries = {
        head.strip(): rest.strip()
        for head, colon, rest in (ln.partition(":") for ln in lines)
        if colon
    }
    missing = [entry for entry in LOGBOOK if not entries.get(entry)]
    assert not missing


@pytest.mark.parametrize("name", spiders())
def test_a_spider_has_a_recording_and_what_we_read_from_it(name: str) -> None:
    for path in (HOUSE / f"tests/cassettes/{name}.yaml", HOUSE / f"tests/golden/{name}.json"):
        assert path.is_file(), path.relative_to(HOUSE)
        assert path.stat().st_size > 0


@pytest.mark.parametrize("name", spiders())
def test_a_spider_is_no_worse_a_guest_than_the_rest(name: str) -> None:
    house = importlib.import_module("crawler.settings")
    own = spider_loader().load(name).custom_settings or {}
    assert own.get("ROBOTSTXT_OBEY", True) is True
    assert own.get("DOWNLOAD_DELAY", house.DOWNLOAD_DELAY) >= house.DOWNLOAD_DELAY
    assert own.get("CONCURRENT_REQUESTS_PER_DOMAIN", 1) == 1
    assert "USER_AGENT" not in own


def test_lock_pins_every_package_for_every_platform() -> None:
    for name, requirement in locked().items():
        (pin,) = requirement.specifier
        assert pin.operator == "==", name
        assert "+" not in pin.version, f"{name}: a build of one machine"
        assert "*" not in pin.version, name
        assert not requirement.url, name
        assert not re.match(r"nvidia-|cuda-|triton", name), name
    assert str(locked()["torch"].specifier) == "==2.13.0"


def test_lock_holds_what_the_project_asks_for() -> None:
    pins = locked()
    for requirement in wanted():
        pin = pins.get(canonicalize_name(requirement.name))
        assert pin is not None, f"{requirement.name}: run `make lock`"
        (version,) = (one.version for one in pin.specifier)
        assert requirement.specifier.contains(version), f"{requirement}: run `make lock`"
