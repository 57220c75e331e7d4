"""Hook of mkdocs: the page of the command line is made from the commands themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import typer.main

from cfspace.cli.app import app

MARK: Final = "<!-- Every command"


def on_page_markdown(markdown: str, *, page: Any, config: Any, files: Any) -> str:  # noqa: ARG001
    """Put the commands where the page says so."""
    if page.file.src_uri != "cli.md":
        return markdown
    if MARK not in markdown:
        raise ValueError(f"docs/cli.md: the comment that begins with {MARK!r} is gone; put it back")
    head, _ = markdown.split(MARK)
    return head + "\n".join(commands())


def commands() -> Iterator[str]:
    """Yield the lines of all commands."""
    group: Any = typer.main.get_command(app)
    for name, command in sorted(group.commands.items()):
        yield from described(name, command)


def described(name: str, command: Any) -> Iterator[str]:
    """Yield the lines of one command."""
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one.param_type_name == "option" and one.name != "help"]
    words = " ".join(one.name.upper() for one in arguments)
    yield f"## cfspace {name}"
    yield ""
    yield " ".join((command.help or "").split())
    yield ""
    yield f"`cfspace {name}{' ' + words if words else ''}{' [OPTIONS]' if options else ''}`"
    yield ""
    if not arguments and not options:
        return
    yield "| | meaning | default |"
    yield "|---|---|---|"
    for one in (*arguments, *options):
        yield _row(one)
    yield ""


def _row(parameter: Any) -> str:
    is_argument = parameter.param_type_name == "argument"
    spelt = f"`{parameter.name.upper()}`" if is_argument else ", ".join(f"`{text}`" for text in parameter.opts)
    told = " ".join((getattr(parameter, "help", None) or "").split()).replace("|", "\\|")
    variable = f" Environment: `{parameter.envvar}`." if parameter.envvar else ""
    return f"| {spelt} | {told}{variable} | {_default(parameter)} |"


def _default(parameter: Any) -> str:
    """Return how a default is shown; nothing where there is none, or for a switch that is off."""
    if parameter.required:
        return "required"
    value = parameter.default
    return "" if value is None or value is False or callable(value) else f"`{value}`"
