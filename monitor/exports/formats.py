"""The formats of exports by name."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from monitor.errors import ConfigError
from monitor.exports.bids import bids_folder, write_bids
from monitor.exports.bids_study import study_files
from monitor.exports.csv_files import write_csv
from monitor.exports.edf import write_edf
from monitor.exports.fhir import write_fhir
from monitor.exports.kubios import write_kubios
from monitor.exports.open_mhealth import write_open_mhealth
from monitor.exports.parquet import write_parquet
from monitor.exports.session_export import SessionExport
from monitor.exports.xdf import write_xdf

Files = Iterable[tuple[str, bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One format.

    Attributes:
        name: as in `--to`.
        label: shown to users.
        write: returns the files of a recording: names within its folder, and contents.
        folder: returns the folder of a recording within that of the export.
        study: returns the files of the whole folder, from the manifests of its recordings and a
            function that returns the content of an existing file.
    """

    name: str
    label: str
    write: Callable[[SessionExport], Files]
    folder: Callable[[SessionExport], str] = lambda export: export.name
    study: Callable[[list[dict[str, Any]], Callable[[str], bytes | None]], Files] | None = None


FORMATS = {
    each.name: each
    for each in (
        Format(name="parquet", label="Parquet", write=write_parquet),
        Format(name="csv", label="CSV", write=write_csv),
        Format(name="kubios", label="RR intervals", write=write_kubios),
        Format(name="edf", label="EDF+", write=write_edf),
        Format(name="xdf", label="XDF", write=write_xdf),
        Format(name="bids", label="BIDS", write=write_bids, folder=bids_folder, study=study_files),
        Format(name="fhir", label="FHIR", write=write_fhir),
        Format(name="openmhealth", label="Open mHealth", write=write_open_mhealth),
    )
}


def known_format(name: str) -> Format:
    """Return a format by its name.

    Raises:
        ConfigError: it is unknown; the message lists the known ones.
    """
    found = FORMATS.get(name)
    if found is None:
        raise ConfigError(f"format '{name}' is unknown; use {', '.join(FORMATS)}")
    return found
