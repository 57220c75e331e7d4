"""The one way in which studies are handed out, be it to this machine or to a cluster."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final, Protocol

from cfspace.batch.tasks import DIED, SET_ASIDE, Outcome, Task

MOST_DEATHS: Final = 3
"""A study whose worker died so often is set aside."""


class Pool(Protocol):
    """Workers that take one study at a time each."""

    def n_free(self) -> int:
        """Return how many more tasks can be begun now."""

    def submit(self, task: Task) -> None:
        """Begin a task."""

    def finished(self) -> list[tuple[Task, Outcome]]:
        """Wait until something has ended, or for a moment; return what has.

        Raises
        ------
        CfspaceError
            If there is no worker and none comes.
        """

    def close(self) -> None:
        """Give up what is still running."""


Tell = Callable[[Task, Outcome], None]
"""Called whenever an attempt at a task has ended; with ``died`` it is tried again."""


def dispatch(tasks: Iterable[Task], pool: Pool, *, tell: Tell) -> dict[str, Outcome]:
    """Have every task done, and return how each went, by name.

    A task whose worker died goes to the end of the queue and to another worker; the third time it is set
    aside. Nothing else is tried twice: a study at fault stays at fault.

    Parameters
    ----------
    tasks
        Names are unique.
    pool
        Who does them. It is not closed here.
    tell
        Listener.
    """
    waiting, running = deque(tasks), set[str]()
    deaths: Counter[str] = Counter()
    outcomes: dict[str, Outcome] = {}
    while waiting or running:
        while waiting and pool.n_free() > 0:
            task = waiting.popleft()
            running.add(task.name)
            pool.submit(task)
        for task, found in pool.finished():
            running.discard(task.name)
            deaths[task.name] += found.state == DIED
            outcome = replace(found, deaths=deaths[task.name])
            if outcome.state == DIED and outcome.deaths < MOST_DEATHS:
                waiting.append(task)
            else:
                outcome = outcomes[task.name] = _last(task, outcome)
            tell(task, outcome)
    return outcomes


def _last(task: Task, outcome: Outcome) -> Outcome:
    if outcome.state != DIED:
        return outcome
    message = (
        f"{task.study}: its worker died {outcome.deaths} times, the last time because {outcome.message}; "
        "run it alone (cfspace run) to see why"
    )
    return replace(outcome, state=SET_ASIDE, message=message)
