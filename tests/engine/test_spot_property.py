"""Random measurements, corrections, voids and changed limits, compared with a naive model."""

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.entries import EntryKind
from tests.durations import examples
from tests.engine.spot_session import AGAIN, BP_160, HEAD, UNCONFIRMED, AlarmDriver, ns_of, rule
from tests.engine.test_lifecycle import same_again

HOUR_S = 3600
LOW = rule("low", "systolic", "at_most = 90\nclear = 95")
POLICY = HEAD + BP_160 + LOW + AGAIN.replace("latch = true", "") + UNCONFIRMED
SYSTOLIC = st.sampled_from([85, 92, 97, 150, 157, 161, 165, 176, 181, 190])


@dataclass
class Naive:
    """Model of docs/policy.md, evaluated from scratch after each step.

    `rows` are [entry, second measured, value or None where it was voided].
    """

    rows: list[list[float | None]] = field(default_factory=list)
    limit: float = 160
    held: dict[str, bool] = field(
        default_factory=lambda: dict.fromkeys(("bp-160", "low", "bp-180-again"), False)
    )

    def look(self, now_s: float, *, revised: bool = False) -> dict[str, bool]:
        """Return which alarms are raised; `revised`: a value was voided or corrected."""
        rows = sorted((r for r in self.rows if r[2] is not None), key=lambda r: (r[1], r[0]))
        stands = bool(rows) and now_s - rows[-1][1] < HOUR_S  # type: ignore[operator]
        for name in self.held:
            zones = [self.zone(name, rows[: end + 1]) for end in range(len(rows))]
            if stands and zones[-1] != "between":
                self.held[name] = zones[-1] == "beyond"
            elif revised and not self.would_hold(zones):
                self.held[name] = False
        return dict(self.held)

    def zone(self, name: str, rows: list[list[float | None]]) -> str:
        value = rows[-1][2]
        assert value is not None
        if name == "low":
            return "beyond" if value <= 90 else "safe" if value > 95 else "between"
        if name == "bp-160":
            return "beyond" if value > self.limit else "safe" if value < 155 else "between"
        if value < 180:
            return "safe" if value < 175 else "between"
        before = rows[-2:-1]
        soon = before and rows[-1][1] - before[0][1] <= 600  # type: ignore[operator]
        return "beyond" if soon and before[0][2] >= 180 else "between"  # type: ignore[operator]

    @staticmethod
    def would_hold(zones: list[str]) -> bool:
        told = [zone for zone in zones if zone != "between"]
        return bool(told) and told[-1] == "beyond"


@settings(max_examples=examples(50), deadline=None)
@given(st.data())
def test_alarms_match_a_naive_model_of_the_measurement_list(data: st.DataObject) -> None:
    script, naive = AlarmDriver(POLICY), Naive()
    now_s = 0.0
    for _ in range(data.draw(st.integers(1, 14), label="steps")):
        now_s += data.draw(st.sampled_from([1, 60, 300, 301, 900, 3000]), label="later")
        counting = [row for row in naive.rows if row[2] is not None]
        acts = ["hand", "hand", "back", "cuff", "limit", *(["void", "correct"] * bool(counting))]
        act = data.draw(st.sampled_from(acts), label="act")
        if act == "limit":
            naive.limit = data.draw(st.sampled_from([160.0, 164.0, 170.0]))
            script.at(now_s).tell(
                EntryKind.OVERRIDE,
                "bp-160",
                changes={"above": naive.limit},
                by="Dr",
                reason="agreed",
            )
        elif act in ("hand", "back", "cuff"):
            value = data.draw(SYSTOLIC)
            # Odd, so that no two have the same time.
            back_s = now_s - (data.draw(st.integers(0, int(now_s))) if act == "back" else 0)
            if act == "cuff":
                entry = script.cuff(now_s, value, 40)
            else:
                entry = script.measure(now_s, at_s=max(0, back_s), systolic=value)
            newest = script.engine.spot.find(entry, "systolic")
            assert newest is not None
            naive.rows.append([entry, (newest.measured_ns - ns_of(0)) / 1e9, value])
        else:
            row = data.draw(st.sampled_from(counting))
            new = None if act == "void" else data.draw(SYSTOLIC)
            entry = script.correct(now_s, int(row[0]), systolic=new)  # type: ignore[arg-type]
            naive.rows.append([entry, row[1], new])
            row[2] = None
        held = naive.look(now_s, revised=act in ("void", "correct"))
        alarms = script.engine.alarms
        for name in held:
            alarm = alarms.find(f"{name}@session/systolic")
            assert (alarm is not None and alarm.holds) is held[name], (name, naive.rows)
    assert same_again(script)
