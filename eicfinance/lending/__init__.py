"""One module a lending scheme (SCHEME). They are found by being here."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from eicfinance.lending.deal import Scheme


@cache
def schemes() -> dict[str, Scheme]:
    """All lending schemes by name."""
    names = sorted(info.name for info in iter_modules(__path__))
    modules = [import_module(f"{__name__}.{name}") for name in names]
    found = [getattr(module, "SCHEME", None) for module in modules]
    return {made.name: made for made in found if isinstance(made, Scheme)}
