"""Pydantic's errors in our words, each at its place in the file.

A key that is missing is not told of where a misspelt one was probably meant for it.
"""

import re
from collections.abc import Iterable
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, RootModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, core_schema

from eicfinance.portfolio.problems import (
    Problem,
    Step,
    Steps,
    did_you_mean,
    found_text,
    key_text,
    nearest,
    number_text,
)
from eicfinance.portfolio.source import Source

_BLOCK = ("a block of keys", 'write one "key: value" a line, indented below the key')
_LIST = ("a list", 'write one item a line, each after "- "')
_NUMERIC = ("a number", "write it like 1200000 or 0.05, without quotes")
_KINDS = {
    "string": ("text", "quote it if it looks like a number"),
    "int": ("a whole number", "write it like 12"),
    "float": _NUMERIC, "decimal": _NUMERIC, "finite": _NUMERIC, "list": _LIST, "tuple": _LIST,
    "set": _LIST, "bool": ("true or false", "write true or false, without quotes"),
    "dict": _BLOCK, "mapping": _BLOCK, "model": _BLOCK, "none": ("nothing", "leave it empty"),
    "date": ("a date", "write it like 2027-01-31"),
}  # fmt: skip
_LIMITS = {
    "greater_than": "greater than {gt}", "greater_than_equal": "at least {ge}",
    "less_than": "less than {lt}", "less_than_equal": "at most {le}",
    "multiple_of": "a multiple of {multiple_of}", "too_short": "at least {min_length} items",
    "too_long": "at most {max_length} items",
    "string_too_short": "at least {min_length} characters",
    "string_too_long": "at most {max_length} characters",
    "string_pattern_mismatch": "text of the form {pattern}",
}  # fmt: skip
_PYDANTICS_OWN = get_args(core_schema.ErrorType)
_WRONG_KIND = re.compile(r"([a-z]+)_(?:type|parsing|from|attributes|required|number)")


def problems_of(
    error: ValidationError, source: Source, model: type[BaseModel], at: Steps = ()
) -> list[Problem]:
    """Pydantic's errors for what stands at `at` under `model`, as problems with places.

    The message of a ValueError or PydanticCustomError raised by a validator is kept as it is.
    """
    data = source.value(at)
    details = error.errors(include_url=False)
    meant = {
        (*loc[:-1], nearest(str(loc[-1]), _fields(_walk(model, data, loc[:-1])[1])))
        for loc in (detail["loc"] for detail in details if detail["type"] == "extra_forbidden")
    }
    return [
        _problem_of(detail, source, model, at)
        for detail in details
        if detail["type"] != "missing" or detail["loc"] not in meant
    ]


def _problem_of(detail: ErrorDetails, source: Source, model: type[BaseModel], at: Steps) -> Problem:
    kind, loc, context = detail["type"], detail["loc"], detail.get("ctx", {})
    data = source.value(at)
    if kind in ("missing", "extra_forbidden"):
        below, types = _walk(model, data, loc[:-1])
        above = (*at, *below)
        path: Steps = (*above, loc[-1])
        fields, name = _fields(types), str(loc[-1])
        if kind == "missing":
            about = fields[name].description if name in fields else None
            about = f" ({about})" if about else ""
            message = f'the key "{name}" is missing{about}; add a line "{name}: ..." to this block'
            return Problem(source.place(above), key_text(path), message)
        parts = ("unknown key;", did_you_mean(name, fields), "allowed: " + ", ".join(fields))
        return Problem(source.key_place(path), key_text(path), " ".join(filter(None, parts)))
    below, _ = _walk(model, data, loc)
    path = (*at, *below)
    found = detail["input"]
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        path = (*path, context["discriminator"].strip("'"))
        found = context.get("tag")
    return Problem(source.place(path), key_text(path), _message(detail, found))


def _message(detail: ErrorDetails, found: object) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind not in _PYDANTICS_OWN:
        return detail["msg"]
    if "error" in context:
        return str(context["error"])
    expected = context.get("expected", context.get("expected_tags"))
    if kind in ("literal_error", "enum", "union_tag_invalid") and expected:
        words = re.findall(r"'([^']*)'", expected)
        hint = did_you_mean(found, words) if isinstance(found, str) else ""
        allowed = f"allowed: {', '.join(words) or expected}; write one of these"
        return " ".join(filter(None, (f"found {found_text(found)};", hint, allowed)))
    if kind == "union_tag_not_found":
        return "this key is missing and decides which other keys are allowed; add it"
    if kind in _LIMITS and context:
        shown = {name: number_text(value) for name, value in context.items()}
        return f"found {found_text(found)}; allowed: {_LIMITS[kind].format(**shown)}; correct it"
    wrong = _WRONG_KIND.match(kind)
    if wrong and wrong[1] in _KINDS:
        allowed, advice = _KINDS[wrong[1]]
        advice = "write a value" if found is None else advice
        return f"found {found_text(found)}; allowed: {allowed}; {advice}"
    return f"found {found_text(found)}; {detail['msg']}; correct it"


def _members(annotation: Any) -> list[Any]:
    """The types an annotation allows, None left out."""
    if get_origin(annotation) is Annotated:
        return _members(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return [member for part in get_args(annotation) for member in _members(part)]
    if isinstance(annotation, type) and issubclass(annotation, RootModel):
        return _members(annotation.model_fields["root"].annotation)
    return [] if annotation in (None, NoneType) else [annotation]


def _fields(types: Iterable[Any]) -> dict[str, FieldInfo]:
    """The fields of the models among `types`, by the name used in the file."""
    models = [t for t in types if isinstance(t, type) and issubclass(t, BaseModel)]
    return {info.alias or name: info for m in models for name, info in m.model_fields.items()}


def _is_branch(member: Any, label: Step) -> bool:
    """Whether pydantic means `member` when it puts `label` for the branch of a union."""
    tags = [info.annotation for info in _fields([member]).values()]
    tagged = any(label in get_args(tag) for tag in tags if get_origin(tag) is Literal)
    return tagged or str(label).split("[")[0] in (getattr(member, "__name__", ""), str(member))


def _walk(model: type[BaseModel], data: object, loc: Iterable[Step]) -> tuple[Steps, list[Any]]:
    """The path in the file that `loc` means, and the types allowed there.

    Pydantic puts the branch of a union into `loc`; such steps stand for nothing in the file.
    """
    path: list[Step] = []
    types, value = _members(model), data
    choosing = len(types) > 1
    for step in loc:
        if choosing:
            types = [member for member in types if _is_branch(member, step)] or types
            choosing = False
            continue
        below: list[Any] = []
        for member in types:
            info = _fields([member]).get(str(step))
            inner = [info.annotation] if info else get_args(member)[-1:]
            below += [found for part in inner for found in _members(part)]
        inside = (isinstance(value, dict) and step in value) or (
            isinstance(value, list) and isinstance(step, int) and step < len(value)
        )
        if inside or str(step) in _fields(types):
            path.append(step)
            value = value[step] if inside else None  # type: ignore[index]
            types, choosing = below, len(below) > 1
    return tuple(path), types
