"""Framing of byte streams whose packets split frames anywhere."""

from collections.abc import Callable

# Length of the frame at the start of the bytes; None if more are needed, 0 if no frame starts here.
FrameLength = Callable[[bytes], int | None]


class Framer:
    """Splits packets into frames. Pure; buffers less than one frame.

    Attributes:
        skipped: number of bytes outside of frames.
    """

    def __init__(self, frame_length: FrameLength) -> None:
        self.skipped = 0
        self._frame_length = frame_length
        self._rest = b""

    def feed(self, packet: bytes) -> list[bytes]:
        """Add a packet; return the frames that it completes."""
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
