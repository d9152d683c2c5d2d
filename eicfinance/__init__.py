"""eicfinance: appraisal of small green-energy projects of a cluster, and of their loans.

Formulas of use by themselves: `irr`, `npv`, `mirr` (equally spaced flows), `xirr`, `xnpv` (dated
flows), `year_fraction` (day counts); `annuity`, `capital_recovery_factor`, `effective_rate`,
`flat_interest`, `flat_to_reducing_rate`, `reducing_to_flat_rate` (loans); `wacc_nominal`,
`wacc_real`, `project_finance_factor`, `construction_finance_factor`, `fixed_charge_rate`,
`lcoe_fixed_charge_rate` (levelised cost without a project). Credits: `true_cost` of a `Credit`;
`rates_of` equally spaced and `rates_of_dated` flows; `apr_us` and `apr_eu`, with dates
`apr_us_dated` and `apr_eu_dated`; `loan_schedule` of `LoanTerms`. Ratios of a lender stand in
`eicfinance.finance.mfi_ratios`; credit losses in `eicfinance.risk` (`closed_forms`, `losses`,
`groups`). A whole case: `appraise`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eicfinance.appraisal.case import Case, appraise
    from eicfinance.finance.actuarial import apr_eu, apr_eu_dated, apr_us, apr_us_dated
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
    from eicfinance.finance.loan_schedule import LoanTerms, loan_schedule
    from eicfinance.finance.rates_of_return import mirr, xirr, xnpv
    from eicfinance.finance.true_cost import Credit, rates_of, rates_of_dated, true_cost
    from eicfinance.model.irr import Irr, irr, npv

__version__ = "0.1.0"
_HOMES = {  # name -> module
    "Case": "appraisal.case",
    "Credit": "finance.true_cost",
    "Irr": "model.irr",
    "LoanTerms": "finance.loan_schedule",
    "annuity": "finance.formulas",
    "appraise": "appraisal.case",
    "apr_eu": "finance.actuarial",
    "apr_eu_dated": "finance.actuarial",
    "apr_us": "finance.actuarial",
    "apr_us_dated": "finance.actuarial",
    "capital_recovery_factor": "finance.formulas",
    "construction_finance_factor": "finance.formulas",
    "effective_rate": "finance.formulas",
    "fixed_charge_rate": "finance.formulas",
    "flat_interest": "finance.formulas",
    "flat_to_reducing_rate": "finance.formulas",
    "irr": "model.irr",
    "lcoe_fixed_charge_rate": "finance.formulas",
    "loan_schedule": "finance.loan_schedule",
    "mirr": "finance.rates_of_return",
    "npv": "model.irr",
    "project_finance_factor": "finance.formulas",
    "rates_of": "finance.true_cost",
    "rates_of_dated": "finance.true_cost",
    "reducing_to_flat_rate": "finance.formulas",
    "true_cost": "finance.true_cost",
    "wacc_nominal": "finance.formulas",
    "wacc_real": "finance.formulas",
    "xirr": "finance.rates_of_return",
    "xnpv": "finance.rates_of_return",
    "year_fraction": "finance.daycounts",
}
__all__ = [
    "Case",
    "Credit",
    "Irr",
    "LoanTerms",
    "__version__",
    "annuity",
    "appraise",
    "apr_eu",
    "apr_eu_dated",
    "apr_us",
    "apr_us_dated",
    "capital_recovery_factor",
    "construction_finance_factor",
    "effective_rate",
    "fixed_charge_rate",
    "flat_interest",
    "flat_to_reducing_rate",
    "irr",
    "lcoe_fixed_charge_rate",
    "loan_schedule",
    "mirr",
    "npv",
    "project_finance_factor",
    "rates_of",
    "rates_of_dated",
    "reducing_to_flat_rate",
    "true_cost",
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
