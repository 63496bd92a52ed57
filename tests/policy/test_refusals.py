"""Mistakes in policies are reported with line, key and allowed values."""

import pytest

from alerts.policy.parser import PolicyError, parse_policy
from tests.policy.texts import BP, CT, HEADER, HR, written


def problems(text: str) -> list[tuple[int, str, str]]:
    """Return the mistakes in a text that must be refused."""
    with pytest.raises(PolicyError) as caught:
        parse_policy(text, "here")
    found = caught.value.problems
    assert str(caught.value).startswith(f"here, {found[0]}")
    assert list(found) == sorted(found, key=lambda problem: problem.line)
    return [(problem.line, problem.key, problem.what) for problem in found]


@pytest.mark.parametrize(
    ("header", "line", "key", "what"),
    [
        ('events = ["nausea",\n  "nausea"]', 4, "events", "'nausea' is there twice"),
        ('events = ["other"]', 3, "events", "'other' is always there"),
        ('events = ["nausea",\n  7]', 4, "events", "must be a list of short texts such as"),
        ('events = ["a\\nb"]', 3, "events", "must be a list of short texts"),
        ("[dose]\nrange_mg = [75, 125]", 3, "drug of dose", "is missing: it must be one line"),
        ('[dose]\ndrug = "X"\nrange_mg = [75]', 5, "range_mg of dose", "two amounts in mg"),
        ('[dose]\ndrug = "X"\nrange_mg = [125, 75]', 5, "range_mg of dose", "lowest and the high"),
        ('[dose]\ndrug = "X"\nrange_mg = [1, 2]\nunit = "g"', 6, "unit of dose", "known key"),
    ],
)
def test_events_and_dose_are_checked(header: str, line: int, key: str, what: str) -> None:
    ((found_line, found_key, found),) = problems(f"{HEADER}{header}\n{RULE}")
    assert (found_line, found_key) == (line, key)
    assert what in found


RULE = written(HR + "above = 99").removeprefix(HEADER)
ALL = 'all = [\n  "heart_rate above 120",\n  "%s",\n]'


@pytest.mark.parametrize(
    ("rule", "line", "key", "what"),
    [
        pytest.param(HR, 3, "", "has no condition: add one of above, at_least", id="none"),
        pytest.param(HR + "above = 1\nbelow = 2", 7, "below", "above is given too", id="two"),
        pytest.param(HR + 'above = 99\nabsent = "9s"', 7, "absent", "one condition", id="kinds"),
        pytest.param("above = 110", 3, "signal", "is missing: allowed: heart_rate", id="unsaid"),
        pytest.param('signal = "hart_rate"\nabove = 9', 5, "signal", "did you mean heart_rate"),
        pytest.param(HR + "abov = 110\nbelow = 99", 6, "abov", "a known key: did you mean abo"),
        pytest.param(HR + 'statistic = "medain(60s)"\nabove = 99', 6, "statistic", "mean median"),
        pytest.param(HR + 'statistic = "coverage(60s)"\nabove = 99', 6, "statistic", "use absent"),
        pytest.param(
            HR + 'statistic = "rmssd(5min)"\nbelow = 30',
            6,
            "statistic",
            "rmssd is a statistic of beats: it goes with rr_interval, not heart_rate",
        ),
        pytest.param(
            'signal = "rr_interval"\nstatistic = "sdnn(30s)"\nbelow = 30',
            6,
            "statistic",
            "sdnn of 30s is not reliable: write 60s or more, better 5min",
        ),
        pytest.param(HR + 'above = "basline + 1"', 6, "above", "did you mean baseline"),
        pytest.param(HR + 'above = "38 + 3 spread"', 6, "above", "has no anchor", id="spread"),
        pytest.param(HR + "above = nan", 6, "above", "must be a number, or text such", id="nan"),
        pytest.param(HR + "above = inf", 6, "above", "must be a number, or text such", id="inf"),
        pytest.param(HR + "above = true", 6, "above", "must be a number, or text such", id="bool"),
        pytest.param(HR + "above = [1, 2]", 6, "above", "must be a number, or text", id="list"),
        pytest.param(HR + "above = 1100", 6, "above", "it must be 10 to 250 /min", id="typo"),
        pytest.param(HR + "above = 99\nclear = 5", 7, "clear", "it must be 10 to 250", id="never"),
        pytest.param(HR + "above = 99\nclear = 100", 7, "clear", "at or below the limit"),
        pytest.param(HR + "at_most = 50\nclear = 49", 7, "clear", "at or above the limit"),
        pytest.param(
            HR + 'above = "baseline + 9"\nclear = "baseline + 9 + 1 spread"',
            7,
            "clear",
            "lies on the alarm's side",
            id="clear by spreads",
        ),
        pytest.param(HR + 'above = 99\nsustain = "-5s"', 7, "sustain", "'-5s' is not a valid"),
        pytest.param(HR + "above = 99\nsustain = 60", 7, "sustain", 'a duration such as "10s"'),
        pytest.param(HR + 'above = 99\nclear_after = "9d"', 7, "clear_after", "not a valid"),
        pytest.param(HR + 'absent = "0s"', 6, "absent", "write 1s or more", id="at once"),
        pytest.param(HR + 'absent = "9s"\nlatch = true', 7, "latch", "does not latch"),
        pytest.param(
            'signal = "battery"\nbelow = 20\nlatch = true', 7, "latch", "does not latch", id="bat"
        ),
        pytest.param(HR + 'above = 99\nlatch = "yes"', 7, "latch", "must be true or false"),
        pytest.param(HR + 'above = 99\nrepeated = "twice"', 7, "repeated", "like 2 in 10min"),
        pytest.param(HR + 'above = 99\nrepeated = "1 in 9min"', 7, "repeated", "not a valid"),
        pytest.param(
            HR + 'absent = "9s"\nrepeated = "2 in 9min"', 7, "repeated", "only with a limit"
        ),
        pytest.param('due = "2 before dose"', 3, "signal", "is missing", id="due what"),
        pytest.param(HR + 'due = "sometimes"', 6, "due", "write it like every 30min until dose"),
        pytest.param(HR + 'due = "every 0s"', 6, "due", "write 1s or more", id="due always"),
        pytest.param(HR + 'due = "0 before dose"', 6, "due", "not a valid schedule", id="due none"),
        pytest.param(HR + 'due = "every 9min until dose"', 6, "due", "ends before it begins"),
        pytest.param(HR + 'due = "2 before dose"\nlatch = true', 7, "latch", "does not latch"),
        pytest.param(HR + 'rise = "9 per min"', 6, "rise", "write it like 0.5 in 15min"),
        pytest.param(HR + 'rise = "0.5 in 15min"', 6, "rise", "must be 1 to 240 /min", id="noise"),
        pytest.param(HR + 'rise = "30 in 60s"', 6, "rise", "60s is too short", id="brief"),
        pytest.param(
            'signal = "battery"\nrise = "9 in 9min"', 6, "rise", "battery is about the equipment"
        ),
        pytest.param(HR + 'rise = "9 in 9min"\nclear = 99', 7, "clear", "only with a limit"),
        pytest.param(
            HR + 'frozen = "9min"\nstatistic = "min(9s)"', 7, "statistic", "only with a limit"
        ),
        pytest.param(
            HR + 'fault = "clock-jump"', 5, "signal", "which needs no signal", id="subject"
        ),
        pytest.param('fault = "clok-jump"', 5, "fault", "did you mean clock-jump"),
        pytest.param(
            'trouble = "clock-jump"',  # prose: ignore, the old name of the key
            5,
            "trouble",  # prose: ignore
            "is now called fault: write fault instead",
            id="renamed",
        ),
        pytest.param(
            'signal = "battery"\nbelow = "baseline - 9"', 6, "below", "battery has no baseline"
        ),
        pytest.param(
            HR + 'statistic = "sd(60s)"\nabove = "baseline + 9"',
            7,
            "above",
            "the sd is compared with a number",
            id="anchored sd",
        ),
        pytest.param(
            HR + 'statistic = "sd(60s)"\nbelow = -1', 7, "below", "it must be 0 to 240", id="sd"
        ),
        pytest.param(
            BP + 'statistic = "mean(1h)"\nabove = 160', 6, "statistic", "leave the statistic out"
        ),
        pytest.param(BP + 'above = "rolling(1h) + 20"', 6, "above", "by itself; write a number"),
        pytest.param(BP + 'above = "baseline + 20"', 6, "above", "by itself; write a number"),
        pytest.param(
            HR + 'above = 99\nmeasure_again = "5min"', 7, "measure_again", "goes only with a limit"
        ),
        pytest.param(
            BP + 'above = 160\nmeasure_again = "soon"',
            7,
            "measure_again",
            "is not a valid duration",
        ),
        pytest.param(BP + 'rise = "30 in 15min"', 6, "rise", "compare it with a limit"),
        pytest.param(BP + 'invalid = "5s"', 6, "invalid", "ask for it with due", id="bp invalid"),
        pytest.param(BP + 'frozen = "5min"', 6, "frozen", "ask for it with due", id="bp frozen"),
        pytest.param(BP + "above = 301", 6, "above", "it must be 30 to 300", id="bp limit"),
        pytest.param('all = ["heart_rate above 99"]', 5, "all", "needs two conditions or more"),
        pytest.param("all = []", 5, "all", "needs two conditions or more", id="empty all"),
        pytest.param("all = [1]", 5, "all", "must be a list of texts", id="no text"),
        pytest.param(ALL % "heart_rate > 1", 7, "all", "'heart_rate > 1' is not a valid condition"),
        pytest.param(ALL % "pulse above 1", 7, "all", "'pulse' is not a known", id="all signal"),
        pytest.param(ALL % "medain(9s) of heart_rate above 99", 7, "all", "did you mean median"),
        pytest.param(ALL % "heart_rate above 9", 7, "all", "it must be 10 to 250", id="all limit"),
        pytest.param(ALL % "heart_rate above x", 7, "all", "neither a number nor a known anchor"),
        pytest.param(ALL % "heart_rate rise 0.5 in 15min", 7, "all", "must be 1 to 240 /min"),
        pytest.param(ALL % "heart_rate rise fast", 7, "all", "write it like 0.5 in 15min"),
        pytest.param(ALL % "min(9s) of heart_rate rise 9 in 9min", 7, "all", "the statistic"),
        pytest.param(ALL % "battery below 20", 7, "all", "needs a separate rule", id="all bat"),
        pytest.param(CT + 'above = "rolling(5min) + 0.5"', 3, "", "follows a slow rise", id="roll"),
        pytest.param(CT + 'above = "ewma(5min) + 0.5"', 3, "", "follows a slow rise", id="ewma"),
        pytest.param(
            'all = ["heart_rate above 99", "skin_temperature below rolling(5min) - 1"]',
            3,
            "",
            "follows a slow rise",
            id="roll in all",
        ),
    ],
)
def test_reports_each_mistake_in_a_rule(rule: str, line: int, key: str, what: str) -> None:
    place = f"{key} of rule 'r0'" if key else "rule 'r0'"
    ((found_line, found_place, found_what),) = problems(written(rule))
    assert (found_line, found_place) == (line, place)
    assert what in found_what


@pytest.mark.parametrize(
    "firm",
    [
        CT + "above = 38.5",
        CT + 'statistic = "median(60s)"\nabove = 38.5',
    ],
)
def test_rolling_temperature_limit_is_allowed_beside_a_fixed_one(firm: str) -> None:
    rolling = CT + 'above = "rolling(5min) + 0.5"'
    assert len(parse_policy(written(rolling, firm), "here").rules) == 2


@pytest.mark.parametrize(
    "other",
    [
        CT + "below = 35",
        'signal = "skin_temperature"\nabove = 38.5',
        'all = ["core_temperature above 38", "heart_rate above 99"]',
        CT + 'rise = "0.5 in 15min"',
    ],
)
@pytest.mark.parametrize("limit", ["rolling(5min) + 0.5", "baseline + 0.5"])
def test_moving_temperature_limit_needs_a_fixed_one_on_the_same_signal(
    limit: str, other: str
) -> None:
    ((line, _, what),) = problems(written(CT + f'above = "{limit}"', other))
    assert line == 3
    assert "unknown before the dose, or follows a slow rise" in what


def test_limits_on_the_baseline_alone_are_refused() -> None:
    text = written(HR + 'above = "baseline + 30"', CT + 'at_least = "baseline + 1"')
    assert [line for line, _, _ in problems(text)] == [3, 10]
    below = written(HR + 'below = "baseline - 20"', HR + "above = 130")
    assert [line for line, _, _ in problems(below)] == [3]
    part = written('all = ["heart_rate above baseline + 30", "core_temperature above 38"]')
    assert [line for line, _, _ in problems(part)] == [3]


def test_rule_that_only_informs_is_no_firm_limit() -> None:
    moving, info = written(HR + 'above = "baseline + 30"', HR + "above = 130").rsplit('"low"', 1)
    ((line, _, _),) = problems(f'{moving}"info"{info}')
    assert line == 3


def test_rule_that_only_informs_needs_no_firm_limit() -> None:
    text = written(HR + 'above = "baseline + 30"').replace('"low"', '"info"')
    assert parse_policy(text, "here")


def test_rolling_limit_alone_is_allowed_for_heart_rate() -> None:
    assert parse_policy(written(HR + 'above = "rolling(5min) + 3 spread"'), "here")


@pytest.mark.parametrize(
    ("above", "clear"),
    [("110", "110"), ('"baseline + 9"', "100"), ('"baseline + 2 spread"', '"baseline + 9"')],
)
def test_clear_limit_may_equal_the_limit_or_have_another_anchor(above: str, clear: str) -> None:
    moving = HR + f"above = {above}\nclear = {clear}"
    assert parse_policy(written(moving, HR + "above = 180"), "here")


@pytest.mark.parametrize(
    ("text", "line", "key", "what"),
    [
        pytest.param("", 1, "name", "is missing: it must be a short name", id="empty"),
        pytest.param(HEADER, 1, "rule", "is missing: it must be at least one table", id="no rule"),
        pytest.param(HEADER + "rule = []", 3, "rule", "at least one table under [[rule]]"),
        pytest.param(HEADER + "[rule]\nid = 1", 3, "rule", "at least one table under [[rule]]"),
        pytest.param(HEADER + "rule = [\n1]", 4, "rule 1", "at least one table", id="no table"),
        pytest.param("nam = 1\n" + written(HR + "above = 99"), 1, "nam", "did you mean name"),
        pytest.param(
            written(HR + "above = 99").replace('"1"', "1"), 2, "version", "must be one line of text"
        ),
        pytest.param(
            written(HR + "above = 99").replace('source = "s"\n', ""),
            3,
            "source of rule 'r0'",
            "is missing",
            id="no source",
        ),
        pytest.param(
            written(HR + "above = 99").replace('source = "s"', 'source = " "'),
            9,
            "source of rule 'r0'",
            "must be one line of text",
            id="blank source",
        ),
        pytest.param(
            written(HR + "above = 99").replace('"low"', '"urgent"'),
            7,
            "priority of rule 'r0'",
            'must be "info", "low", "medium" or "high"',
            id="priority",
        ),
        pytest.param(
            written(HR + "above = 99").replace('"r0"', '"r 0"'),
            4,
            "id of rule 'r 0'",
            "must be a short name of letters",
            id="id",
        ),
        pytest.param(
            written(HR + "above = 99", HR + "above = 120").replace('"r1"', '"r0"'),
            11,
            "id of rule 'r0'",
            "'r0' is already the rule on line 4",
            id="twice",
        ),
        pytest.param(
            HEADER + 'settling = { skin = "9min" }\n' + RULE,
            3,
            "settling",
            "'skin' is not a known signal: allowed: heart_rate",
            id="settling signal",
        ),
        pytest.param(
            HEADER + '[settling]\nskin_temperature = "soon"\n' + RULE,
            4,
            "settling",
            "'soon' is not a valid duration",
            id="settling time",
        ),
        pytest.param("a = 1\nb = = 2", 2, "column 5", "not valid TOML: Invalid", id="toml"),
        pytest.param('a = 1\nb = """', 2, "end of the text", "is not valid TOML", id="unclosed"),
        pytest.param("a = " + "1" * 5000, 1, "text", "is not valid TOML", id="digits"),
        pytest.param("a = " + "[" * 5000, 1, "text", "is not valid TOML", id="deep"),
        pytest.param("a = '\ud800'", 1, "text", "is not valid TOML", id="surrogate"),
        pytest.param("\na" + ".a" * 60_000 + " = 1", 2, "line", "longer than 10000", id="long"),
    ],
)
def test_reports_each_mistake_in_a_file(text: str, line: int, key: str, what: str) -> None:
    found = problems(text)
    assert (line, key) in [(found_line, found_key) for found_line, found_key, _ in found]
    assert any(what in found_what for _, found_key, found_what in found if found_key == key)


def test_all_mistakes_are_reported_at_once_in_line_order() -> None:
    text = written(
        HR + 'above = "basline"\nsustain = "soon"', HR + "above = 99", HR + "abov = 99"
    ).replace('"r1"', '"r0"')
    with pytest.raises(PolicyError, match=r"^here, line 2, version: .* \(and 4 more\)$") as caught:
        parse_policy(text.replace('"1"', '""'), "here")
    assert [problem.line for problem in caught.value.problems] == [2, 6, 7, 12, 21]


def test_fixed_rule_with_a_mistake_is_not_reported_as_missing() -> None:
    rolling, firm = CT + 'above = "rolling(5min) + 0.5"', CT + "above = 385"
    ((line, _, what),) = problems(written(rolling, firm))
    assert line == 13
    assert "it must be 33 to 43 Cel" in what
