"""`physiomon study`: tables of all sessions of a study, and its report."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from monitor.analysis.deviations import Windows
from monitor.analysis.study_features import Feature, Value, dictionary
from monitor.cohorts.journals import find_journals
from monitor.cohorts.session_summary import SessionSummary, Summarize, by_participant
from monitor.commands.cohort import CohortOptions, analyse, exit_if_incomplete, missing
from monitor.commands.output import print_facts, print_json
from monitor.commands.whole_file import write_whole
from monitor.errors import ConfigError
from monitor.reports.cohort_page import cohort_document
from monitor.reports.html import to_html

_KEYS = ("session", "participant", "visit", "simulated", "imported")
_MINUTE_NS = 60 * 10**9
_INSTRUMENT = "session"
# Columns of REDCap's data dictionary. Source: "Download Data Dictionary template file" of REDCap.
_REDCAP_COLUMNS = (
    *("Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label"),
    *("Choices, Calculations, OR Slider Labels", "Field Note"),
    *("Text Validation Type OR Show Slider Number", "Text Validation Min", "Text Validation Max"),
    *("Identifier?", "Branching Logic (Show field only if...)", "Required Field?"),
    *("Custom Alignment", "Question Number (surveys only)", "Matrix Group Name", "Matrix Ranking?"),
    "Field Annotation",
)


def tabulate(
    paths: Sequence[Path], out: Path, windows: Windows, options: CohortOptions, *, as_json: bool
) -> None:
    """Write the tables of a study into a folder.

    Args:
        paths: of journals, or folders with journals.
        out: folder to write; files of the same names are replaced.
        windows: times within which the protocol asks for doses.
        options: where to analyse the sessions.
        as_json: print what was written as JSON.

    Raises:
        PhysiomonError: no journal can be used, or the folder not be written.
    """
    cohort = analyse(Summarize(windows), find_journals(paths), options)
    sessions = [SessionSummary(path, result) for path, result in cohort.results.items()]
    if not sessions or cohort.interrupted:
        exit_if_incomplete(cohort, options.results)
        raise ConfigError("there are no sessions")
    files = {
        "sessions.csv": _sessions(sessions),
        "participants.csv": _participants(sessions),
        "deviations.csv": _deviations(sessions),
        "dictionary.csv": _dictionary(),
        "redcap.csv": _redcap(sessions),
        "redcap_dictionary.csv": _redcap_dictionary(),
        "missing.csv": _table(
            ("journal", "reason"), ((str(path), why) for path, why in cohort.missing.items())
        ),
        "study.html": to_html(cohort_document(sessions, cohort.missing)).encode(),
    }
    for name, content in files.items():
        write_whole(out / name, content)
    people = len(by_participant(sessions))
    if as_json:
        print_json(
            {
                "sessions": len(sessions),
                "participants": people,
                "written": [str(out / name) for name in files],
                "missing": missing(cohort),
            }
        )
    else:
        about = {"sessions": len(sessions), "participants": people, "written": ", ".join(files)}
        print_facts(f"Study tables in {out}", about)
    exit_if_incomplete(cohort, options.results)


def parse_window(text: str) -> tuple[float, float]:
    """Read minutes such as ``90-150``.

    Raises:
        ConfigError: it is not a range of minutes.
    """
    low, _, high = text.partition("-")
    try:
        found = float(low), float(high)
    except ValueError:
        found = (1.0, 0.0)
    if not 0 <= found[0] <= found[1] < float("inf"):
        raise ConfigError(f"'{text}' is not a range of minutes; write it like 90-150")
    return found


def _visits(sessions: Sequence[SessionSummary]) -> Mapping[str, int]:
    """Return the number of each session among those of its participant, from 1, by its path."""
    return {
        str(each.path): number
        for known in by_participant(sessions).values()
        for number, each in enumerate(known, 1)
    }


def _ordered(sessions: Sequence[SessionSummary]) -> Iterable[SessionSummary]:
    for known in by_participant(sessions).values():
        yield from known


def _keys(each: SessionSummary, visits: Mapping[str, int]) -> tuple[Value, ...]:
    simulated, imported = int(each["simulated"]), int(bool(each["imported"]))
    return each["id"], each["participant"], visits[str(each.path)], simulated, imported


def _sessions(sessions: Sequence[SessionSummary]) -> bytes:
    visits, names = _visits(sessions), [feature.name for feature in dictionary()]
    rows = (
        (*_keys(each, visits), *(each.features[name] for name in names))
        for each in _ordered(sessions)
    )
    return _table((*_KEYS, *names), rows)


def _participants(sessions: Sequence[SessionSummary]) -> bytes:
    """Return one row for each participant: every feature of the first session, of the second ..."""
    people = by_participant(sessions)
    most, names = max(map(len, people.values())), [feature.name for feature in dictionary()]
    numbers = range(1, most + 1)
    rows = [
        (
            who,
            len(known),
            *(
                known[number - 1].features[name] if number <= len(known) else None
                for name in names
                for number in numbers
            ),
        )
        for who, known in people.items()
    ]
    heads = (f"{name}_{number}" for name in names for number in numbers)
    return _table(("participant", "sessions", *heads), rows)


def _deviations(sessions: Sequence[SessionSummary]) -> bytes:
    rows = (
        (
            *(each["id"], each["participant"], one.kind),
            *((one.at_ns - each["began_ns"]) / _MINUTE_NS, one.minutes, one.what),
        )
        for each in _ordered(sessions)
        for one in each.deviations
    )
    return _table(("session", "participant", "kind", "at_min", "minutes", "what"), rows)


def _dictionary() -> bytes:
    keys = (
        Feature("session", "Session", kind="text"),
        Feature("participant", "Study code of the participant", kind="text"),
        Feature("visit", "Number of the session among those of the participant", kind="integer"),
        Feature("simulated", "1: the sensors were simulated", kind="integer"),
        Feature("imported", "1: not recorded by physiomon", kind="integer"),
    )
    rows = ((each.name, each.label, each.unit, each.kind) for each in (*keys, *dictionary()))
    return _table(("name", "label", "unit", "type"), rows)


def _redcap(sessions: Sequence[SessionSummary]) -> bytes:
    """Return the sessions as a repeating instrument of REDCap's records, which are participants."""
    visits, names = _visits(sessions), [feature.name for feature in dictionary()]
    rows = (
        (
            *(each["participant"], _INSTRUMENT, visits[str(each.path)]),
            *(each["id"], int(each["simulated"]), int(bool(each["imported"]))),
            *(each.features[name] for name in names),
            2,  # complete
        )
        for each in _ordered(sessions)
    )
    keys = ("record_id", "redcap_repeat_instrument", "redcap_repeat_instance")
    own = ("session_id", "simulated", "imported")
    return _table((*keys, *own, *names, f"{_INSTRUMENT}_complete"), rows)


def _redcap_dictionary() -> bytes:
    fields = [
        Feature("session_id", "Session", kind="text"),
        Feature("simulated", "1: the sensors were simulated", kind="integer"),
        Feature("imported", "1: not recorded by physiomon", kind="integer"),
        *dictionary(),
    ]
    rows = [_redcap_row("record_id", "participant", "Study code of the participant", "", "")]
    rows += [
        _redcap_row(
            each.name,
            _INSTRUMENT,
            each.label,
            each.unit,
            {"integer": "integer", "number": "number", "text": ""}[each.kind],
        )
        for each in fields
    ]
    return _table(_REDCAP_COLUMNS, rows)


def _redcap_row(name: str, form: str, label: str, note: str, validation: str) -> Sequence[str]:
    known = {
        "Variable / Field Name": name,
        "Form Name": form,
        "Field Type": "text",
        "Field Label": label,
        "Field Note": note,
        "Text Validation Type OR Show Slider Number": validation,
    }
    return [known.get(column, "") for column in _REDCAP_COLUMNS]


def _table(headings: Sequence[str], rows: Iterable[Iterable[Value]]) -> bytes:
    """Return CSV as RFC 4180 describes it, in UTF-8."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(headings)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return file.getvalue().encode()


def _cell(value: Value) -> str:
    """Return a cell: numbers with up to nine digits, and no text that a spreadsheet would run."""
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
    return f"{value:.9g}" if isinstance(value, float) else str(value)
