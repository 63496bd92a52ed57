"""Deadlines of many alarms, fired in a deterministic order."""

import heapq
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=tuple[object, ...])

SESSION = "session"  # subject of what belongs to no single channel

# Classes of deadlines: at equal times conditions fire before alarms, and alarms before calls; each
# in the order of the policy.
CONDITION_CLASS = 0
ALARM_CLASS = 1
CALL_CLASS = 2
DeadlineKey = tuple[int, int, str]  # (class, number, subject)

# Far above what any rule needs, and far below what stops the event loop.
_MOST_A_SECOND = 1000


class Deadlines(Generic[Key]):
    """The due time of each key; equal times fire in the order of the keys.

    Moving a deadline later costs one dictionary write: the heap is updated only when the old time
    is reached. Otherwise a deadline that each reading moves would fill the heap.

    >>> deadlines = Deadlines()
    >>> deadlines.put(("b",), 5)
    >>> deadlines.put(("a",), 5)
    >>> deadlines.pop(4), deadlines.pop(9), deadlines.pop(9), deadlines.pop(9)
    (None, (5, ('a',)), (5, ('b',)), None)
    """

    def __init__(self) -> None:
        self._due: dict[Key, int] = {}
        self._heap: list[tuple[int, Key]] = []
        self._heaped: dict[Key, int] = {}  # earliest time at which the heap holds the key
        self._second = 0  # of the last deadline that fired
        self._fired: dict[Key, int] = {}  # how often each fired in that second

    def put(self, key: Key, due_ns: int) -> None:
        """Set or move the deadline of a key."""
        self._due[key] = due_ns
        heaped_ns = self._heaped.get(key)
        if heaped_ns is None or due_ns < heaped_ns:
            self._heaped[key] = due_ns
            heapq.heappush(self._heap, (due_ns, key))

    def drop(self, key: Key) -> None:
        """Remove the deadline of a key, if it has one."""
        self._due.pop(key, None)

    def delay(self, kind: object, by_ns: int) -> None:
        """Move all deadlines of a class later."""
        for key, due_ns in self._due.items():
            if key[0] == kind:
                self._due[key] = due_ns + by_ns

    def due(self, key: Key) -> int | None:
        """Return the deadline of a key."""
        return self._due.get(key)

    def next_ns(self) -> int | None:
        """Return a time before which no deadline is due, or None without deadlines."""
        self._settle()
        return self._heap[0][0] if self._heap else None

    def peek(self) -> tuple[int, Key] | None:
        """Return the first deadline without taking it out."""
        self._settle()
        return self._heap[0] if self._heap else None

    def pop(self, now_ns: int) -> tuple[int, Key] | None:
        """Take out the first deadline that is due at or before `now_ns`.

        Raises:
            RuntimeError: a key is set again and again within a second, so that time would stand
                still for all sessions.
        """
        if not self._heap or self._heap[0][0] > now_ns:
            return None  # no deadline is earlier than where the heap has it
        self._settle()
        if not self._heap or self._heap[0][0] > now_ns:
            return None
        due_ns, key = heapq.heappop(self._heap)
        del self._heaped[key], self._due[key]
        self._count(due_ns, key)
        return due_ns, key

    def _count(self, due_ns: int, key: Key) -> None:
        if due_ns // 10**9 != self._second:
            self._second = due_ns // 10**9
            self._fired.clear()
        self._fired[key] = fired = self._fired.get(key, 0) + 1
        if fired > _MOST_A_SECOND:
            raise RuntimeError(f"the deadline {key} fired {fired} times within a second")

    def _settle(self) -> None:
        """Bring the heap's first element up to date."""
        while self._heap:
            heaped_ns, key = self._heap[0]
            due_ns = self._due.get(key)
            if due_ns == heaped_ns:
                return
            heapq.heappop(self._heap)
            if self._heaped.get(key) == heaped_ns:
                del self._heaped[key]
                if due_ns is not None:
                    self.put(key, due_ns)
