"""BIDS: the files about a whole study, which people may complete.

Source: Brain Imaging Data Structure 1.11, section on modality-agnostic files.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from monitor.exports.bids import alphanumeric, json_bytes, tsv
from monitor.version import VERSION

BIDS_VERSION = "1.11.0"
_README = (
    "Sessions of participants, exported by physiomon in the Brain Imaging Data Structure. The "
    "sidecar of each file states software, policy and hash of the journal it comes from."
)
_KEPT = {
    "dataset_description.json": json_bytes(
        {
            "Name": "Sessions recorded by physiomon",
            "BIDSVersion": BIDS_VERSION,
            "DatasetType": "raw",
            "GeneratedBy": [{"Name": "physiomon", "Version": VERSION}],
        }
    ),
    ".bidsignore": b"**/export.json\n**/.part-*\n**/.old-*\n",
    "participants.json": json_bytes(
        {
            "code": {
                "Description": "Code of the participant as recorded; differs from participant_id "
                "if it has other characters than letters and digits."
            }
        }
    ),
}


def study_files(
    manifests: Sequence[Mapping[str, Any]], existing: Callable[[str], bytes | None]
) -> Iterator[tuple[str, bytes]]:
    """Yield the files about the whole study.

    Files that exist are kept, with what people have added to them: of the table of participants
    only rows are added, and the text of `README` is replaced only while it is that of physiomon.

    Args:
        manifests: of its sessions.
        existing: returns the content of a file of the study, or None.
    """
    for name, content in _KEPT.items():
        if existing(name) is None:
            yield name, content
    simulated = sorted(str(each["recording"]) for each in manifests if each["simulated"])
    note = f" Simulated sessions, which are not of a person: {', '.join(simulated)}."
    readme = existing("README")
    if readme is None or readme.startswith(_README.encode()):
        yield "README", f"{_README}{note if simulated else ''}\n".encode()
    yield "participants.tsv", _participants(manifests, existing("participants.tsv"))


def _participants(manifests: Sequence[Mapping[str, Any]], known: bytes | None) -> bytes:
    codes: dict[str, set[str]] = {}
    for each in manifests:
        label = alphanumeric(str(each["participant"])) or str(each["recording"])
        codes.setdefault(f"sub-{label}", set()).add(str(each["participant"]))
    lines = (known or tsv([("participant_id", "code")])).decode("utf-8", "replace").splitlines()
    names = lines[0].split("\t")
    present = {line.split("\t")[0] for line in lines[1:]}
    for participant, found in sorted(codes.items()):
        if participant not in present:
            row = {"participant_id": participant, "code": " ".join(sorted(found))}
            lines.append("\t".join(row.get(name, "n/a") for name in names))
    return ("\n".join(lines) + "\n").encode()
