"""Loading a study file: every fault of it is found before any is told."""

from __future__ import annotations

import copy
import os
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from cfspace.config.study import Study
from cfspace.errors import Fault, StudyError

PATH_KEYS = frozenset({"file"})
PATH_TABLES = frozenset({"raster", "raster_classes"})
# Where every unit is at fault: lets the rest of the study be examined, and is never computed with.
STAND_IN_UNIT = {"level": "district", "file": "", "id": "-"}
REMEDIES = {
    "extra_forbidden": "remove it, or correct its spelling",
    "missing": "add it",
    "date_from_datetime_parsing": "write a date as 2026-09-30",
    "literal_error": "use one of these",
}


def load_study(path: str | Path) -> Study:
    """Read and validate a study file; its relative paths are taken from where it lies.

    Parameters
    ----------
    path
        A TOML file, see ``docs/study-file.md``.

    Returns
    -------
    The study, every path in it absolute.

    Raises
    ------
    StudyError
        With all faults at once: no such file, not TOML, unknown keys, wrong types, values out of
        range, files that are not there, an unknown rulebook.

    Examples
    --------
    >>> from cfspace.sample import sample_study
    >>> study = load_study(sample_study())
    >>> study.study.snapshot.isoformat(), [unit.level for unit in study.units]
    ('2026-09-30', ['district', 'street', 'community'])
    """
    study, faults = examine_study(path)
    if faults or study is None:
        raise StudyError(str(path), faults)
    return study


def examine_study(path: str | Path) -> tuple[Study | None, list[Fault]]:
    """Return what can be understood of a study file, and every fault in it.

    The study is None where too little is right to go on; else it lacks the parts at fault, so
    that what the rest points to can still be examined.
    """
    raw, faults = _read_toml(Path(path))
    if raw is None:
        return None, faults
    absolute = _with_absolute_paths(raw, Path(path).resolve().parent)
    study, faults = _salvage(absolute)
    faults += _missing_files(absolute, ())
    faults += _rulebook_fault(absolute)
    return (None if study is None else study.from_file(Path(path).resolve())), faults


def _read_toml(path: Path) -> tuple[dict[str, Any] | None, list[Fault]]:
    if path.is_dir():
        return None, [Fault(where=str(path), found="is a folder", remedy="give the study file in it")]
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig")), []
    except FileNotFoundError:
        return None, [Fault(where=str(path), found="no such file", remedy="check the path of the study")]
    except OSError as error:
        return None, [Fault(where=str(path), found=str(error.strerror), remedy="make it readable")]
    except UnicodeDecodeError:
        return None, [Fault(where=str(path), found="is not UTF-8 text", remedy="save it as UTF-8")]
    except tomllib.TOMLDecodeError as error:
        return None, [Fault(where=str(path), found=f"is not TOML: {error}", remedy="correct that line")]


def _with_absolute_paths(value: Any, base: Path, key: str = "") -> Any:
    if isinstance(value, dict):
        inside = PATH_TABLES if key in PATH_TABLES else frozenset[str]()
        return {
            name: os.path.normpath(base / item)
            if isinstance(item, str) and (name in PATH_KEYS or inside or _is_path(name, item))
            else _with_absolute_paths(item, base, name)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [_with_absolute_paths(item, base, key) for item in value]
    return value


def _is_path(name: str, item: str) -> bool:
    endings = {
        "datum": ".csv",
        "extent": ".geojson",
        **dict.fromkeys(("rulebook", "walk_rules", "kinds"), ".toml"),
    }
    return name in endings and item.lower().endswith(endings[name])


def _salvage(raw: dict[str, Any]) -> tuple[Study | None, list[Fault]]:
    """Validate; take out what is at fault and validate again, until the rest stands."""
    rest, faults = copy.deepcopy(raw), list[Fault]()
    places = {key: list(range(len(value))) for key, value in rest.items() if isinstance(value, list)}
    for _ in range(8):
        try:
            return Study.model_validate(rest), faults
        except ValidationError as error:
            details = error.errors()
            told = [_fault(detail, places) for detail in details]
            faults += [fault for fault in told if fault not in faults]
            taken = [_take_out(rest, detail) for detail in details]
            if not all(taken):
                return None, faults
            _close_gaps(rest, places)
    return None, faults


def _close_gaps(rest: dict[str, Any], places: dict[str, list[int]]) -> None:
    """Drop emptied list entries, remembering where in the file the others stood."""
    for key, numbers in places.items():
        kept = [i for i, item in enumerate(rest.get(key, [])) if item is not None]
        places[key] = [numbers[i] for i in kept]
        if key in rest:
            rest[key] = [rest[key][i] for i in kept]
    if places.get("units") == [] and rest.get("units") == []:
        rest["units"] = [STAND_IN_UNIT]


def _fault(detail: ErrorDetails, places: dict[str, list[int]]) -> Fault:
    loc = list(detail["loc"])
    if len(loc) > 1 and isinstance(loc[1], int):
        loc[1] = places[str(loc[0])][loc[1]]
    where = _where(tuple(loc))
    kind, found = detail["type"], detail["msg"].removeprefix("Value error, ")
    if kind == "extra_forbidden":
        return Fault(where=where, found="unknown key", remedy=REMEDIES[kind])
    if kind == "missing":
        return Fault(where=where, found="is missing", remedy=REMEDIES[kind])
    given = detail.get("input")
    if isinstance(given, str | int | float | bool) and repr(given) not in found:
        found = f"found {given!r}: {found[0].lower()}{found[1:]}"
    return Fault(where=where, found=found, remedy=REMEDIES.get(kind, "correct it"))


def _where(loc: tuple[int | str, ...]) -> str:
    """Name a place as the file shows it: ``[[layers]] 2, kind``."""
    if not loc:
        return "the study"
    if len(loc) > 1 and isinstance(loc[1], int):
        return ", ".join([f"[[{loc[0]}]] {loc[1] + 1}", *map(str, loc[2:])])
    return ", ".join([f"[{loc[0]}]", *map(str, loc[1:])])


def _take_out(raw: dict[str, Any], detail: ErrorDetails) -> bool:
    """Remove what an error points at; a section that lacks something goes whole."""
    loc = tuple(detail["loc"])
    if detail["type"] == "extra_forbidden":
        return _remove(raw, loc)
    if not loc or loc[0] in ("study", "homes") or loc == ("units",):
        return _patch_required(raw, loc)
    return _remove(raw, loc[:2] if len(loc) > 1 and isinstance(loc[1], int) else loc[:1])


def _patch_required(raw: dict[str, Any], loc: tuple[int | str, ...]) -> bool:
    """Put something valid where the study cannot do without, to go on examining the rest."""
    stand_in = {"name": "-", "language": "zh", "snapshot": "2000-01-01", "rulebook": "jilin-2022"}
    if len(loc) >= 2 and loc[0] == "study" and loc[1] in stand_in and isinstance(raw.get("study"), dict):
        raw["study"][loc[1]] = stand_in[str(loc[1])]
        return True
    if loc[:2] == ("study", "crs"):
        return _remove(raw, loc)
    return False


def _remove(raw: Any, loc: tuple[int | str, ...]) -> bool:
    *parents, last = loc
    for key in parents:
        if not isinstance(raw, dict | list):
            return False
        try:
            raw = raw[key]  # type: ignore[index]
        except (KeyError, IndexError, TypeError):
            return False
    if isinstance(raw, dict) and last in raw:
        del raw[last]
    elif isinstance(raw, list) and isinstance(last, int) and last < len(raw):
        raw[last] = None
    return True


def _missing_files(value: Any, loc: tuple[int | str, ...]) -> list[Fault]:
    if isinstance(value, list):
        return [fault for i, item in enumerate(value) for fault in _missing_files(item, (*loc, i))]
    if not isinstance(value, dict):
        return []
    faults = []
    for key, item in value.items():
        is_path = key in PATH_KEYS or (loc and loc[-1] in PATH_TABLES) or _is_path(key, str(item))
        if isinstance(item, str) and is_path and not Path(item).is_file():
            where = _where((*loc, key))
            faults.append(Fault(where=where, found=f"no such file: {item}", remedy="check the path"))
        faults += _missing_files(item, (*loc, key))
    return faults


def _rulebook_fault(raw: dict[str, Any]) -> list[Fault]:
    section = raw.get("study")
    name = section.get("rulebook") if isinstance(section, dict) else None
    if not isinstance(name, str) or name.endswith(".toml"):
        return []
    shipped = sorted(
        item.name.removesuffix(".toml")
        for item in resources.files("cfspace").joinpath("rulebooks").iterdir()
        if item.name.endswith(".toml")
    )
    if name in shipped:
        return []
    remedy = f"use {', '.join(shipped)}, or the path of a rulebook file"
    return [Fault(where="[study], rulebook", found=f"no rulebook {name!r}", remedy=remedy)]
