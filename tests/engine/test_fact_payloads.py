"""The payload of a fact is the JSON of its fields, whatever these are."""

import json
from dataclasses import asdict
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from monitor.facts import Fact, payload


@given(st.one_of([st.builds(kind) for kind in get_args(Fact)]))
def test_payload_is_the_json_of_the_fields(fact: Fact) -> None:
    body = {name: each for name, each in asdict(fact).items() if name not in ("subject", "at_ns")}
    assert payload(fact) == json.dumps(body, ensure_ascii=False, separators=(",", ":"))
