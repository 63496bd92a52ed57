"""The panel of vital signs and charts, with the chart controls."""

from dashboards.console.charts import SPANS_S, charted
from dashboards.console.html_elements import box, button, region
from dashboards.console.views.channels import ChannelView
from dashboards.console.views.session import SessionView

_HELP = (
    "Left and right move the charts, plus and minus zoom, Home goes to the beginning, "
    "End or 0 back to live, Shift with left and right reads values"
)


class VitalsPanel:
    """The elements for all channels of a session."""

    def __init__(self, view: SessionView) -> None:
        self._channels: set[str] = set()
        with box("section", "vitals", aria_label="Values"):
            with box("div", "chart-controls"):
                _past()
                _choices()
            self._main = box("div", "main-vitals")
            self._more = box("div", "more-vitals")
        self.show(view)

    def show(self, view: SessionView) -> None:
        """Add elements for new channels."""
        for channel in view.channels:
            if channel.channel not in self._channels:
                self._channels.add(channel.channel)
                self._add(channel)

    def _add(self, channel: ChannelView) -> None:
        label = f"{channel.label}, {channel.channel}"
        if charted(channel):
            with self._main, box("section", "vital charted", aria_label=label):
                region("div", f"vital {channel.channel}", "vital-now")
                with box(
                    "div",
                    "chart-frame",
                    tabindex="0",
                    role="group",
                    aria_label=f"Chart of {channel.label}. {_HELP}",
                ):
                    region("div", f"chart {channel.channel}", "chart")
                    box("div", "chart-cursor", aria_hidden="true")
                    box("div", "chart-reading", aria_hidden="true")
        else:
            with self._more, box("section", "vital plain", aria_label=label):
                region("div", f"vital {channel.channel}", "vital-now")


def _past() -> None:
    """Add the notice that the charts are not live, with the button back to live."""
    with box("div", "chart-past"):
        box("span", "chart-past-text", role="status")  # `chart.js` writes it
        _script_button("Back to live", "live()", "act back-to-live")
    box("span", "chart-said", aria_live="polite")


def _choices() -> None:
    """Add the chart buttons, which act in the browser first and then request charts."""
    with box("div", "chart-choice", role="group", aria_label="Span of the charts"):
        for span_s, name in SPANS_S.items():
            _script_button(name, f"span({span_s:g})", data_span=f"{span_s:g}")
    with box("div", "chart-choice", role="group", aria_label="Move and zoom the charts"):
        for sign, name, script in (
            ("◀", "Earlier", "move(-0.5)"),
            ("▶", "Later", "move(0.5)"),
            ("+", "Zoom in", "zoom(0.5)"),
            ("\u2212", "Zoom out", "zoom(2)"),
        ):
            _script_button(sign, script, aria_label=name, title=name)
    with box("div", "chart-choice", role="group", aria_label="Time axis of the charts"):
        _script_button("Since dose", "sinceDose(true)", data_dose="true")
        _script_button("Clock", "sinceDose(false)", data_dose="false")


def _script_button(
    name: str, script: str, classes: str = "chart-button", **attributes: str
) -> None:
    made = button(name, classes).on("click", js_handler=f"() => physiomonChart.{script}")
    for attribute, value in attributes.items():
        made.props[attribute.replace("_", "-")] = value
