"""Views in the language of the page: what the layers below say in English, translated. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from dashboards.console.views.alarms import AlarmOccurrenceView, AlarmView
from dashboards.console.views.rules import RuleView
from dashboards.console.views.session import SessionView
from dashboards.texts import shown, translates


@dataclass(frozen=True, slots=True)
class _Check:
    item: str
    state: str
    found: str
    counts: bool


def translated(view: SessionView) -> SessionView:
    """Return a session with its labels, messages and sentences in the language of the page.

    Names, codes, and what people have written stay as they are, and so do identifiers and states,
    which the page translates where it shows them.
    """
    if not translates():
        return view
    return replace(
        view,
        channels=[
            replace(each, label=shown(each.label), reason=shown(each.reason))
            for each in view.channels
        ],
        alarms=[translated_alarm(each) for each in view.alarms],
        sensors=[
            replace(each, kind=shown(each.kind), reason=shown(each.reason)) for each in view.sensors
        ],
        history=[replace(each, message=shown(each.message)) for each in view.history],
        notices=_all(view.notices),
        markers=[
            replace(each, missing=_all(each.missing), amount=each.amount and shown(each.amount))
            for each in view.markers
        ],
        latest_measurements=[
            replace(each, label=shown(each.label)) for each in view.latest_measurements
        ],
        spot_measurements=[
            replace(each, label=shown(each.label)) for each in view.spot_measurements
        ],
        scheduled=[replace(each, label=shown(each.label)) for each in view.scheduled],
        preflight=[
            _Check(shown(each.item), each.state, shown(each.found), each.counts)
            for each in view.preflight
        ],
        open_items=_all(view.open_items),
        before_dose=[
            replace(each, what=shown(each.what), progress=shown(each.progress))
            for each in view.before_dose
        ],
        replay=view.replay
        and replace(
            view.replay,
            moments=[replace(each, text=shown(each.text)) for each in view.replay.moments],
        ),
    )


def translated_alarm(alarm: AlarmView) -> AlarmView:
    """Return an alarm, with those inside it, in the language of the page."""
    return replace(
        alarm,
        message=shown(alarm.message),
        inside=[translated_alarm(each) for each in alarm.inside],
        unconfirmed=[replace(each, text=shown(each.text)) for each in alarm.unconfirmed],
    )


def translated_occurrence(alarm: AlarmOccurrenceView) -> AlarmOccurrenceView:
    """Return a past alarm in the language of the page."""
    return replace(alarm, message=shown(alarm.message))


def translated_rule(rule: RuleView) -> RuleView:
    """Return a rule in the language of the page.

    Its description stays in the language of the policy, which physicians review and sign.
    """
    return replace(rule, message=shown(rule.message))


def _all(texts: Iterable[str]) -> list[str]:
    return [shown(text) for text in texts]
