"""Bumble's UUIDs are found by their hash, as they were by comparison."""

from bumble.core import UUID

from devices.virtual.bumble_uuids import index_uuids

NEW = bytes(range(16))


def test_known_uuid_is_the_same_in_each_length() -> None:
    index_uuids()
    heart_rate, count = UUID.from_16_bits(0x180D), len(UUID.UUIDS)
    assert heart_rate.name == "Heart Rate"
    assert UUID.from_32_bits(0x180D) is heart_rate
    assert UUID.from_bytes(heart_rate.to_bytes(force_128=True), "other") is heart_rate
    assert heart_rate.name == "Heart Rate"
    assert len(UUID.UUIDS) == count


def test_new_uuid_is_known_from_then_on_and_gets_a_later_name() -> None:
    index_uuids()
    new = UUID.from_bytes(NEW)
    index_uuids()
    assert UUID.from_bytes(NEW, "new") is new
    assert new.name == "new"
    assert [each for each in UUID.UUIDS if each == new] == [new]
