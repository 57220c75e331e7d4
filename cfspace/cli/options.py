"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

StudyFile = Annotated[Path, typer.Argument(help="Study file (TOML).", show_default=False)]
RunFolder = Annotated[Path, typer.Argument(help="Folder of a finished run.", show_default=False)]
OutFolder = Annotated[Path, typer.Option("--out", help="Folder to make.", show_default=False)]
BaseRun = Annotated[
    Path | None, typer.Option("--run", help="A finished run of this study; default: run it first.")
]
Language = Annotated[str | None, typer.Option("--lang", help="zh or en; default: the study's.")]
Jobs = Annotated[
    int, typer.Option("--jobs", min=1, help="Searches at a time; changes no byte of the tables.")
]
Force = Annotated[bool, typer.Option("--force", help="Replace a run that is there already.")]
ForceResult = Annotated[bool, typer.Option("--force", help="Replace a result that is there already.")]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Read every input anew.")]
NoDraw = Annotated[bool, typer.Option("--no-draw", help="Stop after the tables.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Say what is being done, also in a pipe.")]
TileName = Annotated[
    str | None,
    typer.Option("--tiles", help="osm or tianditu: an online background that readers may switch on."),
]
TiandituKey = Annotated[
    str | None,
    typer.Option(
        "--tianditu-key",
        envvar="CFSPACE_TIANDITU_KEY",
        help="The key that tianditu gave you.",
        show_default=False,
    ),
]
