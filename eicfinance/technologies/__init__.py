"""One module a technology (TECHNOLOGY) or a kind of site (SITE). They are found by being here."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from eicfinance.technologies.plant import Site, Technology


@cache
def technologies() -> dict[str, Technology]:
    """All technologies by name."""
    return {made.name: made for made in _found("TECHNOLOGY") if isinstance(made, Technology)}


@cache
def sites() -> dict[str, Site]:
    """All kinds of sites by name."""
    return {made.name: made for made in _found("SITE") if isinstance(made, Site)}


def _found(word: str) -> list[object]:
    names = sorted(info.name for info in iter_modules(__path__))
    modules = [import_module(f"{__name__}.{name}") for name in names]
    return [getattr(module, word) for module in modules if hasattr(module, word)]
