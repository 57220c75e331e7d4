"""Copy the code of each notebook into its Chinese twin, so that the two cannot drift apart.

``notebooks/02_isochrones.ipynb`` is run and edited; ``02_isochrones.zh.ipynb`` tells the same story
in Chinese. Their cells stand in the same order: write the text of a new cell in both, then run this.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path


def twin_of(notebook: Path) -> Path:
    """Return where the Chinese twin of a notebook lies.

    Examples
    --------
    >>> twin_of(Path("notebooks/01_quickstart.ipynb")).name
    '01_quickstart.zh.ipynb'
    """
    return notebook.with_name(f"{notebook.stem}.zh.ipynb")


def copy_code(notebook: Path) -> bool:
    """Write the code cells of a notebook into its twin; return whether anything changed.

    Raises
    ------
    ValueError
        If the twin is missing, or its cells are of other kinds or another number.
    """
    twin = twin_of(notebook)
    if not twin.is_file():
        raise ValueError(f"{twin.name} is missing; copy {notebook.name} and translate its text")
    ours, theirs = (json.loads(path.read_text(encoding="utf-8")) for path in (notebook, twin))
    if [cell["cell_type"] for cell in ours["cells"]] != [cell["cell_type"] for cell in theirs["cells"]]:
        raise ValueError(f"{twin.name} has other cells than {notebook.name}; give it one for each, in order")
    changed = False
    for here, there in zip(ours["cells"], theirs["cells"], strict=True):
        if here["cell_type"] == "code" and here["source"] != there["source"]:
            there["source"], changed = here["source"], True
    if changed:
        text = json.dumps(theirs, ensure_ascii=False, indent=1, sort_keys=True)
        twin.write_text(text + "\n", encoding="utf-8", newline="\n")
    return changed


def main(argv: Sequence[str] | None = None) -> int:
    """Copy the code of the notebooks named, or of all; return 2 where a twin does not fit."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "notebooks", nargs="*", type=Path, help="English notebooks; default: all in notebooks/"
    )
    known = parser.parse_args(argv)
    folder = Path(__file__).resolve().parents[1] / "notebooks"
    english = known.notebooks or [
        path for path in sorted(folder.glob("*.ipynb")) if not path.stem.endswith(".zh")
    ]
    status = 0
    for notebook in english:
        try:
            changed = copy_code(notebook)
        except ValueError as error:
            print(f"error: {error}", file=sys.stderr)
            status = 2
        else:
            print(f"{twin_of(notebook).name}: {'written' if changed else 'in step'}")
    return status


if __name__ == "__main__":
    sys.exit(main())
