"""The commands of ``physiomon`` with their arguments and options."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import typer
from typer.models import ArgumentInfo, OptionInfo

from monitor.cli import app
from scripts.reference.markdown import code, codes, prose, sections, sentence, table

_HEAD = """# Command line

A command that fails prints one sentence on standard error and ends with status 1; wrong arguments
end it with status 2. With `--json` a command prints its results as JSON, and an error as
`{"error": "..."}`. `physiomon --help` and `physiomon COMMAND --help` print what is on this page;
`physiomon --version` prints the version."""
_TYPES = {int: "integer", float: "number", str: "text", Path: "path"}


def page() -> str:
    """Return the page."""
    return sections(_HEAD, *(_section(*each) for each in sorted(commands(app, "physiomon"))))


def commands(group: typer.Typer, path: str) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield each command with the words that call it, and its function."""
    for command in group.registered_commands:
        if command.callback is not None:
            name = command.name or command.callback.__name__.replace("_", "-")
            yield f"{path} {name}", command.callback
    for inner in group.registered_groups:
        if inner.typer_instance is not None:
            yield from commands(inner.typer_instance, f"{path} {inner.name}")


@dataclass(frozen=True, slots=True)
class _Parameter:
    name: str
    kind: Any  # a type, or a `Literal` of the choices
    info: ArgumentInfo | OptionInfo
    default: Any

    @property
    def required(self) -> bool:
        return self.default is inspect.Parameter.empty

    @property
    def title(self) -> str:
        if isinstance(self.info, ArgumentInfo):
            return code(self.metavar)
        # Within Annotated the first name of an option is what typer calls its default.
        first = [self.info.default] if isinstance(self.info.default, str) else []
        more = self.info.param_decls or ()
        return codes([*first, *more] or [f"--{self.name.replace('_', '-')}"])

    @property
    def help(self) -> str:
        if not self.info.help:
            raise LookupError(f"the parameter '{self.name}' has no help")
        return sentence(self.info.help)

    @property
    def metavar(self) -> str:
        return (self.info.metavar or self.name.upper()).removesuffix("...")

    @property
    def type(self) -> str:
        if self.kind is bool:
            return "flag"
        if get_origin(self.kind) is Literal:
            return " or ".join(map(code, get_args(self.kind)))
        low, high = self.info.min, self.info.max
        if low is None:
            return _TYPES[self.kind]
        bounds = f"{low:g} or more" if high is None else f"{low:g} to {high:,g}"
        return f"{_TYPES[self.kind]}, {bounds}"

    @property
    def default_text(self) -> str:
        if self.required:
            return "**required**"
        if self.default is None or self.kind is bool:
            return ""
        return code(f"{self.default:g}" if self.kind is float else str(self.default))

    @property
    def usage(self) -> str:
        several = "..." if (self.info.metavar or "").endswith("...") else ""
        return f"{self.metavar}{several}" if self.required else f"[{self.metavar}{several}]"


def _section(path: str, command: Callable[..., Any]) -> str:
    parameters = [*_parameters(command)]
    arguments = [each.usage for each in parameters if isinstance(each.info, ArgumentInfo)]
    options = ["[OPTIONS]"] if len(arguments) < len(parameters) else []
    rows = [(each.title, each.type, each.default_text, each.help) for each in parameters]
    return sections(
        f"## `{path}`",
        prose(command.__doc__),
        f"```text\n{' '.join([path, *options, *arguments])}\n```",
        table(("Argument or option", "Type", "Default", "Meaning"), rows) if rows else "",
    )


def _parameters(command: Callable[..., Any]) -> Iterator[_Parameter]:
    hints = get_type_hints(command, include_extras=True)
    for name, parameter in inspect.signature(command).parameters.items():
        annotation, *metadata = get_args(hints[name])
        [info] = (each for each in metadata if isinstance(each, ArgumentInfo | OptionInfo))
        yield _Parameter(name, _kind(annotation), info, parameter.default)


def _kind(annotation: Any) -> Any:
    """Return the type of one value: without None, and of a list that of its items."""
    if get_origin(annotation) is Literal:
        return annotation
    inner = [each for each in get_args(annotation) if each is not type(None)]
    return _kind(inner[0]) if inner else annotation
