"""Links from an alarm to the checklists that its message names."""

from collections.abc import Sequence

from alerts.checklist import Checklist, named_in
from dashboards.console.html_elements import Text, box
from dashboards.texts import original, shown

PATH = "/checklist"  # of the checklists' pages


class ChecklistLinks:
    """The links of one alarm; each opens beside the page, so that the values stay in view."""

    def __init__(self) -> None:
        self._shown: Sequence[Checklist] = ()
        self._box = box("span", "checklists")
        self._box.visible = False

    def show(self, message: str) -> None:
        """Show the links for the message of an alarm."""
        named = named_in(original(message))
        if named == self._shown:
            return
        self._shown = named
        self._box.visible = bool(named)
        self._box.clear()
        with self._box:
            for each in named:
                link = Text("a", "", shown(each.name))
                link.props["href"], link.props["target"] = f"{PATH}/{each.key}", "_blank"
