"""Order of simultaneous events, as docs/alarms.md describes it."""

from monitor.facts import AlarmFact, payload
from tests.engine.scripted_session import START_NS, Script

HEAD = 'name = "test"\nversion = "1"\n'
RULE = '[[rule]]\nid = "{id}"\nsignal = "{signal}"\n{condition}\npriority = "low"\nmessage = "m"\n'
RULE += 'source = "s"\n'


def rule(name: str, condition: str, signal: str = "heart_rate") -> str:
    return RULE.format(id=name, signal=signal, condition=condition)


NO_HR = rule("no-hr", 'absent = "10s"')
NO_CT = rule("no-ct", 'absent = "90s"', "core_temperature")
HIGH = rule("hr-high", "above = 110")
HOT = rule("ct-high", "above = 38", "core_temperature")


def told(script: Script, second: float) -> list[str]:
    """Return the steps of the policy's rules at a second."""
    at_ns = START_NS + round(second * 1e9)
    return [
        f"{fact.rule} {fact.step}"
        for _, fact in script.facts
        if isinstance(fact, AlarmFact)
        and at_ns <= fact.at_ns < at_ns + 1000
        and not fact.rule.startswith("unjudged")
    ]


def test_alarm_is_suspended_before_the_signal_loss_is_raised() -> None:
    script = Script(HEAD + NO_HR + HIGH)
    script.at(5).heart(120)
    script.until(15)
    assert told(script, 15) == ["hr-high suspended", "no-hr raised"]


def test_simultaneous_signal_losses_are_ordered_by_sensor_label() -> None:
    script = Script(HEAD + HIGH + HOT)
    script.at(10).core(38.5)
    script.at(90).heart(120)
    script.until(100)
    assert told(script, 100) == ["ct-high suspended", "hr-high suspended"]


def test_signal_loss_comes_before_limit_alarms_regardless_of_policy_order() -> None:
    sustained = rule("hr-high", 'above = 110\nsustain = "10s"')
    script = Script(HEAD + sustained + NO_CT)
    for second in range(80, 90):
        script.at(second).heart(120)
    script.until(90)
    assert told(script, 90) == ["no-ct raised", "hr-high raised"]


def test_simultaneous_alarms_follow_the_order_of_the_policy() -> None:
    script = Script(HEAD + rule("b", "above = 110") + rule("a", "above = 100"))
    script.at(3).heart(120)
    assert [each for each in told(script, 3) if each.endswith("raised")] == ["b raised", "a raised"]


def test_facts_do_not_depend_on_when_the_timer_fires() -> None:
    often, never = Script(HEAD + NO_HR + HIGH), Script(HEAD + NO_HR + HIGH)
    for second in range(300):
        for script in (often, never):
            if second % 40 < 25:
                script.at(second).heart(105 + second % 12)
        often.until(second + 0.5)
    for script in (often, never):
        script.until(400)
    assert [payload(fact) for _, fact in often.facts] == [payload(fact) for _, fact in never.facts]
