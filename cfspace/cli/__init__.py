"""The command line: the only room that prints or exits."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; status 0 done, 2 the input is at fault, 1 a bug."""
    from cfspace.cli.app import app
    from cfspace.cli.console import tell_error
    from cfspace.errors import CfspaceError

    try:
        app()
    except CfspaceError as error:
        tell_error(error)
        sys.exit(2)
