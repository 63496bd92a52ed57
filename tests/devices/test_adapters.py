"""Choice of the adapter for a sensor."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from devices.adapters import Adapters
from devices.link_faults import FaultSource
from devices.sensor import SensorSpec
from monitor.config.run import SensorConfig

NAMES = st.lists(st.sampled_from(["hci0", "hci1", "hci2"]), unique=True)


def test_sensors_spread_evenly_over_adapters_unless_one_is_configured() -> None:
    adapters = Adapters(names=lambda: ["hci0", "hci1"])
    got = []
    for _ in range(4):
        chosen = adapters.choose(None, None, 0.0)
        chosen.links += 1
        got.append(chosen.name)
    assert got == ["hci0", "hci1", "hci0", "hci1"]
    assert adapters.choose("hci1", None, 0.0).name == "hci1"
    assert adapters.choose("hci7", None, 0.0).name == "hci0"


def test_failed_adapter_is_avoided_for_a_while() -> None:
    adapters = Adapters(names=lambda: ["hci0", "hci1"])
    first = adapters.choose(None, None, 0.0)
    first.mark_failed(FaultSource.ADAPTER, 100.0)
    other = adapters.choose(None, first, 101.0)
    assert other is not first
    assert adapters.choose("hci0", other, 101.0) is other
    assert adapters.choose("hci0", other, 131.0) is first
    other.mark_failed(FaultSource.FULL, 101.0)
    assert adapters.choose(None, first, 102.0) is first  # the only two fail: try what there is


def test_sensor_not_heard_by_one_adapter_moves_to_another() -> None:
    adapters = Adapters(names=lambda: ["hci0", "hci1"])
    first = adapters.choose(None, None, 0.0)
    assert adapters.choose(None, first, 0.0, elsewhere=True) is not first
    assert adapters.choose("hci0", first, 0.0, elsewhere=True) is first


@given(NAMES, st.none() | st.sampled_from(["hci0", "hci1", "hci9"]), st.booleans(), st.data())
def test_choice_is_always_a_present_adapter(
    names: list[str],
    preferred: str | None,
    elsewhere: bool,
    data: st.DataObject,
) -> None:
    adapters = Adapters(names=lambda: names)
    current = None
    for _ in range(6):
        current = adapters.choose(preferred, current, 0.0, elsewhere=elsewhere)
        assert current.name in names if names else current.name is None
        if data.draw(st.booleans()):
            current.mark_failed(FaultSource.ADAPTER, 0.0)


def test_configured_adapter_has_the_name_of_the_system() -> None:
    strap = {"label": "strap", "kind": "heart-rate-strap"}
    assert SensorConfig.model_validate({**strap, "adapter": "hci1"}).adapter == "hci1"
    with pytest.raises(ValidationError, match="adapter"):
        SensorConfig.model_validate({**strap, "adapter": "usb"})


def test_session_entry_contains_only_a_configured_adapter() -> None:
    plain = SensorSpec(label="strap", kind="heart-rate-strap")
    assert not {"adapter", "bond"} & plain.body().keys()
    preferred_adapter = SensorSpec(
        label="strap", kind="heart-rate-strap", adapter="hci1", bond=True
    )
    assert SensorSpec(**preferred_adapter.body()) == preferred_adapter  # type: ignore[arg-type]
