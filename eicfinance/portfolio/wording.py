"""Pydantic's errors in our words, each at its place in the file.

A key that is missing is not told of where a misspelt one was probably meant for it.
"""

from __future__ import annotations

import re
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Union, cast, get_args, get_origin

from pydantic import BaseModel

from eicfinance.portfolio.problems import (
    Problem,
    found_text,
    key_text,
    nearest,
    number_text,
    unknown,
)

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

    from eicfinance.portfolio.problems import Steps
    from eicfinance.portfolio.source import Source

_BLOCK = ("a block of keys", 'write one "key: value" a line, indented below the key')
_KINDS = {
    "string": ("text", "quote it if it looks like a number"),
    "int": ("a whole number", "write it like 12"),
    "list": ("a list", 'write one item a line, each after "- "'),
    "dict": _BLOCK, "model": _BLOCK,
}  # fmt: skip
_LIMITS = {
    "greater_than_equal": "at least {ge}", "less_than_equal": "at most {le}",
    "too_short": "at least {min_length} items", "too_long": "at most {max_length} items",
    "string_too_short": "at least {min_length} characters",
}  # fmt: skip


def problems_of(
    error: ValidationError, source: Source, model: type[BaseModel], at: Steps = ()
) -> list[Problem]:
    """Pydantic's errors for what stands at `at` under `model`, as problems with places.

    The message of a ValueError raised by a validator is kept as it is.
    """
    details = error.errors(include_url=False)
    meant = {
        (*loc[:-1], nearest(str(loc[-1]), _model_at(model, loc[:-1]).model_fields))
        for loc in (detail["loc"] for detail in details if detail["type"] == "extra_forbidden")
    }
    return [
        _problem_of(detail, source, model, at)
        for detail in details
        if detail["type"] != "missing" or detail["loc"] not in meant
    ]


def _problem_of(detail: ErrorDetails, source: Source, model: type[BaseModel], at: Steps) -> Problem:
    kind, loc = detail["type"], detail["loc"]
    path = (*at, *loc)
    if kind not in ("missing", "extra_forbidden"):
        return Problem(source.place(path), key_text(path), _message(detail))
    above, name = _model_at(model, loc[:-1]), str(loc[-1])
    fields = above.model_fields
    if kind == "missing":
        about = fields[name].description
        about = f" ({about})" if about else ""
        message = f'the key "{name}" is missing{about}; add a line "{name}: ..." to this block'
        return Problem(source.place(path[:-1]), key_text(path), message)
    if re.match(r"[0-9]", name):
        message = "a comma parts two entries inside { }; write a number without it: 120000 or 6.75%"
        return Problem(source.key_place(path), key_text(path), message)
    message = unknown("unknown key", name, fields, above.model_config.get("title") or "")
    near, years = nearest(name, fields) or "", source.value(path)
    if name.endswith("_years") and near.endswith("_months") and type(years) in (int, float):
        message += f'; for {years} years write "{near}: {12 * cast("float", years):g}"'
    return Problem(source.key_place(path), key_text(path), message)


def _message(detail: ErrorDetails) -> str:
    kind, found, context = detail["type"], detail["input"], detail.get("ctx", {})
    if "error" in context:
        return str(context["error"])
    said = f"found {found_text(found)}"
    if kind == "literal_error":
        words = re.findall(r"'([^']*)'", context["expected"]) or [context["expected"]]
        word = found if isinstance(found, str) else ""
        return f"{unknown(said, word, words)}; write one of these"
    if kind in _LIMITS:
        limits = {name: number_text(value) for name, value in context.items()}
        return f"{said}; allowed: {_LIMITS[kind].format(**limits)}; correct it"
    word = kind.split("_")[0]
    if word in _KINDS:
        allowed, advice = _KINDS[word]
        return f"{said}; allowed: {allowed}; {'write a value' if found is None else advice}"
    return f"{said}; {detail['msg']}; correct it"


def _model_at(model: type[BaseModel], loc: Steps) -> type[BaseModel]:
    """The model of what stands at `loc` below a model."""
    kind: Any = model
    for step in loc:
        is_model = isinstance(kind, type) and issubclass(kind, BaseModel)
        kind = kind.model_fields[step].annotation if is_model else get_args(kind)[-1]
        while get_origin(kind) in (Annotated, Union, UnionType):  # None stands last in a union
            kind = get_args(kind)[0]
    return cast("type[BaseModel]", kind)
