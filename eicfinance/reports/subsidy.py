"""The least support of each kind and its public cost, as text and as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eicfinance.appraisal.support import TITLES
from eicfinance.reports.words import MISSING, figure, number, percent, share

if TYPE_CHECKING:
    from eicfinance.appraisal.case import Case
    from eicfinance.appraisal.subsidy import Cost, Subsidy, Support

PARTS = {"grants": "grants", "premium": "premium", "interest": "interest", "tax_forgone": "tax"}
NAMES = (
    ("public_cost_pv", "Public cost, present value at the public rate"),
    ("public_cost_undiscounted", "Public cost, undiscounted"),
    ("cost_per_tonne_discounted", "Present cost per discounted tCO2e avoided"),
    ("cost_per_tonne_undiscounted", "Present cost per tCO2e avoided"),
    ("private_money", "Private money put in (equity and loan)"),
    ("cost_per_private_money", "Present cost per unit of private money"),
)  # fmt: skip


def as_data(found: Subsidy, case: Case, project: str) -> dict[str, Any]:
    """The answer as plain data; amounts in the units that are named, of one of equal units."""
    return {
        "project": project, "currency": case.currency,
        "units": case.projects[project].entry.count,
        "tests": [
            {"test": test.text, "result": test.result, "sense": "<=" if test.at_most else ">=",
             "limit": test.limit, "before": found.before[test.result]}
            for test in found.tests
        ],
        "met_without_support": found.met, "discount_rate_public_nominal": found.rate,
        "justified": found.justified, "before": found.before,
        "supports": [_support_data(one) for one in found.supports],
        "left_out": found.left_out,
    }  # fmt: skip


def _support_data(one: Support) -> dict[str, Any]:
    return {
        "kind": one.kind.name, "unit": one.kind.unit, "amount": one.amount,
        "most": one.kind.most, "nearest": one.nearest, "reason": one.reason, "how": one.kind.note,
        "after": one.after, "cost": None if one.cost is None else cost_data(one.cost),
    }  # fmt: skip


def cost_data(cost: Cost) -> dict[str, Any]:
    """The public cost by name."""
    values = (cost.present, cost.undiscounted, cost.per_tonne_discounted,
              cost.per_tonne_undiscounted, cost.private, cost.per_private)  # fmt: skip
    named = dict(zip((name for name, _ in NAMES), values, strict=True))
    return {**named, "parts_pv": cost.parts, "lender_sdi": cost.sdi}


def as_text(found: Subsidy, case: Case, project: str) -> str:
    """The tests, then each kind with its amount and cost, then what is left out."""
    entry = case.projects[project].entry
    lines = [f"{entry.title}: the least support that meets the tests, each kind alone", ""]
    for test in found.tests:
        lines.append(f"  {test.text}: {figure(found.before[test.result])} without support")
    lines += ["", f"Is support justified? {found.justified}."]
    if found.met:
        lines += ["", "All tests are met: no support is needed."]
        return "\n".join(lines)
    of_one = f", of one of {entry.count} equal units" if entry.count > 1 else ""
    lines.append(f"Public rate {percent(found.rate)}; money in {case.currency}{of_one}.")
    for one in found.supports:
        lines += ["", *_support_lines(one, found)]
    lines += ["", *(f"Left out: {TITLES[name].lower()}: {why}."
                    for name, why in found.left_out.items())]  # fmt: skip
    return "\n".join(lines)


def _support_lines(one: Support, found: Subsidy) -> list[str]:
    kind = one.kind
    if one.amount is None:
        near = amount_text(one.nearest, kind.unit)
        return [f"{kind.title}: cannot be met by this kind alone", f"  Nearest {near} "
                f"(up to {amount_text(kind.most, kind.unit)}): {one.reason}."]  # fmt: skip
    results = ", ".join(
        f"{name} {figure(one.after[name])}" for name in dict.fromkeys(t.result for t in found.tests)
    )
    lines = [f"{kind.title}: {amount_text(one.amount, kind.unit)} ({kind.note})",
             f"  With it: {results}"]  # fmt: skip
    if one.cost is None:
        return lines
    data = cost_data(one.cost)
    lines += [f"  {label:<48}{figure(data[name]):>16}" for name, label in NAMES]
    parts = (f"{PARTS[name]} {number(x)}" for name, x in one.cost.parts.items() if round(x))
    lines.append(f"  Of the present value: {', '.join(parts) or MISSING}")
    if one.cost.sdi is not None:
        lines.append(f"  SDI of a lender whom the public refinances: {percent(one.cost.sdi)}")
    return lines


def amount_text(value: float | None, unit: str) -> str:
    """An amount of support in its own unit; of a rate, percentage points."""
    if unit == "1/year":
        return share(value).replace("%", " percentage points")
    if unit == "year":
        return f"{figure(value)} years"
    return f"{number(value) if '/' not in unit else number(value, 4)} {unit}"
