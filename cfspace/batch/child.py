"""The process that computes one study: ``python -m cfspace.batch.child``, its order on standard input.

A process of its own for each study bounds what a study can harm: its memory is watched from outside and goes
back to the system at the end, and if it dies nothing else does. Its last line is the outcome.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any

from cfspace._version import __version__
from cfspace.batch.tasks import AT_FAULT, BUG, DONE, Outcome, Task
from cfspace.errors import CfspaceError

ORPHANED = 75
"""Exit status of a child whose parent is gone."""


def main() -> None:
    """Read an order, carry it out, and write the outcome."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints must not look like an answer
    line = sys.stdin.readline()
    if not line:
        return
    threading.Thread(target=_end_with_parent, daemon=True).start()
    answers.write(json.dumps(carry_out(json.loads(line)).as_dict()) + "\n")
    answers.flush()


def carry_out(order: dict[str, Any]) -> Outcome:
    """Do what an order asks for; whatever happens comes back as an outcome.

    Parameters
    ----------
    order
        ``task`` as `Task` has it, and ``folder``, where the run is to stand.
    """
    task = Task(**order["task"])
    begun = time.perf_counter()
    try:
        if task.version != __version__:
            raise CfspaceError(
                f"{task.study}: cfspace {__version__} is installed where it was to be computed, and "
                f"{task.version} where the batch was begun; install the same everywhere"
            )
        _compute(task, Path(order["folder"]))
    except CfspaceError as error:
        state, message = AT_FAULT, str(error)
    except MemoryError:
        state, message = BUG, f"{task.study}: the machine has no memory left; use fewer --jobs"
    except Exception:  # noqa: BLE001 - a bug in one study must not end the others; it is told in full
        state, message = BUG, traceback.format_exc(limit=-6)
    else:
        state, message = DONE, ""
    return Outcome(state=state, message=message, seconds=time.perf_counter() - begun)


def _compute(task: Task, folder: Path) -> None:
    from cfspace.runs.run import run

    run(task.study, folder, lang=task.lang, force=True, draw=task.draw, cache=task.cache)


def _end_with_parent() -> None:
    """End this process when the one that started it is gone: its end of our input closes then."""
    while sys.stdin.read(4096):
        pass
    os._exit(ORPHANED)


if __name__ == "__main__":
    main()
