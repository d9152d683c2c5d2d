"""eicfinance: appraisal of small green-energy projects of a cluster, and of their loans.

Formulas of use by themselves: `irr`, `npv` (equally spaced flows). A whole case: `appraise`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eicfinance.appraisal.case import Case, appraise
    from eicfinance.model.irr import Irr, irr, npv

__version__ = "0.1.0"
__all__ = ["Case", "Irr", "__version__", "appraise", "irr", "npv"]


def __getattr__(name: str) -> Any:
    """Loads what is asked for when it is asked for, so that `--help` stays quick."""
    if name in ("irr", "npv", "Irr"):
        from eicfinance.model import irr as found

        return getattr(found, name)
    if name in ("Case", "appraise"):
        from eicfinance.appraisal import case

        return getattr(case, name)
    raise AttributeError(f"module 'eicfinance' has no attribute {name!r}")
