"""The latest values of a session, for dialogs: without a recommendation."""

from alerts.time_format import clock
from dashboards.console.formatting import age, number, quantity
from dashboards.console.html_elements import Text, box
from dashboards.console.status import status_summary
from dashboards.console.views.measurements import PRESSURES, latest_blood_pressure
from dashboards.console.views.session import SessionView
from dashboards.texts import gettext as _
from dashboards.texts import shown
from devices.units import symbol


def show_latest(view: SessionView) -> None:
    """List the latest values and open alarms: the decision is the clinician's."""
    with box("ul", "last-look"):
        for channel in view.channels:
            value = f"{number(channel.value, channel.decimals)} {symbol(channel.unit)}"
            Text("li", "", f"{channel.label} {value}{_(' - NOT LIVE') if channel.stale else ''}")
        if pressure := latest_blood_pressure(view.spot_measurements):
            when = clock(pressure.at_ns, view.zone)[:5]
            ago = age((view.now_ns - pressure.at_ns) / 1e9)
            Text(
                "li",
                "",
                _("Blood pressure {value} mmHg, {time} ({age})").format(
                    value=pressure.text, time=when, age=ago
                ),
            )
        else:
            Text("li", "", _("Blood pressure not measured"))
        for each in view.latest_measurements:
            if each.signal not in (*PRESSURES, "fluid_intake"):
                value = quantity(each.value, each.unit)
                Text("li", "", f"{each.label} {value} ({age(each.age_s)})")
        for alarm in view.alarms:
            sign = status_summary.sign(alarm.priority)
            Text("li", f"p-{alarm.priority}", f"{sign}: {alarm.message} ({shown(alarm.state)})")
