"""The formats of exports by name."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from monitor.errors import ConfigError
from monitor.exports.session_export import SessionExport

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


def _lazy(module: str, name: str) -> Callable[..., Any]:
    """Return a function that is imported when it is called: start with one writer only."""

    def call(*arguments: object) -> Any:
        return getattr(import_module(f"monitor.exports.{module}"), name)(*arguments)

    return call


FORMATS = {
    each.name: each
    for each in (
        Format(name="parquet", label="Parquet", write=_lazy("parquet", "write_parquet")),
        Format(name="csv", label="CSV", write=_lazy("csv_files", "write_csv")),
        Format(name="kubios", label="RR intervals", write=_lazy("kubios", "write_kubios")),
        Format(name="edf", label="EDF+", write=_lazy("edf", "write_edf")),
        Format(name="xdf", label="XDF", write=_lazy("xdf", "write_xdf")),
        Format(
            name="bids",
            label="BIDS",
            write=_lazy("bids", "write_bids"),
            folder=_lazy("bids", "bids_folder"),
            study=_lazy("bids_study", "study_files"),
        ),
        Format(name="fhir", label="FHIR", write=_lazy("fhir", "write_fhir")),
        Format(
            name="openmhealth",
            label="Open mHealth",
            write=_lazy("open_mhealth", "write_open_mhealth"),
        ),
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
