"""EDF and EDF+C files: heart rate, oxygen saturation and temperatures, and annotations.

The start is local time without a zone. Samples at the digital minimum are no values: so devices,
and physiomon's export, write gaps. Discontinuous files (EDF+D) are refused, because their gaps
would be lost.
Source: Kemp et al., EDF (1992) and EDF+ (2003) specifications.
"""

from pathlib import Path

import numpy as np

from devices.recordings.channel_names import converted, signal_of
from devices.recordings.foreign_errors import foreign_errors, needs
from devices.recordings.recorded_file import (
    SIMULATED,
    Event,
    RecordedFile,
    RecordingFileError,
    Series,
    UnknownFormatError,
)

MAGIC = b"0       "
_FORMAT = "EDF"
_HEADER = 256
_RESERVED = slice(192, 236)
_RECORDS = slice(236, 244)


def read(path: Path, data: bytes) -> RecordedFile:
    """Read a file that begins with `MAGIC`.

    Raises:
        RecordingFileError: the file is damaged or discontinuous, or the reader is not installed.
        UnknownFormatError: no channel has a signal that physiomon reads.
    """
    with needs("edfio", path):
        import edfio  # noqa: PLC0415 - of the extra `import`
    if data[_RESERVED].startswith(b"EDF+D"):
        raise RecordingFileError(f"{path} is a discontinuous EDF+ file (EDF+D); export it as EDF+C")
    with foreign_errors(path, _FORMAT):
        edf = edfio.read_edf(data, lazy_load_data=False, header_encoding="latin-1")
        records = int(data[_RECORDS])
        if records != edf.num_data_records or records < 1:
            raise RecordingFileError(
                f"{path} is not a complete {_FORMAT} file (its header announces {records} "
                "records); export it again"
            )
        series: dict[str, Series] = {}
        left_out: list[str] = []
        for signal in edf.signals:
            name = signal_of(signal.label)
            values = name and converted(name, signal.physical_dimension, np.asarray(signal.data))
            if name is None or values is None or isinstance(values, str) or name in series:
                left_out.append(f"{signal.label} ({signal.physical_dimension})")
            else:
                values = np.where(signal.digital <= signal.digital_min, np.nan, values)
                series[name] = Series.regular(0.0, signal.sampling_frequency, values)
        if not series:
            raise UnknownFormatError(
                f"{path} is an {_FORMAT} file with {', '.join(left_out) or 'no signals'}; "
                "physiomon reads heart rate, oxygen saturation and temperatures with their site"
            )
        try:
            start = edf.startdatetime
        except edfio.AnonymizedDateError:
            start = None
        return RecordedFile(
            path=path,
            format=_FORMAT,
            start=start,
            series=series,
            events=tuple(Event(each.onset, each.text) for each in edf.annotations if each.text),
            notes=(f"not imported: {', '.join(left_out)}",) if left_out else (),
            simulated=any(each.text.startswith(SIMULATED) for each in edf.annotations),
        )
