"""TCX files: the heart rate of each track point.

Source: Garmin, TrainingCenterDatabase version 2 (schema): Trackpoint with Time and
HeartRateBpm/Value.
"""

import io
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree

from devices.recordings.foreign_errors import foreign_errors
from devices.recordings.recorded_file import RecordedFile, RecordingFileError, Series

MARK = b"<TrainingCenterDatabase"
_FORMAT = "TCX"


def read(path: Path, data: bytes) -> RecordedFile:
    """Read a file that contains `MARK`.

    Raises:
        RecordingFileError: the file is damaged, or declares entities, which no device does.
    """
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise RecordingFileError(f"{path} declares a document type, as no TCX file does")
    start: datetime | None = None
    rates: list[tuple[float, float]] = []
    device = ""
    with foreign_errors(path, _FORMAT):
        for _, element in ElementTree.iterparse(io.BytesIO(data)):  # noqa: S314 - no entities
            name = _local(element)
            if name == "Creator":
                device = _text(element, "Name")
            if name != "Trackpoint":
                continue
            at = datetime.fromisoformat(_text(element, "Time"))
            start = start or at
            heart = next((each for each in element if _local(each) == "HeartRateBpm"), None)
            if heart is not None and (value := _text(heart, "Value")):
                rates.append(((at - start).total_seconds(), float(value)))
            element.clear()
    return RecordedFile(
        path=path,
        format=_FORMAT,
        device=device,
        start=start,
        series={"heart_rate": Series.of(rates)},
    )


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _text(element: ElementTree.Element, child: str) -> str:
    found = next((each for each in element if _local(each) == child), None)
    return "" if found is None or found.text is None else found.text.strip()
