"""Fields that change a rule: limits, times and priority, saved together or not at all."""

from nicegui import ui

from dashboards.console.dialogs.rule_limits import BOUNDS, LimitNumber, limit_number, moved
from dashboards.console.fields.choice_buttons import ChoiceButtons
from dashboards.console.fields.number_field import NumberField
from dashboards.console.html_elements import Text, box
from dashboards.console.views.rules import RuleView
from dashboards.texts import decimal, marked
from dashboards.texts import gettext as _

_CLEAR = "clear"
_TEXTS = {
    "sustain": marked("Alarm after, such as 60s or 5min"),
    "clear_after": marked("Ends when over for"),
    "repeated": marked("Repeated, such as 2 in 10min"),
    "rise": marked("Rise, such as 0.5 in 15min"),
    "absent": marked("Alarm when missing for"),
    "invalid": marked("Alarm when invalid for"),
    "frozen": marked("Alarm when unchanged for"),
    "due": marked("Measured, such as every 30min until dose + 3h"),
    _CLEAR: marked("Alarm ends at"),
    **BOUNDS,
}
_PRIORITIES = {
    "high": marked("*** high"),
    "medium": marked("** medium"),
    "low": marked("* low"),
    "info": marked("i info"),
}
_LATCH = {"true": marked("stays until reset"), "false": marked("ends by itself")}


class RuleForm:
    """The fields of one rule; a changed limit moves its clear limit with it."""

    def __init__(self, rule: RuleView) -> None:
        self._rule = rule
        self._numbers: dict[str, tuple[LimitNumber, NumberField]] = {}
        self._texts: dict[str, ui.input] = {}
        self._choices: dict[str, ChoiceButtons] = {}
        with box("div", "fields"):
            for key, text in rule.changeable.items():
                if key in _TEXTS:
                    self._field(key, text)
        for key, label, options in (
            ("priority", _("Priority"), _PRIORITIES),
            ("latch", _("After its condition is over the alarm"), _LATCH),
        ):
            if key in rule.changeable:
                Text("p", "quiet", label)
                value = rule.changeable[key].lower()
                self._choices[key] = ChoiceButtons(
                    label, {key: _(text) for key, text in options.items()}, value
                )
        bound = next((key for key in self._numbers if key in BOUNDS), None)
        if bound is not None and _CLEAR in self._numbers:
            limit, field = self._numbers[bound]
            field.props("autofocus").on_value_change(lambda: self._move(limit, field))

    def validate(self) -> bool:
        """Return whether every field can be read; those that cannot show why."""
        fields = [field for _, field in self._numbers.values()]
        return sum(field.validate() for field in fields) == len(fields)  # each shows its mistake

    def changes(self) -> dict[str, str | float | bool]:
        """Return all changes of the rule: those in force, and those of the form."""
        changed = dict(self._rule.changed)
        for key, (limit, field) in self._numbers.items():
            if field.number is not None and field.number != limit.number:
                changed[key] = LimitNumber(field.number, limit.anchor).value
        for key, written in self._texts.items():
            if (text := (written.value or "").strip()) != self._rule.changeable[key]:
                changed[key] = text
        for key, choice in self._choices.items():
            if choice.value is not None and choice.value != self._rule.changeable[key].lower():
                changed[key] = choice.value == "true" if key == "latch" else choice.value
        return changed

    def _field(self, key: str, text: str) -> None:
        limit = limit_number(text) if key in (*BOUNDS, _CLEAR) else None
        if limit is None:
            self._texts[key] = ui.input(_(_TEXTS[key]), value=text).props(
                "outlined dense stack-label"
            )
            return
        field = NumberField(f"{_(_TEXTS[key])}{limit.relative}", self._rule.unit)
        field.value = decimal(f"{limit.number:g}")
        self._numbers[key] = limit, field

    def _move(self, limit: LimitNumber, field: NumberField) -> None:
        clear, clear_field = self._numbers[_CLEAR]
        if clear.anchor == limit.anchor and field.validate() and field.number is not None:
            clear_field.value = decimal(f"{moved(clear, limit, field.number):g}")
