"""Stories in separate sessions: tiers that fail, a cable that is cut, an alarm that flaps."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.calls_check.network import FAR_HOST, HOST
from tests.calls_check.real_servers import PASSWORD, SUBMISSION
from tests.calls_check.session import HIGH, MEDIUM, REST, History, Session
from tests.calls_check.world import World

GATHER_S = 2.0  # between an alarm, or the failure of a tier, and a call
CABLE_OUT_S, RETURN_S = 120.0, 10.0
FLAP_S, FLAPPING_S, MOST_MESSAGES = 7.0, 180.0, 4
LENGTH_S = 190.0  # of all stories, which run at the same time
_LATE_S = 1.5  # of a busy machine
_EARLY_S = 0.3

Times = Mapping[str, float | None]


@dataclass(frozen=True)
class TierStory:
    """A session whose first tier fails.

    Attributes:
        name: of the session.
        what: goes wrong in the first tier.
        first: the server that it is called through.
        expected: seconds after the alarm: of the first tier's failure (also of the alarm about it),
            the call that reached the second, the alarm that nobody accepted, and of the first
            retry and the next call in the first tier.
        accept_s: of each tier.
        alone: there is no second tier.
    """

    name: str
    what: str
    first: str
    expected: Times
    accept_s: int = 60
    alone: bool = False
    mail: bool = False

    def session(self, folder: Path, world: World) -> Session:
        """Return the session, to be started."""
        first = f"json://{HOST}:{world.ports[self.first]}/{self.name}-anna"
        if self.mail:
            first = f"mailto://{HOST}:{world.ports[self.first]}?from=m@clinic.test&to=a@clinic.test"
        urls = {"anna": first, "ben": f"json://{HOST}:{world.ports['webhook']}/{self.name}-ben"}
        people = ["anna"] if self.alone else ["anna", "ben"]
        return Session(
            folder / self.name,
            {name: urls[name] for name in people},
            [([name], f"{self.accept_s}s") for name in people],
        )


COLUMNS = ("failed", "second", "not accepted", "retried", "again")


def _times(failed_s: float) -> Times:
    """Return the expected times if the first tier fails after a time and the second is reached."""
    second_s = failed_s + GATHER_S
    return {
        "failed": failed_s,
        "second": second_s,
        "not accepted": second_s + 60,
        "retried": failed_s + 5,
        "again": second_s + 60 + GATHER_S,
    }


TIER_STORIES = (
    TierStory("refused", "refused", "refused", _times(GATHER_S)),
    TierStory("silent-http", "silent HTTP", "silent", _times(GATHER_S + 15)),
    TierStory("silent-smtp", "silent SMTP", "silent", _times(GATHER_S + 15), mail=True),
    TierStory("drip", "drip", "drip", _times(GATHER_S + 20)),
    TierStory(
        "nobody-accepts",
        "reached, nobody accepts (30 s)",
        "webhook",
        {"failed": None, "second": 34, "not accepted": 64, "retried": None, "again": 66},
        accept_s=30,
    ),
    TierStory(
        "alone",
        "alone, refused (30 s)",
        "refused",
        {"failed": 2, "second": None, "not accepted": 2, "retried": 7, "again": 64},
        accept_s=30,
        alone=True,
    ),
)


def measured(history: History) -> Times:
    """Return the times of a tier story, in seconds after its alarm."""
    start_ns = history.raised["hr-high"]

    def since(at_ns: int | None) -> float | None:
        return None if at_ns is None else (at_ns - start_ns) / 1e9

    def first(recipient: str, name: str, number: int = 0) -> int | None:
        steps = history.of(recipient, name)
        return steps[number].at_ns if len(steps) > number else None

    failed_ns = first("anna", "failed")
    called_ns = history.raised.get("calls")
    return {
        "failed": since(None if failed_ns is None or called_ns is None else called_ns),
        "second": since(first("ben", "delivered")),
        "not accepted": since(history.raised.get("not-accepted")),
        "retried": since(first("anna", "retried")),
        "again": since(first("anna", "ordered", 1)),
    }


def tier_rows(
    histories: Mapping[str, History],
) -> Iterator[tuple[list[str], list[str]]]:
    """Yield the cells of each tier story's row, with what differs from the expectation."""
    for story in TIER_STORIES:
        times = measured(histories[story.name])
        expected = ", ".join(_shown(story.expected[name]) for name in COLUMNS)
        wrong = [name for name in COLUMNS if not _same(times[name], story.expected[name])]
        yield [story.what, *(_shown(times[name]) for name in COLUMNS), expected], wrong


def _shown(seconds: float | None) -> str:
    return "-" if seconds is None else f"+{seconds:.1f}"


def _same(seconds: float | None, expected: float | None) -> bool:
    if seconds is None or expected is None:
        return seconds is expected
    # Each step of a story adds its own delay.
    return expected - _EARLY_S <= seconds <= expected + _LATE_S * (1 + expected / 30)


class CableStory:
    """Both recipients are behind a cable that is out for two minutes."""

    def __init__(self, folder: Path, world: World) -> None:
        anna = (
            f"mailtos://monitor:{PASSWORD}@{FAR_HOST}:{SUBMISSION}?mode=starttls&smtp={FAR_HOST}"
            "&from=monitor@clinic.test&to=cable@clinic.test"
        )
        ben = f"json://{FAR_HOST}:{world.ports['webhook']}/cable-ben"
        self.session = Session(
            folder / "cable", {"anna": anna, "ben": ben}, [(["anna"], "1min"), (["ben"], "1min")]
        )
        self.returned_ns = 0

    def rows(self, history: History) -> Iterator[tuple[list[str], list[str]]]:
        """Yield the attempts as cells, with what differs from the expectation."""
        start_ns = history.raised["hr-high"]
        tried = [each for each in history.steps if each.name in ("ordered", "retried")]
        early = [each for each in tried if each.at_ns < self.returned_ns]
        taken = [each.at_ns for each in history.steps if each.name == "delivered"]
        before = [at_ns for at_ns in taken if at_ns < self.returned_ns]
        after_s = (min(taken) - self.returned_ns) / 1e9 if taken else float("inf")
        attempts = " ".join(f"+{(each.at_ns - start_ns) / 1e9:.0f}" for each in early)
        back_s = (self.returned_ns - start_ns) / 1e9
        shown = [
            "cable out for two minutes",
            f"attempts {attempts}; cable back +{back_s:.1f}; message {after_s:.1f} s later",
            f"a message within {RETURN_S:g} s of its return",
        ]
        wrong = ["delivered without a cable"] if before else []
        yield shown, wrong + (["late"] if after_s > RETURN_S else [])


def flapping_session(folder: Path, world: World) -> Session:
    """Return the session with an intermittent alarm."""
    port = world.ports["webhook"]
    urls = {name: f"json://{HOST}:{port}/flap-{name}" for name in ("anna", "ben")}
    return Session(folder / "flapping", urls, [([name], "30s") for name in urls])


def flapping_rows(history: History) -> Iterator[tuple[list[str], list[str]]]:
    """Yield the flapping story's cells, with what differs from the expectation."""
    start_ns = history.raised["hr-medium"]
    end_ns = start_ns + round(FLAPPING_S * 1e9)

    def sent_s(name: str) -> list[float]:
        steps = history.of(name, "delivered")
        return [(each.at_ns - start_ns) / 1e9 for each in steps if each.at_ns < end_ns]

    anna, ben = sent_s("anna"), sent_s("ben")
    nobody_ns = history.raised.get("not-accepted")
    nobody_s = None if nobody_ns is None else (nobody_ns - start_ns) / 1e9
    to_anna, to_ben = (" ".join(map(_shown, times)) for times in (anna, ben))
    shown = [
        "medium alarm, 7 s on and 7 s off; tiers of 30 s",
        f"anna {to_anna}; ben {to_ben}; 'nobody has accepted' {_shown(nobody_s)}",
        f"ben +34, 'nobody has accepted' +64, at most {MOST_MESSAGES} messages to anna in 3 min",
    ]
    wrong = [] if _same(ben[0] if ben else None, 34) else ["ben"]
    wrong += [] if _same(nobody_s, 64) else ["nobody has accepted"]
    yield shown, wrong + (["too many messages"] if len(anna) > MOST_MESSAGES else [])


def schedule(
    set_rate: Callable[[str, int], None], plug: Callable[[bool], None], tiers: Sequence[str]
) -> list[tuple[float, Callable[[], None]]]:
    """Return the actions in order, with seconds from the start of the stories."""

    def rates(names: Sequence[str], rate: int) -> Callable[[], None]:
        def act() -> None:
            for name in names:
                set_rate(name, rate)

        return act

    plan: list[tuple[float, Callable[[], None]]] = [
        (0.0, lambda: plug(False)),
        (1.0, rates([*tiers, "cable"], HIGH)),
        (1.0 + CABLE_OUT_S, lambda: plug(True)),
    ]
    flips = range(round(FLAPPING_S / FLAP_S))
    plan += [
        (1.0 + flip * FLAP_S, rates(["flapping"], REST if flip % 2 else MEDIUM)) for flip in flips
    ]
    return sorted(plan, key=lambda step: step[0])
