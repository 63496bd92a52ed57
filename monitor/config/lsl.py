"""Configuration of the Lab Streaming Layer."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from monitor.config.section import PlaceName, Section, about


class LslMarkers(Section):
    """A stream of markers that another program sends."""

    stream: Annotated[PlaceName, about("Name of the stream.", "PsychoPy")]
    kind: Annotated[
        Literal["note", "phase"], about("Kind of the markers that its samples become.", "phase")
    ] = "note"


class LslSettings(Section):
    """Lab Streaming Layer: streams for LabRecorder and other programs."""

    plain_text: Annotated[
        bool,
        about(
            "Required: the streams have neither encryption nor logins, and their ports are open on "
            "all networks of this computer.",
            example=True,
        ),
    ] = False
    scope: Annotated[
        Literal["machine", "link", "site"],
        about(
            "Computers to which the streams are announced: this one, its network segment, or the "
            "site.",
            "link",
        ),
    ] = "machine"
    markers: list[LslMarkers] = Field(default_factory=list)

    @model_validator(mode="after")
    def _consented(self) -> "LslSettings":
        if not self.plain_text:
            raise ValueError(
                "'lsl' sends values without encryption, through ports that other computers can "
                "reach; set plain_text = true if nobody else can listen, or remove [lsl]"
            )
        names = [each.stream for each in self.markers]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"[[lsl.markers]] {', '.join(twice)} is used twice; remove one")
        return self
