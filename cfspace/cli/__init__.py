"""The command line: the only room that prints or exits."""

from __future__ import annotations

import gc
import sys

GC_THRESHOLD = 50_000


def main() -> None:
    """Run the command line; status 0 done, 2 the input is at fault, 1 a bug."""
    from cfspace.cli.app import app
    from cfspace.cli.console import tell_error
    from cfspace.errors import CfspaceError

    # A run makes millions of small objects and hardly a cycle: looking for these all the time takes a
    # twentieth of it.
    gc.set_threshold(GC_THRESHOLD, *gc.get_threshold()[1:])
    try:
        app()
    except CfspaceError as error:
        tell_error(error)
        sys.exit(2)
