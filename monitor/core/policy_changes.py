"""Policy of a session: the initial one, changes and overrides. Pure."""

from collections.abc import Callable

from alerts.policy.overrides import Override, amended, words
from alerts.policy.parser import parse_policy
from alerts.policy.rules import Policy
from monitor.core.rule_evaluator import RuleEvaluator
from monitor.core.sensor_measurements import SensorMeasurements
from monitor.core.session_spec import DERIVATION, SessionSpec
from monitor.entries import Entry, EntryKind
from monitor.facts import Fact, PolicyFact

# Returns the policy to evaluate instead of the one in force, whenever that changes.
Instead = Callable[[Policy], Policy]


def in_force(policy: Policy) -> Policy:
    """Return the policy in force: nothing is evaluated instead."""
    return policy


class PolicyChanges:
    """Policy of one session and its overrides.

    Args:
        evaluator: of the session; evaluates the policy in force.
        measurements: of the session; are evaluated again under another policy.
        instead: returns the policy to evaluate instead of the one in force, for what-if.

    Attributes:
        base: the policy without overrides; None before the session's first entry.
        overrides: in force, by rule.
    """

    def __init__(
        self, evaluator: RuleEvaluator, measurements: SensorMeasurements, instead: Instead
    ) -> None:
        self.base: Policy | None = None
        self.overrides: dict[str, Override] = {}
        self._evaluator = evaluator
        self._measurements = measurements
        self._instead = instead
        self._recorded = False

    def handlers(self) -> dict[str, Callable[[int, Entry], list[Fact]]]:
        """Return the handlers of entries by their kind."""
        return {EntryKind.POLICY: self.change, EntryKind.OVERRIDE: self.override}

    def start(self, now_ns: int, spec: SessionSpec) -> list[Fact]:
        """Put the initial policy of a session in force."""
        self.base = spec.policy
        self.overrides.update((override.rule, override) for override in spec.overrides)
        self._recorded = spec.derivation < DERIVATION
        return self._adopt(now_ns)

    def change(self, now_ns: int, entry: Entry) -> list[Fact]:
        """Apply a POLICY entry: put another policy in force."""
        body = entry.body()
        policy = parse_policy(body["text"], f"policy {entry.source}", recorded=self._recorded)
        base = self.base = policy
        self.overrides.clear()  # they were made for the previous policy
        change = f"{base.name} {base.version}"
        fact = PolicyFact(
            subject="policy", at_ns=now_ns, change=change, by=body["by"], reason=body["reason"]
        )
        return [fact, *self._adopt(now_ns, body["by"])]

    def override(self, now_ns: int, entry: Entry) -> list[Fact]:
        """Apply an OVERRIDE entry: change a rule for this participant, or restore it."""
        body = entry.body()
        override = Override(
            rule=entry.source, changes=body["changes"], by=body["by"], reason=body["reason"]
        )
        overrides = {**self.overrides, override.rule: override}
        if not override.changes:
            del overrides[override.rule]
        assert self.base is not None  # noqa: S101 - the first entry has set it
        amended(self.base, tuple(overrides.values()))  # raises before anything is changed
        self.overrides = overrides
        return [policy_fact(now_ns, override), *self._adopt(now_ns, override.by)]

    def _adopt(self, now_ns: int, by: str = "") -> list[Fact]:
        """Evaluate the policy in force, with its overrides, from now on."""
        assert self.base is not None  # noqa: S101 - the first entry has set it
        in_force = amended(self.base, tuple(self.overrides.values()))
        facts = self._evaluator.adopt(now_ns, self._instead(in_force), by)
        return facts + self._measurements.re_evaluate(now_ns)


def policy_fact(now_ns: int, override: Override) -> PolicyFact:
    """Return an override as a fact."""
    return PolicyFact(
        subject=override.rule,
        at_ns=now_ns,
        change=words(override.changes),
        by=override.by,
        reason=override.reason,
    )
