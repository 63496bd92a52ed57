"""The buttons with which people record what happens to the participant."""

from dashboards.console.actions import Actions
from dashboards.console.dialogs.adverse_event import AdverseEventDialog
from dashboards.console.dialogs.fluids import FluidsDialog
from dashboards.console.dialogs.measurement import MeasurementDialog
from dashboards.console.dialogs.undo import UndoDialog
from dashboards.console.html_elements import Text, button
from dashboards.console.live.feed import Feed
from dashboards.console.panels.marker_buttons import marker_buttons
from dashboards.texts import gettext as _


def record_buttons(feed: Feed, session: str, actions: Actions) -> None:
    """Add the buttons for markers, adverse events, measurements and corrections."""
    marker_buttons(feed, session, actions)
    dialog = AdverseEventDialog(feed, session, actions)
    event = button(_("Adverse event")).on_click(dialog.ask)
    event.props["aria-keyshortcuts"] = "E"
    with event:
        Text("kbd", "key", "E").props["aria-hidden"] = "true"
    button(_("Fluid")).on_click(FluidsDialog(feed, session, actions).ask)
    measure = button(_("Enter measurement")).on_click(MeasurementDialog(feed, session, actions).ask)
    measure.props["aria-keyshortcuts"] = "B"
    with measure:
        Text("kbd", "key", "B").props["aria-hidden"] = "true"
    button(_("Undo or correct")).on_click(UndoDialog(feed, session, actions).show)
