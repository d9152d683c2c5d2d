"""Whatever stands in a file, it is read as it is or refused with places."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from eicfinance.portfolio.source import BadInput, Problem, read_yaml


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("source") / "any.yaml"


SCRAPS = st.lists(
    st.sampled_from([
        "a", "b: ", ": ", "- ", "? ", "[", "]", "{", "}", ",", "'", '"', "\n", "\n  ", " ", "\t",
        "|\n", ">-\n ", "&x ", "*x", "!", "!!int ", "%", "---\n", "...\n", "#", "\\U00110000",
        "012", "1,2", "๕", "٣", "\r", "<<", "@", "~", "null", "yes", "1e9", "-", "%TAG ! x\n",
    ]),
    max_size=40,
).map(lambda scraps: "".join(scraps).encode())  # fmt: skip


@settings(deadline=5_000, max_examples=300)
@given(content=st.binary(max_size=400) | st.text(max_size=200).map(str.encode) | SCRAPS)
def test_any_bytes_give_a_source_or_bad_input(scratch: Path, content: bytes) -> None:
    scratch.write_bytes(content)
    problems: tuple[Problem, ...] = ()
    try:
        assert isinstance(read_yaml(scratch, "any.yaml").data, dict)
    except BadInput as bad:
        problems, lines = bad.problems, str(bad).splitlines()
    else:
        return
    assert 1 <= len(lines) == len(problems)
    assert "\n".join(lines).encode()
    last = len(re.split(rb"\r\n|\r|\n", content))
    assert all(1 <= p.place.line <= last and p.place.column >= 1 for p in problems)


class QuotingDumper(yaml.SafeDumper):
    """Writes all text in double quotes and repeats instead of referring."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


QuotingDumper.add_representer(
    str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')
)

TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
TEXT = st.text(
    st.characters(
        exclude_categories=("Cc", "Cs", "Cn", "Zl", "Zp"), exclude_characters=f"\ufeff{TURNING}"
    )
    | st.sampled_from("\n\t"),
    max_size=30,
)
PLAIN = (
    st.none() | st.booleans() | st.integers() | TEXT
    | st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False)
)  # fmt: skip
NESTED = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=15,
)


@settings(deadline=5_000)
@given(data=st.dictionaries(TEXT, NESTED, max_size=5), flow=st.booleans())
def test_what_is_dumped_reads_back_equal(
    scratch: Path, data: dict[str, object], flow: bool
) -> None:
    text = yaml.dump(data, Dumper=QuotingDumper, default_flow_style=flow, allow_unicode=True)
    scratch.write_text(text, encoding="utf-8")
    assert read_yaml(scratch).data == data
