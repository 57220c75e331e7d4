"""An Overpass and Nominatim server on the loopback address that answers from an extract."""

from __future__ import annotations

import json
import re
import threading
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cfspace.io.fetch_pbf import cut_osm

STAMP = "2020-01-02T03:04:05Z"


class OsmServer(ThreadingHTTPServer):
    """What is asked of it is kept in `asked`; `overpass_plan` and `nominatim_plan` say how it fails first."""

    daemon_threads = True

    def __init__(self, extract: Path, folder: Path, places: dict[str, list[dict[str, Any]]]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.extract = extract
        self.folder = folder
        self.places = places
        self.asked: list[str] = []
        self.agents: set[str] = set()
        self.overpass_plan: list[str] = []
        self.nominatim_plan: list[str] = []
        self.retry_after = "7"

    @property
    def overpass(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/api/interpreter"

    @property
    def nominatim(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that hang up: giving up on a silent server is what is tested."""

    def answer(self, question: str) -> bytes:
        """Return the extract's part in the box of the question, as Overpass writes it."""
        found = re.search(r"\[bbox:([^\]]+)\]", question)
        if found is None:
            raise ValueError(f"no box in {question}")
        south, west, north, east = (float(part) for part in found[1].split(","))
        name = self.folder / f"{west}_{south}_{east}_{north}.osm"
        if not name.is_file():
            cut_osm(self.extract, name, (west, south, east, north))
        text = name.read_text(encoding="utf-8")
        text = re.sub(r'\s(version|timestamp|changeset|uid|user)="[^"]*"(?=[^?]*?/?>)', "", text)
        text = text.replace("<osm ", '<osm version="0.6" ', 1)
        return re.sub(r"<bounds[^>]*>", f'<meta osm_base="{STAMP}"/>', text, count=1).encode()


class _Handler(BaseHTTPRequestHandler):
    server: OsmServer

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Keep quiet."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        question = urllib.parse.parse_qs(body)["data"][0]
        self.server.asked.append(question)
        self.server.agents.add(self.headers["User-Agent"])
        how = self.server.overpass_plan.pop(0) if self.server.overpass_plan else "answer"
        if not self._fail(how):
            self._send(self.server.answer(question), how=how)

    def do_GET(self) -> None:
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        name = query["q"][0]
        self.server.asked.append(name)
        self.server.agents.add(self.headers["User-Agent"])
        how = self.server.nominatim_plan.pop(0) if self.server.nominatim_plan else "answer"
        if not self._fail(how):
            self._send(json.dumps(self.server.places.get(name, [])).encode(), how=how)

    def _fail(self, how: str) -> bool:
        if how.isdigit():
            self.send_response(int(how))
            self.send_header("Retry-After", self.server.retry_after)
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif how == "silence":
            time.sleep(2.5)
        elif how == "remark":
            remark = "<remark>runtime error: Query run out of memory using about 512 MB of RAM.</remark>"
            self._send(f'<osm version="0.6">{remark}</osm>'.encode(), how=how)
        elif how == "page":
            self._send(b"<html><body>Welcome</body></html>", how=how)
        else:
            return False
        return True

    def _send(self, body: bytes, *, how: str) -> None:
        self.send_response(200)
        if how != "cut short":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if how in ("truncated", "cut short") else body)
        self.close_connection = True


@contextmanager
def serving(
    extract: Path, folder: Path, places: dict[str, list[dict[str, Any]]] | None = None
) -> Iterator[OsmServer]:
    server = OsmServer(extract, folder, places or {})
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
