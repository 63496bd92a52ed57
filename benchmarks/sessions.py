"""Session that benchmarks record."""

from collections.abc import Iterable

from alerts.policy.rules import Policy
from devices.sensor import SensorSpec
from monitor.core.session_spec import SessionSpec


def spec(policy: Policy, sensors: Iterable[SensorSpec]) -> SessionSpec:
    """Return a session without a participant, with a policy and sensors."""
    return SessionSpec(
        id="benchmark",
        site="benchmark",
        room="1",
        participant="P00",
        virtual=True,
        software="benchmark",
        policy=policy,
        sensors=tuple(sensors),
    )
