"""One kind of sensor: how it is recognised, what it sends, and what is odd about it."""

from dataclasses import dataclass

from devices.signals import SIGNALS


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorKind:
    """What a kind of sensor advertises, offers and yields. UUIDs are as `short_uuid` gives them.

    Attributes:
        name: the word in configurations.
        label: the words shown to people.
        devices: some that are of this kind.
        services: any of them in an advertisement recognises the kind.
        broadcasts: it is not connected, but read from its advertisements.
        broadcast_in: services and company numbers whose broadcast data recognise the kind.
        subscribe: characteristics without which the sensor is of no use.
        subscribe_if_there: characteristics that some makers leave out.
        read_once: characteristics to read after connecting, where they are there.
        start: what to write, and where, when all is subscribed to.
        stop: what to write before disconnecting.
        ask: what to write again and again: where, what, each how many seconds.
        signals: what it yields; a battery's level only where it has one.
        temperature: the signal that its body temperature (0x2A1C, 0x2A1E) or advertised one is.
        every_s: how often it sends by itself; None: when there is something new.
        beats_in: the characteristic that tells its RR intervals.
        per_reading: it is there only when it has a new reading; its absence is no trouble.
        silent_after_s: a connected sensor that sends nothing for so long counts as silent.
        quirks: what people who use it should know, one sentence each.
    """

    name: str
    label: str
    devices: str = ""
    services: tuple[str, ...] = ()
    broadcasts: bool = False
    broadcast_in: tuple[str | int, ...] = ()
    subscribe: tuple[str, ...] = ()
    subscribe_if_there: tuple[str, ...] = ("2A19",)
    read_once: tuple[str, ...] = ()
    start: tuple[tuple[str, bytes], ...] = ()
    stop: tuple[tuple[str, bytes], ...] = ()
    ask: tuple[str, bytes, float] | None = None
    signals: tuple[str, ...]
    temperature: str = "body_temperature"
    every_s: float | None = None
    beats_in: str = "2A37"
    per_reading: bool = False
    silent_after_s: float
    quirks: tuple[str, ...] = ()

    def spot(self, signal: str) -> bool:
        """Return whether its values of a signal are measured now and then, each by itself."""
        known = SIGNALS[signal]
        return known.spot or (self.per_reading and not known.technical)
