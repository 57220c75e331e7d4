"""Hook of mkdocs: files of the checkout that a page links to travel with the site, and no page is left out.

A link such as ``../data/sample/study.toml`` leads somewhere in the checkout and where the repository is
hosted; in the built site, which may lie anywhere, the file is beside the pages, under ``files/``.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import Any, Final

from mkdocs.structure.files import File, Files

LINK: Final = re.compile(r"(?<=\]\()(?P<path>[^)#:\s]+)(?P<anchor>#[^)\s]*)?(?=\))")
FOLDER: Final = PurePosixPath("files")


def on_config(config: Any) -> Any:
    """Put documents that the menu does not name at its end."""
    docs = Path(config.docs_dir)
    named = set(_named(config.nav))
    there = sorted(path.relative_to(docs).as_posix() for path in docs.rglob("*.md"))
    more = [name for name in there if name not in named]
    if more:
        config.nav = [*config.nav, {"More": more}]
    return config


def _named(nav: Any) -> list[str]:
    """Return the documents that a menu names."""
    if isinstance(nav, str):
        return [nav]
    parts = nav.values() if isinstance(nav, dict) else nav
    return [name for part in parts for name in _named(part)]


def on_page_markdown(markdown: str, *, page: Any, config: Any, files: Files) -> str:
    """Take along what a page links to outside of docs/, and let the links lead to the copies."""
    docs = Path(config.docs_dir).resolve()
    here = docs / page.file.src_uri

    def kept(found: re.Match[str]) -> str:
        target = (here.parent / found["path"]).resolve()
        if target.is_relative_to(docs) or not target.is_relative_to(docs.parent) or not target.is_file():
            return found[0]
        copy = FOLDER / target.relative_to(docs.parent).as_posix()
        if files.get_file_from_path(str(copy)) is None:
            # Markdown would become a page of its own, with links that lead nowhere: it is taken as text.
            name = copy if copy.suffix != ".md" else copy.with_suffix(".md.txt")
            files.append(File.generated(config, str(name), abs_src_path=str(target)))
            copy = name
        up = "../" * (len(PurePosixPath(page.file.src_uri).parts) - 1)
        return f"{up}{copy}{found['anchor'] or ''}"

    return LINK.sub(kept, markdown)
