"""The error tree: everything cfspace raises on purpose."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class CfspaceError(Exception):
    """Anything cfspace raises on purpose."""


class InputError(CfspaceError, ValueError):
    """What the user gave is at fault; the command line ends with status 2."""


class ParameterError(InputError):
    """An argument of a function lies outside what it allows."""


class CrsError(InputError):
    """A layer is in the wrong coordinate reference system, or in none."""


class LayerError(InputError):
    """A file of the study cannot be read as what the study says it is."""


class OsmError(LayerError):
    """An OpenStreetMap file is missing, damaged or holds nothing of use."""


class DownloadError(InputError):
    """A place is unknown, or a server could not be asked for it."""


class SnapError(InputError):
    """Points do not belong to the network they are used with."""


class RulebookError(InputError):
    """A rulebook breaks its schema or names what does not exist."""


class OutputError(InputError):
    """The place for the results is taken or cannot be written."""


class RunError(InputError):
    """A folder is not a finished run, or not one of this study."""


class MissingExtraError(CfspaceError, ImportError):
    """An optional dependency is needed and not installed."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f'{package} is not installed; run: pip install "cfspace[{extra}]"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong with the input: where it is, what was found, what to do."""

    where: str
    found: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: {self.found}; {self.remedy}" if self.remedy else f"{self.where}: {self.found}"

    @classmethod
    def of(cls, error: Exception) -> Fault:
        """Return the fault that a message of the form ``where: found; remedy`` tells."""
        where, _, rest = str(error).partition(": ")
        found, _, remedy = rest.rpartition("; ")
        return cls(where=where, found=found or rest, remedy=remedy if found else "")


class StudyError(InputError):
    """A study file, or what it points to, has one or more faults; all are told at once.

    Parameters
    ----------
    source
        The study file the faults were found in.
    faults
        At least one fault.
    """

    def __init__(self, source: str, faults: Iterable[Fault]) -> None:
        self.source = source
        self.faults = tuple(faults)
        head = f"{source}: {len(self.faults)} fault{'s' if len(self.faults) != 1 else ''}"
        super().__init__("\n".join([head, *(f"  - {fault}" for fault in self.faults)]))
