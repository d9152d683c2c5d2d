"""A project in drawn scenarios with any amount of support: what a test with a confidence looks at.

The draws are those of the portfolio's simulation (blocks.py), of one unit, and the same for every
amount: amounts differ by the support alone. An input that is drawn and moved by the support is
shifted from its draw as far as the support moves it from its base, not below nil.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from eicfinance.appraisal.blocks import Computed, Plan, changes_of, member_of
from eicfinance.appraisal.uncertain import uncertain
from eicfinance.risk.losses import one_year_pd
from eicfinance.risk.sampling import BLOCK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eicfinance.appraisal.batch import Array, Scenario
    from eicfinance.appraisal.blocks import Changes, Member
    from eicfinance.appraisal.case import Case

PD, PD_YEAR, LOSS = "pd", "pd_one_year", "expected_loss"
MEASURES: Final = {  # what only a simulation tells -> the results that it comes from
    PD: ("repay_default",),
    PD_YEAR: ("repay_default_period",),
    LOSS: ("repay_loss", "loan.debt"),
}
CALLS: Final = ("repay_guaranteed", "repay_default_period")
SCENARIOS: Final = 500  # unless another number is asked for


@dataclass(eq=False)
class Trial:
    """certain: nothing is drawn, and the one scenario is the base case. drawn: by place and
    input, scenarios last."""

    member: Member
    seed: int
    scenarios: int
    certain: bool
    drawn: Changes

    def at(self, moves: Scenario) -> dict[str, Array]:
        """Each result in every scenario, with inputs moved. NaN where blank or not computable."""
        changes = {place: dict(inputs) for place, inputs in self.drawn.items()}
        for move, value in moves.items():
            place, name = move
            base = self.member.part.base(move)
            if base is None:
                continue
            mine = changes.setdefault(place, {})
            shifted = np.full(self.scenarios, value)
            mine[name] = np.maximum(0.0, mine[name] + value - base) if name in mine else shifted
        run = Computed(self.member, self.scenarios, self.scenarios)
        run.compute(changes, np.arange(self.scenarios))
        return run.results

    def measure(self, name: str, results: dict[str, Array]) -> float:
        """A PD or an expected loss. A scenario that cannot be computed counts as default."""
        if name == LOSS:
            lent = float(np.nanmean(results["loan.debt"]))
            return float(np.nanmean(results["repay_loss"])) / lent if lent > 0 else 0.0
        failed = results["failed"] > 0
        if name == PD:
            return float(np.where(failed, 1.0, results["repay_default"]).mean())
        model = self.member.part.case.projects[self.member.name].model
        end = min(self.member.loan_years * model.periods_per_year, model.periods)
        when = np.where(failed, 1.0, results["repay_default_period"])
        return one_year_pd(when, end, model.periods_per_year).pd

    def calls(self, results: dict[str, Array], rate: float) -> tuple[float, float]:
        """Expected guarantee calls: present value at an effective annual rate, and undiscounted."""
        model = self.member.part.case.projects[self.member.name].model
        when = np.nan_to_num(results["repay_default_period"]) / model.periods_per_year
        paid = np.nan_to_num(results["repay_guaranteed"])
        return float((paid * (1 + rate) ** -when).mean()), float(paid.mean())


def trial(
    case: Case, project: str, results: Sequence[str], scenarios: int, seed: int | None
) -> Trial:
    """Draws the scenarios of a project. seed: the portfolio's unless given."""
    seed = case.portfolio.risk.seed if seed is None else seed
    found = uncertain(case)
    member = member_of(case, project, found, 1, tuple(dict.fromkeys(results)), ())
    plan = Plan(case, seed, found, 1, scenarios, [member])
    if plan.certain:
        return Trial(member, seed, 1, certain=True, drawn={})
    parts = [
        changes_of(plan, member, plan.draws(block), 0, min(BLOCK, scenarios - start))
        for block, start in enumerate(range(0, scenarios, BLOCK))
    ]
    drawn = {
        place: {
            name: np.concatenate([part[place][name] for part in parts], axis=-1) for name in inputs
        }
        for place, inputs in parts[0].items()
    }
    return Trial(member, seed, scenarios, certain=False, drawn=drawn)
