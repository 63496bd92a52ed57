"""The description of one kind of sensor."""

from collections.abc import Callable
from dataclasses import dataclass

from devices.advertisement import ADVERT
from devices.signals import SIGNALS


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Data that a sensor sends on command, in addition to its vital signal.

    Attributes:
        name: text shown to users, such as ``ECG``.
        subscribe: characteristics of the data and of the responses to commands.
        commands: characteristic to which commands are written.
        start: command to write after subscribing.
        stop: command to write before disconnecting.
    """

    name: str
    subscribe: tuple[str, ...]
    commands: str
    start: bytes
    stop: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorKind:
    """One kind of sensor; UUIDs are in the form of `short_uuid`.

    Attributes:
        name: identifier in configurations.
        label: text shown to users.
        examples: makes and models of this kind.
        services: service UUIDs, any of which in an advertisement identifies the kind; empty if it
            must be configured.
        names: advertised names of sensors that do not advertise their services; a name only
            suggests the kind, because it can be changed.
        broadcasts: the sensor is read from its advertisements and never connected.
        broadcast_in: service UUIDs and company numbers of broadcast data that identify the kind.
        subscribe: characteristics of the vital signal; a sensor that offers none of them is
            rejected.
        subscribe_optional: characteristics that some models lack.
        read_once: characteristics read once after connecting, where present.
        streams: data that are started by a command.
        standard_form: characteristic and a function that puts payloads with a maker's peculiarities
            into the standard layout; others stay as they are.
        poll: characteristic, bytes to write, and the interval in seconds.
        signals: signals that the sensor provides; the battery only where it has one.
        temperature_signal: signal of its temperature characteristic (0x2A1C, 0x2A1E) or
            advertised temperature.
        interval_s: seconds between two values; None if it sends values only when they are new.
        rr_characteristic: characteristic that carries RR intervals.
        connects_per_reading: the sensor connects only to deliver a reading; its absence is normal.
        silent_after_s: seconds without data after which a connected sensor counts as silent.
        quirks: what users need to know, one sentence each.
    """

    name: str
    label: str
    examples: str = ""
    services: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    broadcasts: bool = False
    broadcast_in: tuple[str | int, ...] = ()
    subscribe: tuple[str, ...] = ()
    subscribe_optional: tuple[str, ...] = ("2A19",)
    read_once: tuple[str, ...] = ()
    streams: tuple[Stream, ...] = ()
    standard_form: tuple[str, Callable[[bytes], bytes]] | None = None
    poll: tuple[str, bytes, float] | None = None
    signals: tuple[str, ...]
    temperature_signal: str = "body_temperature"
    interval_s: float | None = None
    rr_characteristic: str = "2A37"
    connects_per_reading: bool = False
    silent_after_s: float
    quirks: tuple[str, ...] = ()

    @property
    def is_recognisable(self) -> bool:
        """Return whether an advertisement can identify a sensor of this kind."""
        return bool(self.services or self.broadcast_in)

    @property
    def subscribed(self) -> tuple[str, ...]:
        """Return all characteristics that send data without being read."""
        streamed = (uuid for stream in self.streams for uuid in stream.subscribe)
        return (*self.subscribe, *streamed, *self.subscribe_optional)

    @property
    def sends(self) -> frozenset[str]:
        """Return the characteristics that packets of such a sensor may have."""
        return frozenset((ADVERT,) if self.broadcasts else (*self.subscribed, *self.read_once))

    def is_spot(self, signal: str) -> bool:
        """Return whether the values of a signal are single measurements."""
        known = SIGNALS[signal]
        return known.spot or (self.connects_per_reading and not known.technical)
