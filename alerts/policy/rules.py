"""Rules, each a condition with its times and priority, and the policy that holds them.

Pure records. `alerts.policy.parser` reads them from TOML, the engine evaluates them.
"""

import enum
from dataclasses import dataclass, field

from alerts.policy.conditions import (
    Absent,
    Compare,
    Condition,
    FaultCondition,
    Frozen,
    Invalid,
    MeasurementDue,
)
from alerts.policy.study_drug import StudyDrug


class Priority(enum.IntEnum):
    """Urgency of a response. Source: IEC 60601-1-8, table 1."""

    INFO = 0  # shown, silent
    LOW = 1
    MEDIUM = 2
    HIGH = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A condition with its times and its priority.

    Attributes:
        id: unique in its policy.
        condition: what has to hold.
        sustain_s: for how long the condition must be seen before the alarm is raised.
        clear_after_s: for how long it must be seen to be over before the alarm clears.
        priority: of the alarm.
        latch: the alarm stays after its condition is over until it is reset.
        message: text of the alarm.
        physician_message: the same for a physician; empty: `message` without advice to call one.
        measure_again_s: time from a measurement that violates the rule to the next one, or None.
        source: of the limit, such as a publication.
        enabled: False: an override has disabled it; see `alerts.policy.overrides`.
        sustain_ns, clear_after_ns: the same times in nanoseconds, which every evaluation needs.
    """

    id: str
    condition: Condition
    sustain_s: float = 0.0
    clear_after_s: float = 0.0
    priority: Priority = Priority.LOW
    latch: bool = False
    message: str
    physician_message: str = ""
    measure_again_s: float | None = None
    source: str
    enabled: bool = True
    sustain_ns: int = field(init=False, repr=False, compare=False)
    clear_after_ns: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Store the times in nanoseconds."""
        object.__setattr__(self, "sustain_ns", round(self.sustain_s * 1e9))
        object.__setattr__(self, "clear_after_ns", round(self.clear_after_s * 1e9))

    @property
    def technical(self) -> bool:
        """Return whether it is about equipment or procedure, not the person."""
        match self.condition:
            case Absent() | Invalid() | Frozen() | FaultCondition() | MeasurementDue():
                return True
            case Compare(signal=signal):
                return signal == "battery"
            case _:
                return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """An expected band around one signal's baseline after the dose, linear between its points.

    Attributes:
        signal: such as ``heart_rate``.
        points: (minutes after the dose, low, high), increasing in time; low and high are added
            to the baseline, in the signal's unit.
        source: of the band, such as a publication.
    """

    signal: str
    points: tuple[tuple[float, float, float], ...]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A versioned set of rules.

    Attributes:
        name: of the set.
        version: as its authors count it.
        reviewed_by: the physician who signed it off; empty for an unreviewed template.
        rules: in the order of the file.
        settling: (signal, seconds): time after a sensor was put on in which values of that
            signal are shown, but not compared with limits.
        expected: courses after the dose, only drawn; no rule reads them.
        events: kinds of adverse events to choose from, beside `study_drug.OTHER`.
        dose: drug of the study, or None.
        digest: SHA-256 of the file's text, in hex.
        text: of the file, as it was read and as the journal keeps it.
    """

    name: str
    version: str
    reviewed_by: str
    rules: tuple[Rule, ...]
    digest: str
    text: str
    settling: tuple[tuple[str, float], ...] = ()
    expected: tuple[Expected, ...] = ()
    events: tuple[str, ...] = ()
    dose: StudyDrug | None = None
