"""Dialog that shows the rules in force and changes them for this participant."""

from collections.abc import Callable
from functools import partial

from nicegui import ui

from alerts.policy.overrides import Changes
from dashboards.access.roles import Right
from dashboards.console.actions import Actions
from dashboards.console.dialogs.rule_form import RuleForm
from dashboards.console.html_elements import Text, box, button
from dashboards.console.live.feed import Feed
from dashboards.console.status import status_summary
from dashboards.console.views.rules import RuleView
from dashboards.console.views.translation import translated_rule
from dashboards.texts import gettext as _
from dashboards.texts import marked

_WHY = marked("Reason (recorded with your name)")


class RulesDialog:
    """The rules in plain English, with changes; any change needs a name and a reason."""

    def __init__(self, feed: Feed, session: str, actions: Actions) -> None:
        self._feed = feed
        self._session = session
        self._actions = actions
        self._dialog = ui.dialog()

    def show(self) -> None:
        """Open the list of rules."""
        self._dialog.clear()
        with self._dialog, box("div", "ask wide"):
            Text("h2", "", _("Rules in force"))
            with box("ul", "rules"):
                for rule in self._feed.backend.rules(self._session):
                    self._row(translated_rule(rule))
            with box("div", "answers"):
                if self._actions.may(Right.RULES):
                    button(_("New baseline")).on_click(self._ask_baseline)
                    button(_("Change policy")).on_click(self._ask_policy)
                button(_("Close")).on_click(self._dialog.close)
        self._dialog.open()

    def _row(self, rule: RuleView) -> None:
        with box(
            "li",
            f"rule p-{rule.priority}{'' if rule.enabled else ' off'}",
        ):
            sign = status_summary.sign(rule.priority) if rule.enabled else _("SWITCHED OFF")
            Text("strong", "", f"{sign} · {rule.message}")
            Text("p", "", _("{text} (rule {id})").format(text=rule.text, id=rule.id))
            if self._actions.may(Right.RULES):
                button(_("Change")).on_click(partial(self._ask_change, rule))

    def _ask_change(self, rule: RuleView) -> None:
        if not self._actions.named():
            return
        self._dialog.clear()
        with self._dialog, box("div", "ask wide"):
            Text(
                "h2",
                "",
                _("Change for this participant: {message}").format(message=rule.message),
            )
            Text("p", "", _("{text} (rule {id})").format(text=rule.text, id=rule.id))
            form = RuleForm(rule)
            reason = ui.input(_(_WHY)).props("outlined dense maxlength=500")

            def save() -> None:
                if form.validate():
                    self._change(rule, form.changes(), reason.value)

            reason.on("keydown.enter", save)
            with box("div", "answers"):
                button(_("Cancel")).on_click(self.show)
                button(_("Reset to policy")).on_click(lambda: self._change(rule, {}, reason.value))
                button(_("Switch off") if rule.enabled else _("Switch on")).on_click(
                    lambda: self._change(
                        rule, {**rule.changed, "enabled": not rule.enabled}, reason.value
                    )
                )
                button(_("Save all"), "act primary").on_click(save)

    def _ask_baseline(self) -> None:
        if not self._actions.named():
            return
        self._dialog.clear()
        with self._dialog, box("div", "ask"):
            Text("h2", "", _("New baseline"))
            Text("p", "", _("Use the last 10 minutes as the baseline from now on?"))
            reason = ui.input(_(_WHY)).props("outlined dense maxlength=500")
            with box("div", "answers"):
                button(_("Cancel")).on_click(self.show)
                button(_("Use as baseline"), "act primary").on_click(
                    lambda: self._rebaseline(reason.value)
                )

    def _ask_policy(self) -> None:
        if not self._actions.named():
            return
        self._dialog.clear()
        with self._dialog, box("div", "ask"):
            Text("h2", "", _("Change policy"))
            Text(
                "p",
                "",
                _("Rules with the same name continue; changes made for this participant end."),
            )
            names = list(self._feed.backend.policies())
            policy = ui.select(names, value=names[0], label=_("Policy")).props("outlined dense")
            reason = ui.input(_(_WHY)).props("outlined dense maxlength=500")
            with box("div", "answers"):
                button(_("Cancel")).on_click(self.show)
                button(_("Apply"), "act primary").on_click(
                    lambda: self._change_policy(str(policy.value), reason.value)
                )

    def _change_policy(self, policy: str, reason: str | None) -> None:
        backend = self._feed.backend
        self._do(
            lambda name: backend.change_policy(self._session, policy, name, reason or ""),
            _("Policy {policy} applied.").format(policy=policy),
        )

    def _change(self, rule: RuleView, changes: Changes, reason: str | None) -> None:
        backend = self._feed.backend
        self._do(
            lambda name: backend.override(self._session, rule.id, changes, name, reason or ""),
            _("Changed: {message}").format(message=rule.message),
        )

    def _rebaseline(self, reason: str | None) -> None:
        backend = self._feed.backend
        self._do(
            lambda name: backend.rebaseline(self._session, name, reason or ""),
            _("New baseline set."),
        )

    def _do(self, act: Callable[[str], None], done: str) -> None:
        """Perform an action for the user; the dialog stays open if it is refused."""
        if self._actions.do(act, done, Right.RULES):
            self._dialog.close()
