"""eicfinance: appraisal of small green-energy projects of a cluster, and of their loans.

Formulas of use by themselves: `irr`, `npv`, `mirr` (equally spaced flows), `xirr`, `xnpv` (dated
flows), `year_fraction` (day counts). A whole case: `appraise`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eicfinance.appraisal.case import Case, appraise
    from eicfinance.finance.daycounts import year_fraction
    from eicfinance.finance.rates_of_return import mirr, xirr, xnpv
    from eicfinance.model.irr import Irr, irr, npv

__version__ = "0.1.0"
_HOMES = {  # name -> module
    "Case": "appraisal.case",
    "Irr": "model.irr",
    "appraise": "appraisal.case",
    "irr": "model.irr",
    "mirr": "finance.rates_of_return",
    "npv": "model.irr",
    "xirr": "finance.rates_of_return",
    "xnpv": "finance.rates_of_return",
    "year_fraction": "finance.daycounts",
}
__all__ = [
    "Case",
    "Irr",
    "__version__",
    "appraise",
    "irr",
    "mirr",
    "npv",
    "xirr",
    "xnpv",
    "year_fraction",
]


def __getattr__(name: str) -> Any:
    """Loads what is asked for when it is asked for, so that `--help` stays quick."""
    if name not in _HOMES:
        raise AttributeError(f"module 'eicfinance' has no attribute {name!r}")
    return getattr(import_module(f"eicfinance.{_HOMES[name]}"), name)
