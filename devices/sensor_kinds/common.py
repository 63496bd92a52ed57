"""Characteristics and sentences that several kinds of sensors share."""

# System ID (0x2A23) is not read: it contains the device address, which no record needs.
DEVICE_INFORMATION = ("2A19", "2A29", "2A24", "2A25", "2A27", "2A26", "2A28")
CONFIGURE_BY_HAND = (
    "Never recognised automatically: configure this kind with the sensor's address or name."
)
SENDS_STORED_RECORDS = (
    "Stores measurements that were not transferred and sends them later; these records are not "
    "evaluated until someone confirms them."
)
SET_CLOCK = (
    "Set its clock: with a wrong clock the first value may be a stored record, and someone has to "
    "confirm it."
)
