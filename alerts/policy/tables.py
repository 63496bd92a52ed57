"""Tables of a policy file as they are in TOML; pydantic checks only their shape.

Each description completes the sentence 'it must be ...'.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

_LINE = r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$"
_ID = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"

Name = Annotated[
    str, Field(pattern=_ID, description="a short name of letters, digits, '-', '_' and '.'")
]
Line = Annotated[str, Field(pattern=_LINE, description="one line of text")]
LimitText = Annotated[
    float | str | None, Field(description='a number, or text such as "baseline + 1.0"')
]
DurationText = Annotated[str | None, Field(description='a duration such as "10s" or "5min"')]


# Keys of a rule that were renamed: the old name, which only recorded policies have, and the new.
RENAMED = {"trouble": "fault"}  # prose: ignore


class Table(BaseModel):
    """Base of all tables."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, allow_inf_nan=False, defer_build=True
    )

    @classmethod
    def form(cls, key: str) -> str:
        """Describe the valid values of a key."""
        return cls.model_fields[key].description or ""


class RuleTable(Table):
    """One ``[[rule]]``."""

    id: Name
    signal: Annotated[str | None, Field(description='text such as "heart_rate"')] = None
    statistic: Annotated[str | None, Field(description='text such as "median(60s)"')] = None
    above: LimitText = None
    at_least: LimitText = None
    below: LimitText = None
    at_most: LimitText = None
    rise: Annotated[str | None, Field(description='text such as "0.5 in 15min"')] = None
    absent: DurationText = None
    invalid: DurationText = None
    frozen: DurationText = None
    due: Annotated[str | None, Field(description='text such as "every 30min until dose + 3h"')] = (
        None
    )
    fault: Annotated[str | None, Field(description='text such as "clock-jump"')] = None
    all: Annotated[
        list[str] | None,
        Field(description='a list of texts such as "core_temperature above 38.0"'),
    ] = None
    repeated: Annotated[str | None, Field(description='text such as "2 in 10min"')] = None
    sustain: DurationText = None
    clear: LimitText = None
    clear_after: DurationText = None
    priority: Annotated[
        Literal["info", "low", "medium", "high"],
        Field(description='"info", "low", "medium" or "high"'),
    ]
    latch: Annotated[bool, Field(description="true or false")] = False
    message: Line
    physician_message: Line | None = None
    measure_again: DurationText = None
    source: Line


def with_current_keys(table: dict[str, object]) -> dict[str, object]:
    """Return a rule's table with today's keys in place of old ones."""
    return {RENAMED.get(key, key): value for key, value in table.items()}


class ExpectedTable(Table):
    """One ``[[expected]]``: a band that is only drawn behind a trace."""

    signal: Annotated[str, Field(description='text such as "heart_rate"')]
    points: Annotated[
        list[list[float]],
        Field(
            min_length=2,
            max_length=100,
            description="2 to 100 points [minutes after the dose, low, high]",
        ),
    ]
    source: Line


_Amounts = list[float]
_TWO_AMOUNTS = "two amounts in mg, such as [75, 125]"


class DoseTable(Table):
    """The table ``[dose]``: the drug of the study."""

    drug: Line
    range_mg: Annotated[_Amounts, Field(min_length=2, max_length=2, description=_TWO_AMOUNTS)]
    supplement_mg: Annotated[
        _Amounts | None, Field(min_length=2, max_length=2, description=_TWO_AMOUNTS)
    ] = None


class PolicyTable(Table):
    """The whole file; each rule is checked separately, so that all mistakes are reported."""

    name: Name
    version: Line
    reviewed_by: Annotated[str, Field(description="a name, or empty text")] = ""
    settling: Annotated[
        dict[str, str] | None,
        Field(description='a table such as { core_temperature = "15min" }'),
    ] = None
    events: Annotated[
        list[Annotated[Line, Field(max_length=40)]],
        Field(max_length=50, description='a list of short texts such as ["nausea", "headache"]'),
    ] = []
    dose: Annotated[
        dict[str, object] | None,
        Field(description='a table such as { drug = "MDMA", range_mg = [75, 125] }'),
    ] = None
    rule: Annotated[
        list[dict[str, object]],
        Field(min_length=1, description="at least one table under [[rule]]"),
    ]
    expected: Annotated[
        list[dict[str, object]] | None, Field(description="tables under [[expected]]")
    ] = None
