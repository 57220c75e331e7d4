"""Asking public servers politely: waiting when told to, giving up in words, keeping only whole answers."""

from __future__ import annotations

import email.utils
import http.client
import logging
import time
import urllib.error
import urllib.parse
import urllib.request
import xml.parsers.expat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, TypeVar

from cfspace._version import __version__
from cfspace.errors import DownloadError, OutputError

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")

USER_AGENT: Final = f"cfspace/{__version__} (child-friendly space measurement)"
BUSY: Final = frozenset({429, 502, 503, 504})
"""The server would answer later."""

SHORTEST_WAIT_S: Final = 1.0
"""A busy server is not asked again at once, even if its `Retry-After` lies in the past."""

CHUNK_BYTES: Final = 1 << 16


class BusyError(Exception):
    """The server cannot answer now; asking again may help.

    Parameters
    ----------
    found
        What happened, in words.
    wait_s
        Seconds the server asked to be left alone for; None where it did not say.
    """

    def __init__(self, found: str, *, wait_s: float | None = None) -> None:
        self.found = found
        self.wait_s = wait_s
        super().__init__(found)


class TooMuchError(Exception):
    """The server ran out of time or memory over the question; a smaller one may do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How a server is asked.

    Attributes
    ----------
    timeout_s
        Seconds a server may work on one answer.
    grace_s
        Seconds of silence beyond them after which a map server's answer is given up. [assumed]
    tries
        How often one question is asked.
    pause_s
        Wait after the first failure where the server names none, in seconds; doubles each time. [assumed]
    longest_wait_s
        No single wait is longer; a server that asks for more is left alone.
    sleep
        What waits.
    """

    timeout_s: float = 180.0
    grace_s: float = 15.0
    tries: int = 6
    pause_s: float = 5.0
    longest_wait_s: float = 300.0
    sleep: Callable[[float], None] = time.sleep

    def ask(self, what: str, once: Callable[[], Answer]) -> Answer:
        """Return what `once` returns, asking again while the server is busy.

        Parameters
        ----------
        what
            The server and the question, for messages.
        once
            Asks once; raises :class:`BusyError` where asking again may help.

        Raises
        ------
        DownloadError
            If every try failed, or the server wants more patience than `longest_wait_s`.

        Examples
        --------
        >>> Manners().ask("server", lambda: 7)
        7
        """
        for attempt in range(1, self.tries + 1):
            try:
                return once()
            except BusyError as busy:
                wait_s = busy.wait_s if busy.wait_s is not None else self.pause_s * 2.0 ** (attempt - 1)
                wait_s = max(wait_s, SHORTEST_WAIT_S)
                if attempt == self.tries or wait_s > self.longest_wait_s:
                    raise DownloadError(self._refusal(what, busy, attempt)) from busy
                logger.warning("%s: %s; asking again in %.0f s", what, busy.found, wait_s)
                self.sleep(wait_s)
        raise DownloadError(f"{what}: not asked, since tries is {self.tries}; allow at least 1")

    def _refusal(self, what: str, busy: BusyError, attempt: int) -> str:
        asked = f"asked {attempt} time{'s' if attempt > 1 else ''}"
        if busy.wait_s is not None and busy.wait_s > self.longest_wait_s:
            return (
                f"{what}: {busy.found}, and it wants {busy.wait_s:.0f} s of rest; "
                "run the same command again later: what was downloaded is kept"
            )
        return (
            f"{what}: {busy.found} ({asked}); run the same command again later (what was downloaded "
            "is kept), or name another server"
        )


def retry_after_s(text: str | None) -> float | None:
    """Return the seconds a ``Retry-After`` header asks for: a number, or a date.

    Examples
    --------
    >>> retry_after_s("30"), retry_after_s(None), retry_after_s("soon")
    (30.0, None, None)
    """
    if not text:
        return None
    if text.strip().isdigit():
        return float(text)
    try:
        at = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, at.timestamp() - time.time())


def check_url(url: str, *, option: str) -> str:
    """Return an address that can be asked.

    Raises
    ------
    DownloadError
        If it does not begin with http:// or https:// and name a host.
    """
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise DownloadError(f"{option}: {url!r} is not an address; give one like https://host/path")
    return url


def download_xml(url: str, question: str, path: Path, *, timeout_s: float) -> None:
    """Ask an Overpass server once, and keep its answer if it is whole.

    Parameters
    ----------
    url
        The interpreter's address.
    question
        The query, in Overpass QL.
    path
        The file to write; it is there afterwards only if the answer is complete XML.
    timeout_s
        Seconds of silence that are waited for.

    Raises
    ------
    BusyError
        If the server is busy or silent, or the answer breaks off.
    TooMuchError
        If the server gave up over the question.
    DownloadError
        If the server refuses the question or is not an Overpass server.
    """
    body = urllib.parse.urlencode({"data": question}).encode()
    # The scheme is checked: an address of a file never comes this far.
    request = urllib.request.Request(check_url(url, option="--overpass"), body)
    request.add_header("User-Agent", USER_AGENT)
    part = path.with_name(path.name + ".download")
    try:
        with urllib.request.urlopen(request, timeout=timeout_s) as answer, part.open("wb") as file:
            while chunk := answer.read(CHUNK_BYTES):
                _keep(file, chunk, part)
    except urllib.error.HTTPError as error:
        raise _what_status_says(url, error) from error
    except (OSError, http.client.HTTPException) as error:
        raise _what_silence_says(url, error, timeout_s) from error
    check_answer(part, url)
    part.replace(path)


def _keep(file: BinaryIO, chunk: bytes, path: Path) -> None:
    """Write, telling a full disk from a silent server."""
    try:
        file.write(chunk)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror}); make room for it") from error


def _what_status_says(url: str, error: urllib.error.HTTPError) -> Exception:
    if error.code in BUSY:
        wait_s = retry_after_s(error.headers.get("Retry-After"))
        return BusyError(f"the server is busy (HTTP {error.code})", wait_s=wait_s)
    return DownloadError(f"{url}: the server answered HTTP {error.code} {error.reason}; check the address")


def _what_silence_says(url: str, error: Exception, timeout_s: float) -> Exception:
    reason = getattr(error, "reason", error)
    if isinstance(reason, TimeoutError):
        return BusyError(f"no answer within {timeout_s:.0f} s")
    is_broken = isinstance(reason, ConnectionError) and not isinstance(reason, ConnectionRefusedError)
    if isinstance(reason, OSError) and not is_broken:
        return DownloadError(f"{url}: cannot be reached ({reason}); check the address and the network")
    return BusyError(f"the connection broke ({reason or type(reason).__name__})")


def check_answer(path: Path, url: str) -> None:
    """Read an answer to its end.

    Raises
    ------
    BusyError
        If it breaks off.
    TooMuchError
        If the server says in it that it gave up.
    DownloadError
        If it is something else than OSM data.
    """
    reader = _AnswerReader()
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                reader.parser.Parse(chunk, False)
            reader.parser.Parse(b"", True)
    except xml.parsers.expat.ExpatError as error:
        if reader.root not in ("osm", None):
            raise DownloadError(f"{url}: did not answer with OSM data; check the address") from error
        raise BusyError(f"the answer breaks off ({error})") from error
    if reader.root != "osm":
        raise DownloadError(f"{url}: answered with <{reader.root}>, not OSM data; check the address")
    remark = reader.remark.strip()
    if "error" in remark:
        if "rate_limited" in remark or "too busy" in remark:
            raise BusyError(f"the server is busy ({remark})")
        raise TooMuchError(remark)


class _AnswerReader:
    """Notes the root element and the remarks of an answer."""

    def __init__(self) -> None:
        self.root: str | None = None
        self.remark = ""
        self._in_remark = False
        self.parser = xml.parsers.expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text

    def _start(self, name: str, _: object) -> None:
        self.root = self.root or name
        self._in_remark = name == "remark"

    def _end(self, _: str) -> None:
        self._in_remark = False

    def _text(self, text: str) -> None:
        if self._in_remark:
            self.remark += text
