"""`physiomon whatif --grid`: alarms, missed events and burden for each setting of rules."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from dashboards.console.formatting import count
from monitor.analysis.grid_table import NEAR_S, GridRow, SweptSession, grid_row
from monitor.analysis.rule_settings import Setting, parse_grid
from monitor.cohorts.alarm_variants import RECORDED, AlarmVariants, SessionVariants, Variant
from monitor.cohorts.journals import find_journals
from monitor.commands.cohort import CohortOptions, analyse, exit_if_incomplete, missing
from monitor.commands.output import print_json, print_lines, print_rows, print_title
from monitor.commands.time_text import span_text
from monitor.config.policies import find_policy

_AS_IS = "unchanged"


def sweep(
    paths: list[Path],
    grid: Sequence[str],
    policy: str | None,
    options: CohortOptions,
    *,
    as_json: bool,
) -> None:
    """Print a row for each setting of a grid, of all journals together.

    Args:
        paths: of journals, or folders with journals.
        grid: such as ``hr-131.sustain=10s,20s,40s``.
        policy: to which the settings apply; None: the one in force in each session.
        options: where to analyse several journals.
        as_json: print one JSON object instead of a table.

    Raises:
        PhysiomonError: the grid, a journal or the policy cannot be used.
    """
    settings = parse_grid(grid)
    base = Variant(policy=None if policy is None else find_policy(policy))
    variants = [replace(base, settings=each) for each in settings]
    if base.policy is not None:
        for each in variants:
            each.instead(base.policy)  # refuses what the policy cannot have, before hours of work
        variants.insert(0, base)
    cohort = analyse(AlarmVariants(tuple(variants)), find_journals(paths), options)
    sessions = [SessionVariants(path, result) for path, result in cohort.results.items()]
    rules = frozenset(setting.rule for each in settings for setting in each)
    names = [("", RECORDED if base.policy is None else base.name)]
    names += [(" ".join(map(str, each)), replace(base, settings=each).name) for each in settings]
    rows = [grid_row(text, rules, _swept(sessions, name)) for text, name in names if sessions]
    if as_json:
        print_json(
            {
                "sessions": [session.id for session in sessions],
                "rules": sorted(rules),
                "policy": None if base.policy is None else base.name,
                "grid": [
                    {**asdict(row), "values": values}
                    for row, values in zip(rows, [{}, *map(_values, settings)], strict=False)
                ],
                "missing": missing(cohort),
            }
        )
    elif rows and not cohort.interrupted:
        _print(rows, settings, rules, len(sessions))
    exit_if_incomplete(cohort, options.results)


def _swept(sessions: Sequence[SessionVariants], variant: str) -> list[SweptSession]:
    return [
        SweptSession(
            began_ns=session.began_ns,
            ended_ns=session.ended_ns,
            events=session.adverse_events,
            recorded=session.occurrences(),
            raised=session.occurrences(variant),
            replayed=session.replayed(variant),
        )
        for session in sessions
    ]


def _values(settings: Sequence[Setting]) -> dict[str, object]:
    return {f"{setting.rule}.{setting.key}": setting.value for setting in settings}


def _print(
    rows: Sequence[GridRow],
    settings: Sequence[Sequence[Setting]],
    rules: frozenset[str],
    sessions: int,
) -> None:
    print_title(f"{', '.join(sorted(rules))} in {count(sessions, 'session')}")
    unchanged = [_AS_IS, *[""] * (len(settings[0]) - 1)]
    values = [unchanged, *([each.value_text for each in setting] for setting in settings)]
    print_rows(
        (
            *(f"{each.rule}.{each.key}" for each in settings[0]),
            *("alarms", "per h", "in alarm", "share"),
            *("useful missed", "false avoided", "events missed", "all", "replayed"),
        ),
        (
            (
                *value,
                row.alarms,
                f"{row.per_hour:.2f}",
                span_text(row.in_alarm_s),
                f"{row.share:.1%}",
                f"{row.useful_missed} of {row.useful}",
                f"{row.false_avoided} of {row.false}",
                f"{row.events_missed} of {row.events}",
                row.all_alarms,
                row.replayed,
            )
            for value, row in zip(values, rows, strict=True)
        ),
    )
    print_lines(
        "\nuseful missed: recorded alarms of these rules that people judged useful, and that the "
        "setting does not raise\nfalse avoided: those judged false or artefact\nevents missed: "
        f"adverse events without an alarm of these rules within {NEAR_S / 60:g} min\nall: "
        "physiological alarms of all rules\nreplayed: sessions that were replayed for this "
        "setting; in the others it was computed by columns\n"
    )
