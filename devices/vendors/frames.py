"""Finds frames in a stream of bytes whose packets may split them anywhere."""

from collections.abc import Callable

# A frame's length at the beginning of the bytes; None: more are needed; 0: none begins here.
FrameLength = Callable[[bytes], int | None]


class Framer:
    """Collects packets and cuts frames from them. Pure; it holds at most one frame's bytes.

    Attributes:
        skipped: bytes that belonged to no frame.
    """

    def __init__(self, frame_length: FrameLength) -> None:
        self.skipped = 0
        self._frame_length = frame_length
        self._rest = b""

    def feed(self, packet: bytes) -> list[bytes]:
        """Take a packet; return the frames that it completes."""
        octets, at, frames = self._rest + packet, 0, []
        while at < len(octets):
            size = self._frame_length(octets[at:])
            if size is None:
                break
            if size == 0:
                self.skipped += 1
                at += 1
            else:
                frames.append(octets[at : at + size])
                at += size
        self._rest = octets[at:]
        return frames
