"""Compiling kernels once, into the user's cache folder."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numba

from cfspace.io.cache import KERNELS, user_cache_folder

logger = logging.getLogger(__name__)

Kernel = TypeVar("Kernel", bound=Callable[..., Any])

_SETTINGS: Any = numba.config  # numba sets its attributes as it starts

JIT: dict[str, Any] = {"cache": True, "nogil": True, "boundscheck": False, "error_model": "numpy"}
"""How kernels are compiled."""


def kernel_folder() -> Path:
    """Return where compiled kernels are kept: ``kernels`` in the cache folder of the user."""
    return user_cache_folder() / KERNELS


def sources_stamp(package: Path) -> str:
    """Return a name for the text of all kernels of a package.

    numba compiles a kernel anew when the text of its own module has changed, not when that of a kernel
    it calls has, which lies inside the compiled one. So each state of all of them has a folder of its own.
    """
    text = hashlib.sha256()
    for path in sorted(package.rglob("kernels*.py")):
        text.update(path.relative_to(package).as_posix().encode())
        text.update(path.read_bytes())
    return text.hexdigest()[:16]


@cache
def _own_stamp() -> str:
    return sources_stamp(Path(__file__).resolve().parents[1])


def compiled_folder() -> Path:
    """Return where the kernels of this state are: in NUMBA_CACHE_DIR, where it is set, or `kernel_folder`."""
    return Path(_SETTINGS.CACHE_DIR or kernel_folder()) / _own_stamp()


def are_compiled() -> bool:
    """Tell whether an earlier process has compiled kernels for this user."""
    return any(compiled_folder().rglob("*.nbi"))


class ForgivingStore:
    """numba's store of one kernel; where it is damaged or cannot be written, the kernel is compiled anew."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return a compiled kernel, None where it is not kept or not whole."""
        try:
            return self._store.load_overload(sig, target_context)
        except Exception as error:  # noqa: BLE001 - pickle and LLVM each raise what they like
            logger.info("cache: a kernel in %s is damaged (%s)", self._store.cache_path, error)
            self._try(self._store.flush)
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep a compiled kernel; without room for it, do nothing."""
        self._try(self._store.save_overload, sig, data)

    def _try(self, act: Callable[..., None], *arguments: Any) -> None:
        try:
            act(*arguments)
        except OSError as error:
            logger.info("cache: a kernel is not kept in %s (%s)", self._store.cache_path, error)


def njit(**options: Any) -> Callable[[Kernel], Kernel]:
    """Compile as `numba.njit` does, and keep the result in the user's cache folder.

    NUMBA_CACHE_DIR, where it is set, says another place. Where neither can be written, numba
    looks for one itself; where the disk is full or what is kept is damaged, the kernel is compiled each time.
    """

    def decorate(function: Kernel) -> Kernel:
        # numba asks for the folder once, when a function is decorated; its own setting is left
        # as it was, since other packages use it too.
        before = _SETTINGS.CACHE_DIR
        _SETTINGS.CACHE_DIR = str(compiled_folder())
        try:
            compiled: Kernel = numba.njit(**options)(function)
        finally:
            _SETTINGS.CACHE_DIR = before
        kernel: Any = compiled
        if options.get("cache"):
            kernel._cache = ForgivingStore(kernel._cache)  # noqa: SLF001 - numba offers no other way
        return compiled

    return decorate
