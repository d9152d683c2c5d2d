"""eicfinance: appraisal of small green-energy projects of a cluster, and of their loans.

Formulas of use by themselves: `irr`, `npv`, `mirr` (equally spaced flows), `xirr`, `xnpv` (dated
flows), `year_fraction` (day counts); `annuity`, `capital_recovery_factor`, `effective_rate`,
`flat_interest`, `flat_to_reducing_rate`, `reducing_to_flat_rate` (loans); `wacc_nominal`,
`wacc_real`, `project_finance_factor`, `construction_finance_factor`, `fixed_charge_rate`,
`lcoe_fixed_charge_rate` (levelised cost without a project). A whole case: `appraise`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eicfinance.appraisal.case import Case, appraise
    from eicfinance.finance.daycounts import year_fraction
    from eicfinance.finance.formulas import (
        annuity,
        capital_recovery_factor,
        construction_finance_factor,
        effective_rate,
        fixed_charge_rate,
        flat_interest,
        flat_to_reducing_rate,
        lcoe_fixed_charge_rate,
        project_finance_factor,
        reducing_to_flat_rate,
        wacc_nominal,
        wacc_real,
    )
    from eicfinance.finance.rates_of_return import mirr, xirr, xnpv
    from eicfinance.model.irr import Irr, irr, npv

__version__ = "0.1.0"
_HOMES = {  # name -> module
    "Case": "appraisal.case",
    "Irr": "model.irr",
    "annuity": "finance.formulas",
    "appraise": "appraisal.case",
    "capital_recovery_factor": "finance.formulas",
    "construction_finance_factor": "finance.formulas",
    "effective_rate": "finance.formulas",
    "fixed_charge_rate": "finance.formulas",
    "flat_interest": "finance.formulas",
    "flat_to_reducing_rate": "finance.formulas",
    "irr": "model.irr",
    "lcoe_fixed_charge_rate": "finance.formulas",
    "mirr": "finance.rates_of_return",
    "npv": "model.irr",
    "project_finance_factor": "finance.formulas",
    "reducing_to_flat_rate": "finance.formulas",
    "wacc_nominal": "finance.formulas",
    "wacc_real": "finance.formulas",
    "xirr": "finance.rates_of_return",
    "xnpv": "finance.rates_of_return",
    "year_fraction": "finance.daycounts",
}
__all__ = [
    "Case",
    "Irr",
    "__version__",
    "annuity",
    "appraise",
    "capital_recovery_factor",
    "construction_finance_factor",
    "effective_rate",
    "fixed_charge_rate",
    "flat_interest",
    "flat_to_reducing_rate",
    "irr",
    "lcoe_fixed_charge_rate",
    "mirr",
    "npv",
    "project_finance_factor",
    "reducing_to_flat_rate",
    "wacc_nominal",
    "wacc_real",
    "xirr",
    "xnpv",
    "year_fraction",
]


def __getattr__(name: str) -> Any:
    """Loads what is asked for when it is asked for, so that `--help` stays quick."""
    if name not in _HOMES:
        raise AttributeError(f"module 'eicfinance' has no attribute {name!r}")
    return getattr(import_module(f"eicfinance.{_HOMES[name]}"), name)
