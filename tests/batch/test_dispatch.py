from __future__ import annotations

from collections import deque

from cfspace.batch.dispatch import dispatch
from cfspace.batch.tasks import AT_FAULT, DIED, DONE, SET_ASIDE, Outcome, Task


class ToldPool:
    """A pool whose answers are told beforehand, by name and attempt."""

    def __init__(self, answers: dict[str, list[str]], n_workers: int = 2) -> None:
        self.answers = {name: deque(states) for name, states in answers.items()}
        self.n_workers, self.running, self.begun = n_workers, list[Task](), list[str]()

    def n_free(self) -> int:
        return self.n_workers - len(self.running)

    def submit(self, task: Task) -> None:
        assert self.n_free() > 0
        self.running.append(task)
        self.begun.append(task.name)

    def finished(self) -> list[tuple[Task, Outcome]]:
        task = self.running.pop(0)
        state = self.answers[task.name].popleft()
        return [(task, Outcome(state=state, message="it was killed" if state == DIED else ""))]

    def close(self) -> None:
        """Do nothing."""


def carried_out(answers: dict[str, list[str]]) -> tuple[dict[str, Outcome], ToldPool, list[str]]:
    pool, told = ToldPool(answers), list[str]()
    tasks = [Task(name=name, study=f"{name}.toml", out="out") for name in answers]
    outcomes = dispatch(tasks, pool, tell=lambda task, outcome: told.append(f"{task.name} {outcome.state}"))
    return outcomes, pool, told


def test_a_study_whose_worker_died_is_tried_again_after_the_others() -> None:
    outcomes, pool, told = carried_out({"a": [DIED, DONE], "b": [DONE], "c": [DONE]})
    assert pool.begun == ["a", "b", "c", "a"]
    assert told == ["a died", "b done", "c done", "a done"]
    assert (outcomes["a"].state, outcomes["a"].deaths) == (DONE, 1)


def test_the_third_death_sets_a_study_aside_and_the_others_finish() -> None:
    outcomes, pool, _ = carried_out({"a": [DIED, DIED, DIED], "b": [DONE], "c": [DONE]})
    assert pool.begun.count("a") == 3
    assert outcomes["a"].state == SET_ASIDE
    assert "a.toml: its worker died 3 times" in outcomes["a"].message
    assert {name for name, outcome in outcomes.items() if outcome.is_good} == {"b", "c"}


def test_a_study_at_fault_is_tried_once() -> None:
    outcomes, pool, _ = carried_out({"a": [AT_FAULT], "b": [DONE]})
    assert pool.begun == ["a", "b"]
    assert outcomes["a"].state == AT_FAULT


def test_nothing_to_do_is_done() -> None:
    outcomes, pool, told = carried_out({})
    assert (outcomes, pool.begun, told) == ({}, [], [])
