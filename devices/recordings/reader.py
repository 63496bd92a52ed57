"""Recognition of a recorded file by its content, never by its name.

To add a format: a module with a `read` function, and a line here.
"""

from pathlib import Path

from devices.recordings import (
    edf,
    embraceplus_avro,
    embraceplus_table,
    empatica_e4,
    fit,
    logger_tables,
    polar_flow,
    ride_table,
    rr_text,
    tcx,
    xdf,
)
from devices.recordings.recorded_file import (
    RecordedFile,
    RecordingFileError,
    UnknownFormatError,
)
from devices.recordings.text_file import TextFile, quoted

KNOWN = (
    "Polar Sensor Logger, Polar Flow, HRV Logger, Elite HRV and Kubios text (RR intervals in ms or "
    "s), Empatica E4, EmbracePlus (Avro and per-minute CSV), FIT, TCX, EDF+, XDF, or a CSV with "
    f"the columns {ride_table.HEADER}"
)
_TEXT = (
    ride_table.read,
    logger_tables.read,
    polar_flow.read,
    embraceplus_table.read,
    empatica_e4.read,
    rr_text.read,
)
_BINARY = (
    (xdf.MAGIC, 0, xdf.read),
    (fit.MAGIC, fit.MAGIC_AT, fit.read),
    (embraceplus_avro.MAGIC, 0, embraceplus_avro.read),
    (edf.MAGIC, 0, edf.read),
)
_OTHERS = (
    (b"PK\x03\x04", "a ZIP archive; unpack it and give the folder"),
    (b"\x1f\x8b", "compressed with gzip; unpack it"),
    (b"SQLite format 3\0", "an SQLite file; a journal needs no import"),
    (b"\xffBIOSEMI", "a BDF file, with EEG"),
)
_LARGEST_BYTES = 1 << 30
_HEAD = 4096


def read_file(path: Path) -> RecordedFile:
    """Read a recorded file of any known format and check its samples.

    Raises:
        RecordingFileError: the file is unreadable, damaged, empty or implausible.
        UnknownFormatError: its format or its signals are not known.
    """
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise RecordingFileError(f"{path} is larger than 1 GB; split it")
        data = path.read_bytes()
    except OSError as error:
        raise RecordingFileError(f"cannot read {path}: {error.strerror}") from None
    if not data.strip():
        raise RecordingFileError(f"{path} is empty; choose another file")
    return _recognise(path, data).checked()


def read_folder(folder: Path) -> tuple[list[RecordedFile], list[str]]:
    """Read all files of a folder that belong to one recording, such as an E4 session.

    Returns:
        The files with known signals in order of their names, and why each other one was skipped.

    Raises:
        RecordingFileError: a file of a known format is damaged, or no file has one.
    """
    files: list[RecordedFile] = []
    skipped: list[str] = []
    try:
        paths = sorted(each for each in folder.iterdir() if each.is_file())
    except OSError as error:
        raise RecordingFileError(f"cannot read {folder}: {error.strerror}") from None
    for path in paths:
        if path.name.startswith("."):
            continue
        try:
            files.append(read_file(path))
        except UnknownFormatError as error:
            skipped.append(str(error))
    if not files:
        raise RecordingFileError(f"{folder} contains no recording; physiomon reads {KNOWN}")
    return files, skipped


def _recognise(path: Path, data: bytes) -> RecordedFile:
    for magic, at, read in _BINARY:
        if data[at : at + len(magic)] == magic:
            return read(path, data)
    for magic, what in _OTHERS:
        if data.startswith(magic):
            raise UnknownFormatError(f"{path} is {what}")
    if tcx.MARK in data[:_HEAD]:
        return tcx.read(path, data)
    text = TextFile.decode(path, data)
    if text is None:
        raise UnknownFormatError(
            f"{path} is neither text in UTF-8 nor a known binary file; physiomon reads {KNOWN}"
        )
    for read_text in _TEXT:
        if (found := read_text(text)) is not None:
            return found
    raise UnknownFormatError(
        f"{path} has an unknown format (it begins with {quoted(text.line(1))}); physiomon reads "
        f"{KNOWN}"
    )
