"""Types of the fields of MQTT messages."""

from typing import Annotated, Literal

from pydantic import Field

Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
# Nanoseconds, in UTC: a JSON number of that size would be rounded in many languages.
Time = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$")]
Person = Annotated[str, Field(pattern=r"^person-[0-9a-f]{8}$", description="a pseudonym")]
Ns = Annotated[int, Field(ge=0, lt=2**63)]
Epoch = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
LONGEST_PAYLOAD = 2048  # bytes of a packet; extended advertisements have up to 1,650
Payload = Annotated[str, Field(pattern=r"^([0-9a-f]{2})*$", max_length=2 * LONGEST_PAYLOAD)]
EventStep = Literal["reported", "changed", "ended", "withdrawn"]
Causality = Literal["none", "unlikely", "possible", "probable", "definite"]
