"""What support must achieve: a result and its limit, in the base case or in drawn scenarios.

    dscr_min>=1.2           the base case
    dscr_min>=1.2@0.9       nine of ten scenarios; one in which it is blank does not meet it
    pd<=5%, pd_one_year<=5%, expected_loss<=2%      figures of all scenarios (trial.py)

An equity IRR is tested as the credit policy does: by the equity NPV at that rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eicfinance.appraisal.batch import ECONOMY, part
from eicfinance.appraisal.solve import number_in, read_target
from eicfinance.appraisal.trial import MEASURES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eicfinance.appraisal.batch import Array, Scenario
    from eicfinance.appraisal.case import Case
    from eicfinance.appraisal.trial import Trial

IRR, BY_NPV, POLICY_IRR = "equity_irr", "equity_npv_policy", "policy_equity_irr_min"


@dataclass(frozen=True, slots=True)
class Test:
    """A result and its limit. text: as it was asked for. tested: the result that decides, and its
    limit; moves: what is moved for that. confidence: share of scenarios that must meet it; None
    where the base case must, or where it is a figure of all scenarios."""

    text: str
    result: str
    at_most: bool
    limit: float
    tested: str
    limit_tested: float
    moves: Scenario
    confidence: float | None = None

    @property
    def simulated(self) -> bool:
        return self.confidence is not None or self.result in MEASURES

    @property
    def key(self) -> str:
        """By which its figure is known: of a test with a confidence, the share that meets it."""
        return self.result if self.confidence is None else self.text

    def figure(self, tried: Trial, results: dict[str, Array]) -> float:
        """What a simulated test looks at: a PD or a loss, or the share of scenarios that meet."""
        if self.result in MEASURES:
            return tried.measure(self.result, results)
        return float((self.short(results[self.tested]) == 0).mean())

    def short_of(self, figure: float) -> float:
        """By how much the figure of a simulated test falls short, nil where it is enough."""
        if self.confidence is not None:
            return max(0.0, self.confidence - figure)
        return max(0.0, figure - self.limit if self.at_most else self.limit - figure)

    def short(self, values: Array) -> Array:
        """By how much values fall short of the limit, nil where they meet it; a blank does not."""
        off = values - self.limit_tested if self.at_most else self.limit_tested - values
        return np.where(np.isnan(off), np.inf, np.maximum(0.0, off))


def read_tests(case: Case, project: str, asked: Sequence[str]) -> tuple[Test, ...]:
    run = case.runs[project]
    if not asked:
        if BY_NPV not in run.model.results:
            raise ValueError(f"project {project} has no loan, to which the credit policy applies; "
                             "name a test, as --test \"project_npv>=0\"")  # fmt: skip
        limits = {"dscr_min": "policy_dscr_min", IRR: POLICY_IRR}
        asked = [f"{name}>={run.value(limit):.12g}" for name, limit in limits.items()]
    tests = tuple(_test(case, project, text) for text in asked)
    if sum(bool(test.moves) for test in tests) > 1:
        raise ValueError(f"{IRR} stands in two tests; the higher is enough")
    return tests


def _test(case: Case, project: str, text: str) -> Test:
    """A test as it is written: RESULT>=VALUE or RESULT<=VALUE, with @ and a confidence."""
    if "<" not in text and ">" not in text:
        raise ValueError(f"{text!r} is no test; write RESULT>=VALUE or RESULT<=VALUE, as "
                         "dscr_min>=1.2, dscr_min>=1.2@0.9 or pd<=5%")  # fmt: skip
    limited, _, said = text.partition("@")
    confidence = _confidence(text, said) if "@" in text else None
    result, sign, number = read_target(limited)
    at_most, results = sign == "<=", case.projects[project].model.results
    if result in MEASURES:
        if confidence is not None:
            raise ValueError(f"{text!r}: {result} is a figure of all scenarios already; write "
                             f"{limited!r}")  # fmt: skip
        if "repay_default" not in results:
            raise ValueError(f"{result} needs a loan, and at least four periods a year")
        limit = number_in(number, results["repay_default"])
        return Test(text, result, at_most, limit, result, limit, {})
    some = part(case, project, [result])
    limit = number_in(number, some.item(result))
    if result == IRR and not at_most and BY_NPV in results:
        moves = {(ECONOMY, POLICY_IRR): limit}
        return Test(text, result, at_most, limit, BY_NPV, 0.0, moves, confidence)
    if confidence is not None and result not in results:
        raise ValueError(f"{result} is a figure of the cluster, whose draws a project's test does "
                         f"not have; write {limited!r}")  # fmt: skip
    return Test(text, result, at_most, limit, result, limit, {}, confidence)


def _confidence(text: str, said: str) -> float:
    """A share of scenarios, as 0.9 or 90%."""
    try:
        given = float(said.removesuffix("%")) / (100 if said.endswith("%") else 1)
    except ValueError:
        given = 0.0
    if not 0 < given <= 1:
        raise ValueError(f"{text!r}: after @ stands the share of scenarios that must meet the "
                         "test, above 0 and at most 1, as @0.9 or @90%")  # fmt: skip
    return given
