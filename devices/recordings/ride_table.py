"""Tables with the columns t_s, heart_rate_bpm and ambient_temperature_c."""

from devices.recordings.recorded_file import RecordedFile, Series
from devices.recordings.text_file import TextFile

HEADER = "t_s,heart_rate_bpm,ambient_temperature_c"


def read(file: TextFile) -> RecordedFile | None:
    """Read such a table; return None if the file has another format.

    Raises:
        RecordingFileError: a row is invalid.
    """
    if file.line(1) != HEADER:
        return None
    rates: list[tuple[float, float]] = []
    temperatures: list[tuple[float, float]] = []
    last_s = 0.0
    for number, line in file.filled(2):
        fields = line.split(",")
        if len(fields) != len(HEADER.split(",")):
            raise file.wrong(number, f"there are {len(fields)} columns instead of 3")
        at_s = file.number(number, fields[0], 0, 1e7)
        if at_s < last_s:  # two values in one second are valid
            raise file.wrong(number, f"time {at_s:g} s is earlier than on the line before")
        last_s = at_s
        if fields[1].strip():
            rates.append((at_s, file.number(number, fields[1], 0, 1000)))
        if fields[2].strip():
            temperatures.append((at_s, file.number(number, fields[2], -100, 100)))
    return RecordedFile(
        path=file.path,
        format="table",
        series={"heart_rate": Series.of(rates), "ambient_temperature": Series.of(temperatures)},
    )
