"""SAM's Cashloan as NREL-PySAM runs it, on the figures of tests/cases/sam-cashloan.

US credits, state and property tax and reserves are nil.
"""

from __future__ import annotations

from collections.abc import Callable

YEARS, HOURS = 25, 8760
KWH = [1.45e6 * (1 - 0.005) ** k for k in range(YEARS)]
VALUE = [kwh * 3.6 * (1 + 0.015) ** k for k, kwh in enumerate(KWH)]
INPUTS = {
    "analysis_period": YEARS, "debt_fraction": 70, "loan_rate": 6.25, "loan_term": 10,
    "federal_tax_rate": (20,), "state_tax_rate": (0,), "inflation_rate": 2,
    "real_discount_rate": 6, "insurance_rate": 0.25, "system_capacity": 1000,
    "om_capacity": (0,), "om_fixed": (350_000,), "om_fixed_escal": 0,
    "total_installed_cost": 28e6, "depr_fed_type": 2, "depr_fed_sl_years": 20, "depr_sta_type": 0,
    "itc_fed_percent": (0,), "annual_energy_value": [0, *VALUE], "degradation": (0,),
    "gen": [kwh / HOURS for kwh in KWH for _ in range(HOURS)],
    "system_use_lifetime_output": 1, "true_up_credits_ym": ((0,),),
    "utility_bill_w_sys": [0] * (YEARS + 1),
}  # fmt: skip


def cashloan() -> Callable[[], float]:
    """Runs the case in SAM and returns the owner's NPV. Raises ImportError where NREL-PySAM is not
    installed: it is no requirement of ours."""
    from PySAM import Cashloan, PySSC

    model = Cashloan.default("FlatPlatePVCommercial")
    for name, value in INPUTS.items():
        model.value(name, value)
    bill = [0] * (YEARS + 1)  # asked for, but not to be set through the module itself
    PySSC.PySSC().data_set_array(model.get_data_ptr(), b"utility_bill_wo_sys", bill)

    def run() -> float:
        model.execute()
        return float(model.value("npv"))

    return run
