"""The panel for calls: recipients, duty and the test call."""

from collections.abc import Sequence
from datetime import tzinfo
from functools import partial

from nicegui import ui

from dashboards.access.roles import Right
from dashboards.console.actions import Actions
from dashboards.console.formatting import expected, until
from dashboards.console.html_elements import Text, box, button
from dashboards.console.live.feed import Feed
from dashboards.console.views.session import RecipientView, SessionView
from dashboards.texts import gettext as _


class CallPanel:
    """The recipients of calls; absent in a session without calls."""

    def __init__(self, feed: Feed, view: SessionView, actions: Actions) -> None:
        self._feed = feed
        self._session = view.id
        self._actions = actions
        self._shown: Sequence[RecipientView] = ()
        self._box = box("section", "panel call-list", aria_label=_("Calls"))
        self.show(view)

    def show(self, view: SessionView) -> None:
        """Update the list."""
        if list(view.recipients) == list(self._shown):
            return
        self._shown = view.recipients
        self._box.clear()
        with self._box:
            Text("h2", "", _("Calls"))
            with box("ul"):
                for recipient in view.recipients:
                    self._row(recipient, view)
            if self._actions.may(Right.CALLS):
                button(_("Send test call")).on_click(self._test)

    def _row(self, recipient: RecipientView, view: SessionView) -> None:
        with box("li", "call-row"):
            role = f", {recipient.role}" if recipient.role else ""
            state = recipient_state(recipient, view.now_ns, view.zone)
            Text("span", "", f"{recipient.name}{role}: {state}")
            if not self._actions.may(Right.CALLS):
                return
            label = _("Off duty") if recipient.on_duty else _("On duty")
            button(label).on_click(lambda: self._duty(recipient)).props(
                f'aria-label="{label}: {recipient.id}"'
            )
            if recipient.stand_ins:
                button(_("Hand over")).on_click(lambda: self._choose(recipient)).props(
                    f'aria-label="Hand over: {recipient.id}"'
                )

    def _hand_over(self, recipient: RecipientView, to: str, dialog: ui.dialog) -> None:
        backend = self._feed.backend
        done = self._actions.do(
            lambda name: backend.hand_over(self._session, recipient.id, to, name),
            _("{name} has handed over duty.").format(name=recipient.name),
            Right.CALLS,
        )
        if done:
            dialog.close()

    def _choose(self, recipient: RecipientView) -> None:
        """Ask who takes over."""
        names = {each.id: each.name for each in self._shown}
        with ui.dialog() as dialog, box("div", "ask"):
            Text("h2", "", _("Hand over the duty of {name} to").format(name=recipient.name))
            for to in recipient.stand_ins:
                button(names[to]).on_click(partial(self._hand_over, recipient, to, dialog))
            with box("div", "answers"):
                button(_("Cancel")).on_click(dialog.close)
        dialog.open()

    def _test(self) -> None:
        backend = self._feed.backend
        self._actions.do(
            lambda name: backend.test_call(self._session, name), _("Test call sent."), Right.CALLS
        )

    def _duty(self, recipient: RecipientView) -> None:
        backend, on = self._feed.backend, not recipient.on_duty
        self._actions.do(
            lambda name: backend.set_duty(self._session, recipient.id, name, on=on),
            (_("{name} is on duty.") if on else _("{name} is off duty.")).format(
                name=recipient.name
            ),
            Right.CALLS,
        )


def recipient_state(recipient: RecipientView, now_ns: int, zone: tzinfo | None) -> str:
    """Return the duty of a recipient, and the answer to calls or whether the last one arrived."""
    duty = _("on duty") if recipient.on_duty else _("off duty")
    duty += until(recipient.until_ns, now_ns, zone)
    if recipient.answer == "accepted":
        return _("{duty}, accepted{expected}").format(
            duty=duty, expected=expected(recipient.arrives_ns, zone)
        )
    if recipient.answer:
        return _("{duty}, cannot come").format(duty=duty)
    if not recipient.on_duty:
        return duty
    reached = {None: _("not called yet"), True: _("last call delivered"), False: _("NOT REACHED")}
    return f"{duty}, {reached[recipient.reached]}"
