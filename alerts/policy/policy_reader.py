"""Parts of a policy, read from its tables; mistakes with their line, key and what is allowed."""

from dataclasses import dataclass

from pydantic import ValidationError

from alerts.policy.checks import without_firm_limit
from alerts.policy.expected_course import expected_of
from alerts.policy.expressions import TermError, allowed, parse_duration
from alerts.policy.rule_parser import rule_of
from alerts.policy.rules import Expected, Rule
from alerts.policy.study_drug import StudyDrug
from alerts.policy.study_parser import drug_of
from alerts.policy.tables import (
    RENAMED,
    DoseTable,
    ExpectedTable,
    PolicyTable,
    RuleTable,
    Table,
    with_current_keys,
)
from alerts.policy.toml_lines import Path, line_of
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


class PolicyReader:
    """Reads the tables of a policy and collects their mistakes in `problems`.

    A part with a mistake is left out of what its method returns.
    """

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
        """Return the keys beside the tables, or None if one is not valid."""
        try:
            return PolicyTable.model_validate(self._data)
        except ValidationError as error:
            self._misshapen(error, PolicyTable, ())
            return None

    def settling(self, header: PolicyTable | None) -> tuple[tuple[str, float], ...]:
        """Return signals and how long each settles, in seconds."""
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
        """Return the study drug, or None without one."""
        if header is None or header.dose is None:
            return None
        try:
            table = DoseTable.model_validate(header.dose)
        except ValidationError as error:
            self._misshapen(error, DoseTable, ("dose",))
            return None
        return drug_of(table, self.report)

    def expected(self) -> tuple[Expected, ...]:
        """Return the expected courses."""
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
        """Return the rules in their order."""
        read = (self._rule(number, table) for number, table in enumerate(self._tables))
        rules = tuple(rule for rule in read if rule is not None)
        self._refuse_same_ids()
        if not self.problems:  # a rule that could not be read may have the firm limit
            for index in without_firm_limit(rules):
                self.report(
                    ("rule", index),
                    "its limit is unknown before the dose, or follows a slow rise: add a rule of "
                    "low priority or higher that compares the same signal with a number",
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
        """Add a mistake at a path of keys and indices."""
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
