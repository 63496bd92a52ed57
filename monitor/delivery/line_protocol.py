"""Facts as InfluxDB line protocol.

Pure. One measurement per signal, and `rolling`, `limits`, `alarms`, `alarm_reviews`, `markers`,
`adverse_events`, `links`, `baseline`, `calls` and `life`; each has a fixed set of tags, and no key
is both tag and field (InfluxDB 3 requires both). Names of persons, free text that may contain them,
and device addresses never leave the journal's machine: people who acted or were called are
pseudonyms that only the journal resolves.

Source: InfluxDB line protocol reference (escapes), and `docs/influxdb.md` (measurements).
"""

import hashlib
from collections.abc import Callable

from alerts.alarm_fact import AlarmFact
from alerts.alarm_levels import level
from devices.signals import SIGNALS
from monitor.delivery.line_fields import Body, fields, finite, parsed, reading_fields, tag
from monitor.storage.fact_rows import FactRow

PROBE = "physiomon_probe"  # measurement


def probe_line(identity: str = "-") -> bytes:
    """Return a point that any InfluxDB can store: without tags, at the server's own time."""
    return f'{PROBE} id="{identity}"'.encode()


class LineEncoder:
    """Encoder of the facts of one session as lines.

    Args:
        site: tag of every point.
        session: likewise.
        participant: likewise; a study code.
        salt: secret of the session's pseudonyms, stored only in the journal.
    """

    def __init__(self, site: str, session: str, participant: str, salt: str = "") -> None:
        self._salt = f"{session}\0{salt}"
        self._base = f",site={tag(site)},session={tag(session)},participant={tag(participant)}"
        # One entry per series of the session: few. A day's backlog has millions of readings,
        # statistics and limits, so their series are cached by the fields that identify them.
        self._known: dict[tuple[str, ...], str] = {}
        self._often: dict[str | tuple[str, float] | tuple[str, str, str], str] = {}
        self._encoders: dict[str, Callable[[FactRow, Body], tuple[str, str]]] = {
            "statistic": self._statistic,
            "limit": self._limit,
            "alarm": self._alarm,
            "alarm-review": self._alarm_review,
            "marker": self._marker,
            "link": self._link,
            "baseline": self._baseline,
            "policy": self._policy,
            "call": self._call,
            "undo": self._undo,
            "adverse-event": self._adverse_event,
            "life": self._life,
            "gap": self._gap,
            "clock": self._clock,
            "wall-clock": self._wall_clock,
            "head": self._head,
        }

    def line(self, row: FactRow) -> bytes | None:
        """Return a fact as one line without newline, or None if it has no fields to write."""
        if row.kind == "reading":  # of most facts, so without `point`
            series = self._often.get(row.subject) or self._channel(row.subject)
            return f"{series} {reading_fields(row.payload)} {row.at_ns}".encode()
        series, written = self.point(row)
        return f"{series} {written} {row.at_ns}".encode() if written else None

    def point(self, row: FactRow) -> tuple[str, str]:
        """Return a fact's series and fields; the fields are empty if there is nothing to write."""
        if row.kind == "reading":
            return self._channel(row.subject), reading_fields(row.payload)
        return self._encoders[row.kind](row, parsed(row.payload))

    def _series(self, measurement: str, sensor: str, **tags: str) -> str:
        key = (measurement, sensor, *tags.values())
        series = self._known.get(key)
        if series is None:
            more = "".join(f",{name}={tag(value)}" for name, value in tags.items())
            series = f"{measurement}{self._base},sensor={tag(sensor)}{more}"
            self._known[key] = series
        return series

    def _channel(self, channel: str) -> str:
        sensor, _, signal = channel.partition("/")
        series = self._often[channel] = self._series(signal, sensor)
        return series

    def _statistic(self, row: FactRow, body: Body) -> tuple[str, str]:
        key = (row.subject, body["window_s"])
        series = self._often.get(key)
        if series is None:
            sensor, _, signal = row.subject.partition("/")
            window = f"{body['window_s']:g}s"
            series = self._often[key] = self._series(
                "rolling", sensor, signal=signal, window=window
            )
        if (values := body.get("values")) is None:  # up to derivation 8: one statistic
            values = {body["statistic"]: body["value"]}
        return series, fields(**{name: finite(value) for name, value in values.items()})

    def _limit(self, row: FactRow, body: Body) -> tuple[str, str]:
        key = (row.subject, body["rule"], body["priority"])
        series = self._often.get(key)
        if series is None:
            sensor, _, signal = row.subject.partition("/")
            series = self._often[key] = self._series(
                "limits", sensor, signal=signal, rule=body["rule"], priority=body["priority"]
            )
        return series, fields(upper=finite(body["upper"]), lower=finite(body["lower"]))

    def _alarm(self, row: FactRow, body: Body) -> tuple[str, str]:
        sensor, _, signal = row.subject.partition("/")
        series = self._series(
            "alarms",
            # ``session`` for spot measurements of any source; ``-`` without a signal.
            sensor if sensor != "session" or signal else "-",
            rule=body["rule"],
            kind="technical" if body["technical"] else "physiological",
            priority=body["priority"],
        )
        return series, fields(
            state=body["state"],
            level=level(body["state"], body["priority"]),
            step=body["step"],
            suspended=body["suspended"],
            signal=signal if signal in SIGNALS else None,
            head=body.get("head", ""),
            message=AlarmFact(subject=row.subject, at_ns=row.at_ns, **body).public_text,
            value=finite(body["value"]),
            limit=finite(body["limit"]),
            extreme=finite(body.get("extreme")),
            by=None if body["by"] is None else self.pseudonym(body["by"]),
            announced_ns=body.get("announced_ns"),
        )

    def _alarm_review(self, row: FactRow, body: Body) -> tuple[str, str]:
        sensor, _, signal = row.subject.partition("/")
        sensor = sensor if sensor != "session" or signal else "-"
        return self._series("alarm_reviews", sensor, rule=body["rule"]), fields(
            verdict=body["verdict"],
            raised_ns=body["raised_ns"],
            signal=signal if signal in SIGNALS else None,
            by=self.pseudonym(body["by"]),
        )

    def _marker(self, row: FactRow, body: Body) -> tuple[str, str]:
        rating = body["text"] if row.subject == "rating" else ""
        return self._series("markers", "-", marker=row.subject), fields(
            count=1,
            amount=finite(body.get("amount")),
            unit=body.get("unit") or None,
            rating=finite(float(rating)) if rating.strip().isdecimal() else None,
            by=self.pseudonym(body["by"]),
        )

    def _undo(self, row: FactRow, body: Body) -> tuple[str, str]:
        # The same point as the marker's, with more fields: writing it twice changes nothing.
        return self._series("markers", "-", marker=row.subject), fields(
            undone=True, undone_by=self.pseudonym(body["by"])
        )

    def _adverse_event(self, row: FactRow, body: Body) -> tuple[str, str]:
        # Descriptions, actions and reasons are free text. The kind is one of the policy.
        return self._series("adverse_events", "-", event=str(body["event"])), fields(
            kind=row.subject,
            step=body["step"],
            severity=body["severity"],
            started_ns=body["started_ns"],
            ended_ns=body["ended_ns"],
            relation=body["relation"],
            by=self.pseudonym(body["by"]),
        )

    def _life(self, row: FactRow, body: Body) -> tuple[str, str]:
        return self._series("life", "-", event=row.subject), fields(
            text=body["text"], by=self.pseudonym(body["by"])
        )

    def _gap(self, row: FactRow, body: Body) -> tuple[str, str]:
        sensor, _, signal = row.subject.partition("/")
        return self._series("gaps", sensor, signal=signal), fields(
            seconds=(row.at_ns - body["after_ns"]) / 1e9, missing=body["missing"]
        )

    def _clock(self, row: FactRow, body: Body) -> tuple[str, str]:
        return self._series("clocks", row.subject), fields(
            stamp_ns=body["stamp_ns"], drift_ppm=finite(body["drift_ppm"]), jumps=body["jumps"]
        )

    def _wall_clock(self, _row: FactRow, body: Body) -> tuple[str, str]:
        return self._series("wall_clock", "-"), fields(
            offset_ns=body["offset_ns"], step_ns=body["step_ns"]
        )

    def _head(self, _row: FactRow, body: Body) -> tuple[str, str]:
        return self._series("heads", "-"), fields(
            entries=body["entries"],
            until_ns=body["until_ns"],
            hash=body["hash"],
            signature=body["signature"],
        )

    def _link(self, row: FactRow, body: Body) -> tuple[str, str]:
        return self._series("links", row.subject), fields(
            state=body["state"],
            connected=body["state"] == "connected",
            rssi=body["rssi"],
            battery=finite(body["battery"]),
            packets=body["packets"],
            gaps=body["gaps"],
        )

    def _baseline(self, row: FactRow, body: Body) -> tuple[str, str]:
        sensor, _, signal = row.subject.partition("/")
        return self._series("baseline", sensor, signal=signal), fields(
            value=finite(body["value"]),
            spread=finite(body["spread"]),
            coverage=finite(body["coverage"]),
        )

    def _policy(self, row: FactRow, body: Body) -> tuple[str, str]:
        return self._series("policies", "-", rule=row.subject), fields(
            change=body["change"], by=self.pseudonym(body["by"])
        )

    def _call(self, row: FactRow, body: Body) -> tuple[str, str]:
        # Recipients are pseudonyms too; why a channel failed is not sent.
        return self._series("calls", "-", recipient=self.pseudonym(row.subject)), fields(
            step=body["step"],
            call=body["call"],
            tier=body["tier"],
            priority=body["priority"] or "test",
            alarms=len(body["alarms"]),
            rules="+".join(key.partition("@")[0] for key in body["alarms"]) or None,
            by=None if body["by"] is None else self.pseudonym(body["by"]),
            ladder=body.get("ladder") or None,
            arrives_ns=body.get("arrives_ns"),
        )

    def pseudonym(self, name: str) -> str:
        """Return the pseudonym of a name: the same for a person throughout one session."""
        digest = hashlib.sha256(f"{self._salt}\0{name}".encode()).hexdigest()
        return f"person-{digest[:8]}"
