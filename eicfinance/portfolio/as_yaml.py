"""Plain data as YAML that our reader takes for the same."""

from __future__ import annotations

import re

import yaml


class _Quoted(yaml.SafeDumper):
    """Writes text in quotes, so that our reader takes it for text; words stay as they are."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    plain = re.fullmatch("[a-z][a-z0-9_]*", text) and text not in (
        "y", "n", "yes", "no", "on", "off", "true", "false", "null",
    )  # fmt: skip
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, None if plain else '"')


_Quoted.add_representer(str, _text)


def as_yaml(data: object) -> str:
    text: str = yaml.dump(data, Dumper=_Quoted, sort_keys=False, allow_unicode=True, width=1000)
    return text
