"""The code blocks of the documentation, and what it takes to run them.

Python runs as it stands, page by page. A line of shell that calls cfspace runs in this process; of other
programs what can be checked without a network is checked: that targets, extras, files and options exist. TOML is
read by the models that read it in earnest, CSV by its readers.
"""

from __future__ import annotations

import re
import shlex
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyproj
import pytest
import typer.main
from distributed.cli import dask_scheduler, dask_worker

from cfspace import cli
from cfspace.facilities.kinds import load_kind_rules
from cfspace.cli.app import app
from cfspace.config.load import examine_study
from cfspace.facilities.corrections import read_corrections
from cfspace.io.control import read_control_points
from cfspace.network.profiles import load_profile
from cfspace.planning.plan import load_plan
from cfspace.rulebooks import read_rulebook, rulebook_text

FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```[ ]*$", re.MULTILINE | re.DOTALL)
MISSING_FILE = re.compile(r"no such (?:file|folder)")
SECTIONS_OF_A_STUDY = frozenset(
    ["study", "osm", "network", "area", "units", "homes", "layers", "tables", "zones", "audits", "corrections"]
    + ["compounds"]
)
LEAST_STUDY = {
    "study": '[study]\nname = "a"\nlanguage = "en"\nsnapshot = 2026-01-01\n',
    "osm": '[osm]\nfile = "town.osm.pbf"\n',
    "units": '[[units]]\nlevel = "district"\nfile = "d.geojson"\nid = "code"\n'
    '[[units]]\nlevel = "street"\nfile = "s.geojson"\nid = "code"\n'
    '[[units]]\nlevel = "community"\nfile = "c.geojson"\nid = "code"\n',
    "homes": '[homes]\nfrom = "buildings"\n',
}


@dataclass(frozen=True)
class Block:
    """One fenced block of a page."""

    page: str
    number: int
    language: str
    body: str

    def __str__(self) -> str:
        return f"{self.page} block {self.number} ({self.language})"


def blocks_of(page: Path) -> list[Block]:
    """Return the fenced blocks of a page in order."""
    found = FENCE.findall(page.read_text(encoding="utf-8"))
    return [Block(page.name, number, *one) for number, one in enumerate(found, 1)]


def commands_of(block: Block) -> list[list[str]]:
    """Return the commands of a block of shell as words; continued lines are joined, comments left out."""
    text = block.body.replace("\\\n", " ").replace("\\", "/")
    return [words for line in text.splitlines() if (words := shlex.split(line, comments=True))]


class Workshop:
    """Runs the blocks of one page in a folder that holds what the page speaks of."""

    def __init__(self, folder: Path, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.project = project
        self.monkeypatch = monkeypatch
        self.names: dict[str, Any] = {}
        self.done: set[tuple[str, ...]] = set()
        monkeypatch.chdir(folder)

    def check(self, block: Block) -> None:
        """Run or read one block."""
        checks = {
            "python": self._python,
            "sh": self._shell,
            "powershell": self._shell,
            "toml": self._toml,
            "csv": self._csv,
            "text": lambda _: None,
        }
        assert block.language in checks, f"{block}: say its language, one of {', '.join(checks)}"
        checks[block.language](block)

    def _python(self, block: Block) -> None:
        exec(compile(block.body, str(block), "exec"), self.names)

    def _shell(self, block: Block) -> None:
        for words in commands_of(block):
            program = Path(words[0]).name.removesuffix(".exe")
            if tuple(words[1:]) in self.done and program == "cfspace":
                continue
            self.done.add(tuple(words[1:]))
            check = getattr(self, f"_call_{program.replace('-', '_')}", None)
            assert check is not None, f"{block}: nothing here checks {program}"
            check(words[1:])

    def _call_cfspace(self, words: list[str]) -> None:
        if "--cluster" in words:  # a cluster of other machines: its command line is read, tests/batch starts a real one
            command: Any = typer.main.get_command(app).commands[words[0]]
            command.make_context(words[0], words[1:])
            return
        self.monkeypatch.setattr(sys, "argv", ["cfspace", *words])
        try:
            cli.main()
        except SystemExit as end:
            assert end.code in (0, None), f"cfspace {' '.join(words)}: status {end.code}"

    def _call_make(self, words: list[str]) -> None:
        makefile = (self.project / "Makefile").read_text(encoding="utf-8")
        targets = set(re.findall(r"^(\w+):", makefile, re.MULTILINE))
        wrong = {word for word in words if "=" not in word} - targets
        assert not wrong, f"Makefile: no target {', '.join(sorted(wrong))}"

    def _call_pip(self, words: list[str]) -> None:
        assert words[0] in ("install", "download")
        settings = tomllib.loads((self.project / "pyproject.toml").read_text(encoding="utf-8"))
        extras = settings["project"]["optional-dependencies"].keys()
        for word in words:
            named = re.match(r"\.\[(.*)\]$", word)
            if named:
                assert set(named[1].split(",")) <= extras, f"{word}: no such extra"
            if word.endswith(".txt"):
                assert (self.project / word).is_file(), f"{word} is not there"

    def _call_python(self, words: list[str]) -> None:
        script = self.project / words[0]
        assert script.is_file(), f"{words[0]} is not there"
        options = {word for word in words if word.startswith("--")}
        text = script.read_text(encoding="utf-8")
        assert all(word in text for word in options), f"{words[0]}: not all of {options} are its options"

    def _call_python3(self, words: list[str]) -> None:
        assert words[:2] == ["-m", "venv"]

    def _call_py(self, words: list[str]) -> None:
        assert words[1:3] == ["-m", "venv"]

    def _call_conda(self, words: list[str]) -> None:
        text = (self.project / "environment.yml").read_text(encoding="utf-8")
        if words[0] == "activate":
            assert f"name: {words[1]}\n" in text
        else:
            assert words == ["env", "create", "-f", "environment.yml"]

    def _call_git(self, words: list[str]) -> None:
        assert words[0] == "clone"

    def _call_cd(self, words: list[str]) -> None:
        assert len(words) == 1

    def _call_dask(self, words: list[str]) -> None:
        program = {"scheduler": dask_scheduler, "worker": dask_worker}[words[0]]
        options = {name for one in program.main.params for name in one.opts}
        unknown = {word for word in words if word.startswith("--")} - options
        assert not unknown, f"dask {words[0]}: no option {', '.join(sorted(unknown))}"

    def _call_jupyter(self, words: list[str]) -> None:
        assert words[0] == "lab"
        assert all((self.project / word).exists() for word in words[1:])

    def _call_ruff(self, words: list[str]) -> None:
        assert words[0] in ("check", "format")

    def _call_pytest(self, words: list[str]) -> None:
        paths = [word for word in words if not word.startswith("-")]
        assert all((self.project / word).exists() for word in paths)

    def _call_nbstripout(self, words: list[str]) -> None:
        assert list(self.project.glob(words[0]))

    def _toml(self, block: Block) -> None:
        """Read TOML as what its first tables say it is."""
        tables = set(tomllib.loads(block.body))
        if tables <= SECTIONS_OF_A_STUDY:
            self._study(block, tables)
        elif tables == {"closed"}:
            own = self.folder / "own.toml"
            own.write_text(_profile_of("child") + "\n" + block.body, encoding="utf-8")
            assert load_profile(own).closed
        elif tables == {"plan", "edit"}:
            (self.folder / "plan.toml").write_text(block.body, encoding="utf-8")
            load_plan(self.folder / "plan.toml")
        elif tables == {"kind", "names"}:
            (self.folder / "kinds.toml").write_text(block.body, encoding="utf-8")
            load_kind_rules(self.folder / "kinds.toml")
        elif tables == {"indicator"}:
            read_rulebook(rulebook_text("jilin-2022") + "\n" + block.body, source=str(block))
        else:
            raise AssertionError(f"{block}: nothing here reads {sorted(tables)}")

    def _study(self, block: Block, tables: set[str]) -> None:
        """Complete a part of a study, and find no fault in it but files that are not there."""
        streets = {"osm"} if "network" in tables else set()
        rest = [text for name, text in LEAST_STUDY.items() if name not in tables | streets]
        path = self.folder / "part.toml"
        path.write_text("\n".join([block.body, *rest]), encoding="utf-8")
        _, faults = examine_study(path)
        told = [str(fault) for fault in faults if not MISSING_FILE.search(fault.found)]
        assert not told, f"{block}: {told}"

    def _csv(self, block: Block) -> None:
        path = self.folder / "table.csv"
        path.write_text(block.body, encoding="utf-8")
        if block.body.startswith("action,"):
            read_corrections(path, crs=pyproj.CRS("EPSG:4551"))
        elif "east_m" in block.body.splitlines()[0]:
            read_control_points(path)
        else:
            raise AssertionError(f"{block}: nothing here reads such a table")


def _profile_of(name: str) -> str:
    """Return the TOML of a shipped profile."""
    from importlib import resources

    return resources.files("cfspace.network.profiles").joinpath(f"{name}.toml").read_text(encoding="utf-8")
