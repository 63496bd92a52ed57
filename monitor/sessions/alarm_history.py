"""Latest alarm steps of a session, for the log on the page. Pure."""

from collections import deque
from collections.abc import Iterator

from alerts.alarm import Step
from monitor.facts import AlarmFact

_MOST = 200
_INTERRUPTIONS = frozenset({Step.SUSPENDED.value, Step.RESUMED.value})


class AlarmHistory:
    """The last 200 alarm steps, without those of alarms that a higher one covers.

    A bad link suspends and resumes an alarm at each long gap. Only the last step of such a run is
    kept, so that other events stay in the log.
    """

    def __init__(self) -> None:
        self._steps: deque[AlarmFact] = deque(maxlen=_MOST)

    def add(self, fact: AlarmFact) -> None:
        """Add the latest step."""
        if fact.step == Step.COVERED.value:
            return  # the step of the higher alarm shows it
        if fact.step in _INTERRUPTIONS and (before := self._last_of(fact)) is not None:
            del self._steps[before]
        self._steps.append(fact)

    def __iter__(self) -> Iterator[AlarmFact]:
        """Yield the steps, oldest first."""
        return iter(self._steps)

    def __reversed__(self) -> Iterator[AlarmFact]:
        """Yield the steps, newest first."""
        return reversed(self._steps)

    def _last_of(self, fact: AlarmFact) -> int | None:
        """Return the index of the same alarm's previous step if that is an interruption too."""
        for place in range(len(self._steps) - 1, -1, -1):
            step = self._steps[place]
            if (step.rule, step.subject) == (fact.rule, fact.subject):
                return place if step.step in _INTERRUPTIONS else None
        return None
