"""Characteristics and sentences that several kinds of sensors share."""

# System ID (0x2A23) stays unread: it holds the device's address, which no record needs.
DEVICE_INFORMATION = ("2A19", "2A29", "2A24", "2A25", "2A27", "2A26", "2A28")
CONFIGURE_BY_HAND = (
    "It is never recognised by itself: configure this kind with its address or name."
)
SENDS_STORED_RECORDS = (
    "It keeps what nobody fetched and sends it later; such records are not judged before somebody "
    "has said that they are valid."
)
SET_CLOCK = (
    "Set its clock: with a wrong one its first value may be a record, and has to be settled."
)
