"""The adapter of one sensor: which one to use, and when to move to another."""

from dataclasses import dataclass, field

from devices.adapter_memory import SensorMemory
from devices.adapters import Adapter, Adapters


@dataclass(eq=False, slots=True)
class AdapterChoice:
    """The adapter that one sensor uses.

    Attributes:
        adapters: all adapters.
        preferred: name of the configured adapter, or None.
        current: the adapter in use, or None.
        not_heard: the current adapter did not hear the sensor; another may.
        memory: failed attempts of the sensor.
    """

    adapters: Adapters
    preferred: str | None
    current: Adapter | None = None
    not_heard: bool = False
    memory: SensorMemory = field(default_factory=SensorMemory)

    def best(self, now_s: float) -> Adapter:
        """Return the adapter that the sensor should use."""
        return self.adapters.choose(
            self.preferred, self.current, now_s, self.memory, elsewhere=self.not_heard
        )

    def better(self, now_s: float) -> Adapter | None:
        """Return an adapter that connects more reliably than the current one, or None."""
        if self.current is None:
            return None
        return self.adapters.better_than(self.current, now_s, self.memory)

    def switch(self, now_s: float) -> tuple[Adapter, str | None]:
        """Use the best adapter.

        Returns:
            The adapter, and why it is not the configured or the last one, to complete a sentence
            about the sensor; None if it is, or if the sensor was just not heard.
        """
        before, chosen = self.current, self.best(now_s)
        reason = None
        moves = before is not chosen and chosen.name is not None  # None: there is no adapter left
        if before is None and self.preferred is not None and chosen.name != self.preferred:
            reason = f"uses {chosen.description}: {self.preferred} is missing"
        elif before is not None and moves and not self.not_heard:
            if before.name not in self.adapters.names():
                why = "which was removed"
            elif before.unavailable_until_s > now_s:
                why = "which fails or is full"
            else:
                why = "which connects unreliably"
            reason = f"moves from {before.description}, {why}, to {chosen.description}"
        self.use(chosen)
        return chosen, reason

    def use(self, adapter: Adapter | None) -> None:
        """Use an adapter; None releases the last one."""
        if self.current is not None:
            self.current.links -= 1
        if adapter is not None:
            adapter.links += 1
        self.current = adapter

    def worked(self, adapter: Adapter, now_s: float) -> None:
        """Count a connection, and blame the adapters on which the sensor failed before."""
        adapter.reputation.praise(now_s)
        for name, failures in self.memory.worked(adapter.name, now_s).items():
            self.adapters.get(name).reputation.blame(failures, now_s)
