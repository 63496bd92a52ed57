"""Loader of configuration files; errors name file, line, key and what is allowed."""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from alerts.policy.expressions import allowed
from alerts.policy.toml_lines import line_of, lines
from monitor.config.run import Config
from monitor.errors import ConfigError

Sections = TypeVar("Sections", bound=BaseModel)


def load_config(path: Path) -> Config:
    """Load the configuration file of a session.

    Raises:
        ConfigError: see `load`.
    """
    return load(path, Config)


def is_of_gateway(path: Path) -> bool:
    """Return whether a configuration file is one of a gateway; False if it cannot be read."""
    try:
        return isinstance(tomllib.loads(path.read_text("utf-8")).get("gateway"), dict)
    except (OSError, ValueError):  # includes TOMLDecodeError and UnicodeDecodeError
        return False


def load(path: Path, model: type[Sections]) -> Sections:
    """Load a configuration file.

    Raises:
        ConfigError: it cannot be read, is not TOML, or contains mistakes; names all of them.
    """
    try:
        text = path.read_bytes().decode()
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not UTF-8 text; save it in that encoding") from None
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from None
    try:
        return model.model_validate(data)
    except ValidationError as error:
        found = lines(text)
        problems = []
        for detail in error.errors(include_url=False, include_input=False):
            place = tuple(part for part in detail["loc"] if part != "function-after")
            what = _sentence(detail["type"], detail["msg"], place, model)
            problems.append(f"{path}, line {line_of(found, place)}: {what}")
        raise ConfigError("; ".join(problems)) from None


def _sentence(kind: str, message: str, place: Sequence[str | int], model: type[BaseModel]) -> str:
    """Return a sentence for a pydantic error, with the key and what is allowed."""
    key = next((part for part in reversed(place) if isinstance(part, str)), "the file")
    match kind:
        case "extra_forbidden":
            return f"'{key}' is not a known key: {allowed(key, _keys(place[:-1], model))}"
        case "missing":
            return f"'{key}' is missing"
        case "value_error":
            return message.removeprefix("Value error, ")
        case "string_pattern_mismatch":
            pattern = "letters, digits, '-', '_' and '.', 64 at most"
            if key in {"site", "room"}:
                pattern = (
                    "letters and digits of any script, blanks, '-', '_' and '.', 64 at most; it "
                    "begins with a letter or a digit, and does not end with a blank"
                )
            if key == "url":
                pattern = "an address such as http://127.0.0.1:8086, without user or password"
            if key == "telephone":
                pattern = "a telephone number such as +41 44 123 45 67"
            if key == "names":
                pattern = "DNS names in lower case, such as monitor.example.org"
            if key == "stream":
                pattern = "letters, digits, '-' and '_', 64 at most: Grafana accepts nothing else"
            return f"'{key}' must be {pattern}"
        case _:
            return f"'{key}': {message[0].lower()}{message[1:]}"


def _keys(place: Sequence[str | int], model: type[BaseModel]) -> list[str]:
    """Return the known keys of the table at a place."""
    for part in place:
        if isinstance(part, str) and part in model.model_fields:
            inner = _model_in(model.model_fields[part].annotation)
            model = inner or model
    return list(model.model_fields)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        if (found := _model_in(inner)) is not None:
            return found
    return None
