"""Parser of policies in TOML: shipped ones by name, a site's own from a file.

All mistakes in a text are reported together, each with its line, its key and what is allowed.
"""

import hashlib
import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path as FilePath

from pydantic import ValidationError

from alerts.policy.checks import without_firm_limit
from alerts.policy.expected_course import expected_of
from alerts.policy.expressions import TermError, allowed, parse_duration
from alerts.policy.rule_parser import rule_of
from alerts.policy.rules import Expected, Policy, Rule
from alerts.policy.study_drug import StudyDrug
from alerts.policy.study_parser import checked_events, drug_of
from alerts.policy.tables import (
    RENAMED,
    DoseTable,
    ExpectedTable,
    PolicyTable,
    RuleTable,
    Table,
    with_current_keys,
)
from alerts.policy.toml_lines import Path, line_of, lines
from devices.errors import PhysiomonError
from devices.signals import SIGNALS


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a policy's text.

    Attributes:
        line: from 1.
        key: such as ``above of rule 'hr-110'``.
        what: the mistake, and what is allowed.
    """

    line: int
    key: str
    what: str

    def __str__(self) -> str:
        """Return it as one sentence."""
        return f"line {self.line}, {self.key}: {self.what}"


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
    reading = _Reading(data, found, recorded=recorded)
    header, rules = reading.header(), reading.rules()
    settling = reading.settling(header)
    expected, dose = reading.expected(), reading.dose(header)
    events = checked_events(() if header is None else header.events, reading.report)
    if header is None or (reading.problems and not recorded):
        raise PolicyError("", tuple(sorted(reading.problems, key=lambda p: p.line)))
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


class _Reading:
    """Reads the tables of a policy and collects mistakes."""

    def __init__(
        self, data: dict[str, object], found: dict[Path, int], *, recorded: bool = False
    ) -> None:
        self._recorded = recorded
        self.problems: list[Problem] = []
        self._data = data
        self._found = found
        tables = data.get("rule")
        self._tables: list[object] = tables if isinstance(tables, list) else []

    def header(self) -> PolicyTable | None:
        try:
            return PolicyTable.model_validate(self._data)
        except ValidationError as error:
            self._misshapen(error, PolicyTable, ())
            return None

    def settling(self, header: PolicyTable | None) -> tuple[tuple[str, float], ...]:
        read: list[tuple[str, float]] = []
        for signal, text in ((header and header.settling) or {}).items():
            if signal not in SIGNALS:
                what = f"'{signal}' is not a known signal: {allowed(signal, SIGNALS)}"
                self.report(("settling", signal), what)
                continue
            try:
                read.append((signal, parse_duration(text)))
            except TermError as error:
                self.report(("settling", signal), str(error))
        return tuple(read)

    def dose(self, header: PolicyTable | None) -> StudyDrug | None:
        if header is None or header.dose is None:
            return None
        try:
            table = DoseTable.model_validate(header.dose)
        except ValidationError as error:
            self._misshapen(error, DoseTable, ("dose",))
            return None
        return drug_of(table, self.report)

    def expected(self) -> tuple[Expected, ...]:
        tables = self._data.get("expected")
        first: dict[str, int] = {}
        read = []
        for number, table in enumerate(tables if isinstance(tables, list) else []):
            where = ("expected", number)
            try:
                checked = ExpectedTable.model_validate(table)
            except ValidationError as error:
                if isinstance(table, dict):  # else the header has reported it
                    self._misshapen(error, ExpectedTable, where)
                continue
            if first.setdefault(checked.signal, number) != number:
                line = line_of(self._found, ("expected", first[checked.signal], "signal"))
                what = f"'{checked.signal}' already has a course on line {line}"
                self.report((*where, "signal"), what)
            read.append(self._course(checked, where))
        return tuple(band for band in read if band is not None)

    def _course(self, table: ExpectedTable, where: Path) -> Expected | None:
        return expected_of(table, lambda path, what: self.report((*where, *path), what))

    def rules(self) -> tuple[Rule, ...]:
        read = (self._rule(number, table) for number, table in enumerate(self._tables))
        rules = tuple(rule for rule in read if rule is not None)
        self._refuse_same_ids()
        if not self.problems:  # a rule that could not be read may have the firm limit
            for index in without_firm_limit(rules):
                self.report(
                    ("rule", index),
                    "a rolling limit of a temperature follows a slow rise: add a rule with a fixed "
                    "limit or one relative to the baseline",
                )
        return rules

    def _rule(self, number: int, table: object) -> Rule | None:
        if not isinstance(table, dict):
            return None  # the header has reported it
        if self._recorded:
            table = with_current_keys(table)
        try:
            checked = RuleTable.model_validate(table)
        except ValidationError as error:
            self._misshapen(error, RuleTable, ("rule", number))
            return None
        return rule_of(checked, lambda path, what: self.report(("rule", number, *path), what))

    def _refuse_same_ids(self) -> None:
        first: dict[str, int] = {}
        for number in range(len(self._tables)):
            name = self._id(number)
            if name is not None and first.setdefault(name, number) != number:
                line = line_of(self._found, ("rule", first[name], "id"))
                what = f"'{name}' is already the rule on line {line}; give this one another id"
                self.report(("rule", number, "id"), what)

    def _id(self, number: int) -> str | None:
        table = self._tables[number]
        name = table.get("id") if isinstance(table, dict) else None
        return name if isinstance(name, str) else None

    def _misshapen(self, error: ValidationError, table: type[Table], where: Path) -> None:
        """Report each key that pydantic refuses once, with its description."""
        seen: set[str | int] = set()
        for detail in error.errors(include_url=False, include_input=False):
            key, *rest = detail["loc"]
            if key in seen:
                continue
            seen.add(key)
            if detail["type"] == "extra_forbidden" and key in RENAMED and table is RuleTable:
                what = f"is now called {RENAMED[key]}: write {RENAMED[key]} instead"
            elif detail["type"] == "extra_forbidden":
                what = f"is not a known key: {allowed(str(key), table.model_fields)}"
            elif detail["type"] == "missing":
                what = f"is missing: it must be {table.form(str(key))}"
            else:
                what = f"must be {table.form(str(key))}"
            element = tuple(part for part in rest[:1] if isinstance(part, int))
            self.report((*where, key, *element), what)

    def report(self, path: Path, what: str) -> None:
        self.problems.append(Problem(line_of(self._found, path), self._place(path), what))

    def _place(self, path: Path) -> str:
        match path:
            case ("rule", int(number), *rest):
                name = self._id(number)
                rule = f"rule {number + 1}" if name is None else f"rule '{name}'"
                return f"{rest[0]} of {rule}" if rest else rule
            case ("dose", str(key)):
                return f"{key} of dose"
            case ("expected", int(number), *rest):
                course = f"expected {number + 1}"
                return f"{rest[0]} of {course}" if rest else course
            case _:
                return str(path[0])
