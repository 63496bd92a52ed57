"""`physiomon report --html` and `--pdf`: reports as files."""

from collections.abc import Sequence
from pathlib import Path

from monitor.analysis.session_data import read_session_data
from monitor.cohorts.journals import find_journals
from monitor.cohorts.result import Cohort
from monitor.cohorts.session_summary import SessionSummary, Summarize
from monitor.commands.cohort import CohortOptions, analyse, exit_if_incomplete, missing
from monitor.commands.output import print_facts, print_json
from monitor.commands.progress import progress
from monitor.commands.whole_file import write_whole
from monitor.cycle_collection import paused_collection
from monitor.errors import ConfigError, OutputError
from monitor.reports.cohort_page import cohort_document
from monitor.reports.document import Document
from monitor.reports.html import to_html
from monitor.reports.pdf import to_pdf
from monitor.reports.session_page import session_document
from monitor.reports.texts import Disclosure
from monitor.sessions.recording import read_recording
from monitor.storage.journal import Journal


def write_reports(
    paths: Sequence[Path],
    html: Path | None,
    pdf: Path | None,
    disclosure: Disclosure,
    options: CohortOptions,
    *,
    as_json: bool,
) -> None:
    """Write the report of a session, or of several as a cohort.

    Args:
        paths: of journals, or folders with journals.
        html: file to write, or None.
        pdf: likewise.
        disclosure: what a report may show of people.
        options: where to analyse several journals.
        as_json: print the names of the files as JSON.

    Raises:
        PhysiomonError: a journal cannot be used, or a file not be written.
    """
    renderers = {html: _html, pdf: to_pdf}
    targets = {target: renderers[target] for target in (html, pdf) if target is not None}
    for target in targets:
        _refuse(target, paths)
    journals = find_journals(paths)
    if len(journals) == 1:
        cohort, document = None, _session(journals[0], disclosure)
    else:
        cohort = analyse(Summarize(), journals, options)
        document = _cohort(cohort)
    with progress() as bars:
        step = bars.counter(len(targets), "report")
        for target, render in targets.items():
            write_whole(target, render(document))
            step(target)
    written = [str(each) for each in targets]
    if as_json:
        print_json({"written": written, "missing": missing(cohort) if cohort else []})
    else:
        print_facts(document.title, {"written": ", ".join(written)})
    if cohort is not None:
        exit_if_incomplete(cohort, options.results)


def _cohort(cohort: Cohort) -> Document:
    """Return the report of a cohort, if anything of it could be read."""
    if not cohort.results or cohort.interrupted:
        exit_if_incomplete(cohort, None)
    sessions = [SessionSummary(path, result) for path, result in cohort.results.items()]
    return cohort_document(sessions, cohort.missing)


@paused_collection()
def _session(path: Path, disclosure: Disclosure) -> Document:
    with Journal.read(path) as journal:
        return session_document(read_session_data(read_recording(journal)), disclosure)


def _html(document: Document) -> bytes:
    return to_html(document).encode()


def _refuse(target: Path, journals: Sequence[Path]) -> None:
    """Refuse a file that is a journal, and a folder; a report may be written again."""
    if target.is_dir():
        raise OutputError(f"{target} is a folder; give the name of a file")
    if target.suffix == ".journal" or target in journals:
        raise ConfigError(
            f"{target} would replace a journal; give another name, such as report.html"
        )
