"""A rulebook as a page to read: every indicator with its thresholds, source and confidence."""

from __future__ import annotations

from itertools import groupby

from cfspace.config.rulebook import Rule, Rulebook, Target
from cfspace.rulebooks.tables import thresholds

_HEAD = (
    "| id | indicator | who | level | measure and thresholds | goal | source | confidence |",
    "|---|---|---|---|---|---|---|---|",
)


def rulebook_page(rulebook: Rulebook) -> str:
    """Return a rulebook as Markdown, titles in both languages, one table a task.

    Examples
    --------
    >>> from cfspace.rulebooks import load_rulebook
    >>> rulebook_page(load_rulebook("sdg-who")).splitlines()[0]
    '# International indicators (SDG 11, WHO) 国际指标（可持续发展目标11、世界卫生组织）'
    """
    titles = {task.number: f"{task.number} {task.title.en} {task.title.zh}" for task in rulebook.task}
    lines = [
        f"# {rulebook.title.en} {rulebook.title.zh}",
        "",
        f"Rulebook `{rulebook.name}`, version {rulebook.version}; this page is made from it by "
        "`scripts/rulebook_page.py`. A goal marked * is our choice, with no norm behind it. "
        "Indicators in brackets are reported and not scored.",
        "",
    ]
    for task, rules in groupby(
        sorted(rulebook.indicator, key=lambda rule: rule.task), key=lambda rule: rule.task
    ):
        own = list(rules)
        lines += [f"## {titles[task]}", "", *_HEAD, *(_row(rule) for rule in own), ""]
        lines += [f"- **{rule.id}** {rule.meaning.en} {rule.meaning.zh}{_note(rule)}" for rule in own]
        lines += [""]
    lines += ["## Targets", "", "| target | kinds | where |", "|---|---|---|"]
    lines += [
        f"| `{target.id}` | {', '.join(target.kinds)} | {_where(target)} |" for target in rulebook.target
    ]
    lines += [
        "",
        "## How far numbers may be off",
        "",
        "[How sure](scores.md#how-sure) tells what each is for.",
        "",
    ]
    lines += ["| number | value | source |", "|---|---|---|"]
    doubt = rulebook.uncertainty
    lines += [f"| `{name}` | {getattr(doubt, name):g} | {source} |" for name, source in doubt.sources.items()]
    lines += [
        f"| `{name}` | {getattr(doubt, name):g} | our choice |" for name in ("draws", "seed", "interval")
    ]
    return "\n".join(lines) + "\n"


def _row(rule: Rule) -> str:
    name = f"{rule.title.en} {rule.title.zh}"
    goal = "" if rule.goal is None else f"{rule.goal:g}{'*' if rule.goal_basis == 'design' else ''}"
    cells = (
        f"({rule.id})" if rule.report_only else rule.id,
        name,
        rule.age_label,
        rule.level,
        f"`{rule.measure}` {thresholds(rule)}",
        f"{goal} {rule.value_unit}".strip(),
        rule.source.en,
        rule.confidence + (f"; ours: {', '.join(rule.design)}" if rule.design else ""),
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _note(rule: Rule) -> str:
    return "" if rule.note is None else f" *{rule.note.en} {rule.note.zh}*"


def _where(target: Target) -> str:
    told = [condition.model_dump(exclude_none=True) for condition in target.where]
    instead = [condition.model_dump(exclude_none=True) for condition in target.otherwise]
    text = "; ".join(_condition(one) for one in told)
    return text + (
        f"; where that is not known, {'; '.join(_condition(one) for one in instead)}" if instead else ""
    )


def _condition(one: dict[str, object]) -> str:
    parts = []
    if "equals" in one:
        parts.append("is " + " or ".join(str(value) for value in one["equals"]))  # type: ignore[attr-defined]
    if "min" in one:
        parts.append(f"at least {one['min']:g}")
    if "max" in one:
        parts.append(f"below {one['max']:g}")
    return f"{one['attribute']} {', '.join(parts)}"
