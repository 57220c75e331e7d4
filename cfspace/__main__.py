"""``python -m cfspace``: the command line where the console script is not on the path."""

from __future__ import annotations

from cfspace.cli import main

if __name__ == "__main__":
    main()
