"""Recorded sessions to be delivered."""

from pathlib import Path

from monitor.sessions.session import Session
from tests.engine.scripted_session import POLICY, spec
from tests.sessions.manual_clocks import Hands


class Recording:
    """A session that is recorded by hand, second by second."""

    def __init__(self, path: Path, policy: str = POLICY, began_ns: int = Hands.wall_ns) -> None:
        self.hands = Hands(began_ns)
        self.session = Session.open(spec(policy), path, self.hands.clock())
        self.seconds = 0

    def go_on(self, seconds: int) -> None:
        for _ in range(seconds):
            self.hands.pass_s(1)
            self.seconds += 1
            # The rate crosses a limit every few minutes, so that alarms are raised and cleared.
            rate = 70 + self.seconds % 7 + (50 if self.seconds // 120 % 2 else 0)
            self.session.packet("strap", "2A37", bytes([0x16, rate, 0x00, 0x03]))
            if self.seconds % 10 == 0:
                mantissa = (3690 + self.seconds % 150).to_bytes(3, "little")
                self.session.packet("patch", "2A1C", b"\x04" + mantissa + b"\xfe\x02")
        self.session.derive()
        self.session._recorder.write()

    def close(self) -> None:
        self.session.end("done")
        self.session.close()
