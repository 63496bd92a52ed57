"""Parser of policies in TOML: shipped ones by name, a site's own from a file.

All mistakes in a text are reported together, each with its line, its key and what is allowed.
"""

import hashlib
import re
import tomllib
from functools import lru_cache
from importlib import resources
from pathlib import Path as FilePath

from alerts.policy.expressions import allowed
from alerts.policy.policy_reader import PolicyReader, Problem
from alerts.policy.rules import Policy
from alerts.policy.study_parser import checked_events
from alerts.policy.toml_lines import lines
from devices.errors import PhysiomonError


class PolicyError(PhysiomonError):
    """A policy that cannot be used.

    Attributes:
        problems: all mistakes in its text, in the order of its lines; empty if it has no text.
    """

    def __init__(self, origin: str, problems: tuple[Problem, ...]) -> None:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(f"{origin}, {problems[0]}{more}" if problems else origin)
        self.problems = problems


def shipped() -> tuple[str, ...]:
    """Return the names of the policies that come with physiomon."""
    files = resources.files("alerts").joinpath("policies").iterdir()
    return tuple(sorted(f.name.removesuffix(".toml") for f in files if f.name.endswith(".toml")))


def load_shipped(name: str) -> Policy:
    """Read a policy that comes with physiomon.

    Raises:
        PolicyError: no policy has this name.
    """
    if name not in shipped():
        raise PolicyError(f"there is no shipped policy '{name}': {allowed(name, shipped())}", ())
    file = resources.files("alerts").joinpath("policies", f"{name}.toml")
    return parse_policy(file.read_bytes().decode(), f"policy {name}")


def load_policy(path: FilePath) -> Policy:
    """Read a policy from a file.

    Raises:
        PolicyError: the file cannot be read, or is not a valid policy.
    """
    try:
        # Line ends stay as they are: the digest is that of the file.
        text = path.read_bytes().decode()
    except OSError as error:
        raise PolicyError(f"cannot read the policy {path}: {error.strerror}", ()) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        problem = Problem(line, "text", "is not UTF-8; save the file in that encoding")
        raise PolicyError(str(path), (problem,)) from None
    return parse_policy(text, str(path))


def parse_policy(text: str, origin: str, *, recorded: bool = False) -> Policy:
    """Read a policy's text.

    Args:
        text: TOML.
        origin: the file or name that errors refer to.
        recorded: it is from a journal of an older version: use old keys too, and leave out rules
            that are refused today.

    Raises:
        PolicyError: it is not valid TOML, or not a valid policy; holds all mistakes.
    """
    try:
        return _parsed(text, recorded)
    except PolicyError as error:
        raise PolicyError(origin, error.problems) from None


_LONGEST_LINE = 10_000


# A start of a session reads a policy from its file and from the journal; all other sessions wait.
@lru_cache(maxsize=16)
def _parsed(text: str, recorded: bool) -> Policy:  # noqa: FBT001
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > _LONGEST_LINE:  # tomllib's time grows with the square of the parts of a key
            what = f"is longer than {_LONGEST_LINE} characters"
            raise PolicyError("", (Problem(number, "line", what),))
    try:
        data = tomllib.loads(text)
        digest = hashlib.sha256(text.encode()).hexdigest()
        found = lines(text)
    except (ValueError, RecursionError) as error:
        raise PolicyError("", (_syntax(text, error),)) from None
    reader = PolicyReader(data, found, recorded=recorded)
    header, rules = reader.header(), reader.rules()
    settling = reader.settling(header)
    expected, dose = reader.expected(), reader.dose(header)
    events = checked_events(() if header is None else header.events, reader.report)
    if header is None or (reader.problems and not recorded):
        raise PolicyError("", tuple(sorted(reader.problems, key=lambda p: p.line)))
    return Policy(
        name=header.name,
        version=header.version.strip(),
        reviewed_by=header.reviewed_by.strip(),
        rules=rules,
        digest=digest,
        text=text,
        settling=settling,
        expected=expected,
        events=events,
        dose=dose,
    )


def _syntax(text: str, error: ValueError | RecursionError) -> Problem:
    """Return the mistake in a text that is not TOML; only tomllib's message has the line."""
    match = re.fullmatch(r"(.*) \(at line (\d+), column (\d+)\)", str(error), re.DOTALL)
    if match:
        return Problem(int(match[2]), f"column {match[3]}", f"is not valid TOML: {match[1]}")
    reason = str(error).removesuffix(" (at end of document)")
    at_end = reason != str(error)
    line = text.removesuffix("\n").count("\n") + 1 if at_end else 1
    return Problem(line, "end of the text" if at_end else "text", f"is not valid TOML: {reason}")
