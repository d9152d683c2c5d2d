"""The least support of each kind and its public cost, as text and as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eicfinance.appraisal.support import TITLES
from eicfinance.reports.columns import left, right
from eicfinance.reports.language import label, say
from eicfinance.reports.words import MISSING, figure, number, percent, share

if TYPE_CHECKING:
    from eicfinance.appraisal.case import Case
    from eicfinance.appraisal.criteria import Test
    from eicfinance.appraisal.public_cost import Cost
    from eicfinance.appraisal.subsidy import Figures, Subsidy, Support

PARTS = {"grants": "grants", "premium": "premium", "interest": "interest", "tax_forgone": "tax",
         "guarantee": "guarantee calls"}  # fmt: skip
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
             "limit": test.limit, "confidence": test.confidence, "before": found.before[test.key]}
            for test in found.tests
        ],
        "met_without_support": found.met, "discount_rate_public_nominal": found.rate,
        "justified": found.justified, "before": found.before,
        "supports": [_support_data(one) for one in found.supports],
        "left_out": found.left_out,
        "scenarios": found.scenarios, "seed": found.seed if found.scenarios else None,
    }  # fmt: skip


def _support_data(one: Support) -> dict[str, Any]:
    return {
        "kind": one.kind.name, "unit": one.kind.unit, "amount": one.amount,
        "most": one.kind.most, "nearest": one.nearest, "reason": one.reason, "how": one.kind.note,
        "binding": list(one.binding), "policy_unmet": list(one.unmet),
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
    lines = [
        say(
            "support_title",
            title=entry.title,
        ),
        "",
    ]
    for test in found.tests:
        words = "support_without" if test.confidence is None else "support_without_share"
        lines.append("  " + say(words, test=test.text, value=_shown(test, found.before)))
    if found.scenarios > 1:
        lines.append("  " + say("support_simulated", scenarios=number(found.scenarios),
                                seed=found.seed))  # fmt: skip
    lines += [
        "",
        say(
            "support_justified",
            answer=found.justified,
        ),
    ]
    if found.met:
        lines += [
            "",
            say("support_none"),
        ]
        return "\n".join(lines)
    rate = {"rate": percent(found.rate), "currency": case.currency}
    if entry.count > 1:
        lines.append(
            say(
                "support_rate_of_one",
                **rate,
                count=entry.count,
            )
        )
    else:
        lines.append(
            say(
                "support_rate",
                **rate,
            )
        )
    for one in found.supports:
        lines += ["", *_support_lines(one, found)]
    lines += ["", *(say("support_left_out", kind=TITLES[name].lower(), why=why)
                    for name, why in found.left_out.items())]  # fmt: skip
    return "\n".join(lines)


def _support_lines(one: Support, found: Subsidy) -> list[str]:
    kind = one.kind
    if one.amount is None:
        return [say("support_not_alone", kind=kind.title),
                "  " + say("support_nearest", near=amount_text(one.nearest, kind.unit),
                           most=amount_text(kind.most, kind.unit), reason=one.reason)]  # fmt: skip
    shown = {test.key: _shown(test, one.after) for test in found.tests}
    results = ", ".join(f"{name} {value}" for name, value in shown.items())
    lines = [f"{label(kind.title)}: {amount_text(one.amount, kind.unit)} ({label(kind.note)})",
             "  " + say("support_with_it", results=results)]  # fmt: skip
    if one.cost is None:
        return lines
    data = cost_data(one.cost)
    lines += [f"  {left(label(text), 48)}{right(figure(data[name]), 16)}" for name, text in NAMES]
    parts = (f"{label(PARTS[name])} {number(x)}" for name, x in one.cost.parts.items() if round(x))
    lines.append(
        "  "
        + say(
            "support_parts",
            parts=", ".join(parts) or MISSING,
        )
    )
    if one.cost.sdi is not None:
        lines.append(
            "  "
            + say(
                "support_sdi",
                sdi=percent(one.cost.sdi),
            )
        )
    return lines


def _shown(test: Test, figures: Figures) -> str:
    """A figure of a test; of a simulated one a share."""
    value = figures[test.key]
    return percent(value) if test.simulated else figure(value)


def amount_text(value: float | None, unit: str) -> str:
    """An amount of support in its own unit; of a rate, percentage points."""
    if unit == "1/year":
        return say(
            "percentage_points",
            value=share(value).replace("%", ""),
        )
    if unit == "year":
        return say("so_many_years", number=figure(value))
    return f"{number(value) if '/' not in unit else number(value, 4)} {label(unit)}"
