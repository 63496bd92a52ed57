"""The panel of vital signs and charts, with the chart controls."""

from dashboards.console.html_elements import box, button, region
from dashboards.console.live.charts import PRESSURE, SPANS_S, chart_rows, charted
from dashboards.console.views.channels import ChannelView
from dashboards.console.views.session import SessionView
from dashboards.texts import gettext as _
from dashboards.texts import marked

_HELP = marked(
    "Left and right move the charts, plus and minus zoom, Home goes to the beginning, "
    "End or 0 back to live, Shift with left and right reads values"
)


class VitalsPanel:
    """The elements for all channels of a session, and for its blood pressure; `show` adds them."""

    def __init__(self) -> None:
        self._shown: list[str] = []
        with box("section", "vitals", aria_label=_("Values")):
            with box("div", "chart-controls"):
                _past()
                _choices()
            self._rows = box("div", "vital-rows")

    def show(self, view: SessionView) -> None:
        """Build the rows for ECGs and channels, if there are others than before."""
        ecgs = [ecg.sensor for ecg in view.ecg]
        shown = [*ecgs, *(channel.channel for channel in view.channels)]
        if shown == self._shown:
            return
        self._shown = shown
        self._rows.clear()
        with self._rows:
            for row in chart_rows(view.channels):
                first = row[0]
                with box("section", "vital charted", aria_label=_label(first)):
                    region("div", f"vital {first.channel}", "vital-now")
                    for other in row[1:]:
                        region("div", f"vital {other.channel}", "vital-now beside")
                    _chart(first.channel, first.label)
            with box("section", "vital charted", aria_label=_("Blood pressure")):
                region("div", "vital bp", "vital-now pressure")
                _chart(PRESSURE, _("Blood pressure"))
            others = [channel for channel in view.channels if not charted(channel)]
            if others:
                with box("div", "more-vitals"):
                    for channel in others:
                        with box("section", "vital plain", aria_label=_label(channel)):
                            region("div", f"vital {channel.channel}", "vital-now")
            for sensor in ecgs:  # last: it never moves a value
                with box("section", "ecg", aria_label=f"{_('ECG')}, {sensor}"):
                    region("div", f"ecg {sensor}", "ecg-strip")


def _label(channel: ChannelView) -> str:
    return f"{channel.label}, {channel.channel}"


def _chart(name: str, label: str) -> None:
    with box(
        "div",
        "chart-frame",
        tabindex="0",
        role="group",
        aria_label=f"{_('Chart of {signal}.').format(signal=label)} {_(_HELP)}",
    ):
        region("div", f"chart {name}", "chart")
        box("div", "chart-cursor", aria_hidden="true")
        box("div", "chart-reading", aria_hidden="true")


def _past() -> None:
    """Add the notice that the charts are not live, with the button back to live."""
    with box("div", "chart-past"):
        box("span", "chart-past-text", role="status")  # `chart.js` writes it
        _script_button(_("Back to live"), "live()", "act back-to-live")
    box("span", "chart-said", aria_live="polite")


def _choices() -> None:
    """Add the chart buttons, which act in the browser first and then request charts."""
    with box("div", "chart-choice", role="group", aria_label=_("Span of the charts")):
        for span_s, name in SPANS_S.items():
            _script_button(_(name), f"span({span_s:g})", data_span=f"{span_s:g}")
    with box("div", "chart-choice", role="group", aria_label=_("Move and zoom the charts")):
        for sign, name, script in (
            ("◀", _("Earlier"), "move(-0.5)"),
            ("▶", _("Later"), "move(0.5)"),
            ("+", _("Zoom in"), "zoom(0.5)"),
            ("\u2212", _("Zoom out"), "zoom(2)"),
        ):
            _script_button(sign, script, aria_label=name, title=name)
    with box("div", "chart-choice", role="group", aria_label=_("Time axis of the charts")):
        _script_button(_("Since dose"), "sinceDose(true)", data_dose="true")
        _script_button(_("Clock"), "sinceDose(false)", data_dose="false")


def _script_button(
    name: str, script: str, classes: str = "chart-button", **attributes: str
) -> None:
    made = button(name, classes).on("click", js_handler=f"() => physiomonChart.{script}")
    for attribute, value in attributes.items():
        made.props[attribute.replace("_", "-")] = value
