"""Equal units of a project as groups whose members stand for each other (risk/groups.py).

The same draws as of each on its own: the cash, dues and balances that the units have in a block go
into a model of the group, so that nothing but the help differs. Units form groups in their order;
what is left over makes a smaller one. Units that share all their luck are drawn as one, and a group
of them is worth nothing: when one lacks, all do.

What a block keeps of it, units x scenarios: `PROJECT|group|RESULT`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from eicfinance.model.numeric import run
from eicfinance.risk.groups import group_model

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from eicfinance.model.model import Model
    from eicfinance.portfolio.sharing import GroupEntry

    Array = NDArray[np.float64]

PATHS: Final = {  # of a member, and of the project's model
    "cash": "repay_cash", "due": "repay_due", "balance": "loan.balance",
    "reserve": "repay_kept_most", "start": "dsra.balance",
}  # fmt: skip
TERMS: Final = {
    "commissioning": "commissioning_period", "support": "sponsor_support",
    "collateral": "repay_collateral_worth", "recovery_share": "recovery_share",
    "guarantee_share": "guarantee_share",
}  # fmt: skip
RESULTS: Final = ("repay_default", "repay_default_period", "repay_ead", "repay_loss")
AT_ONCE: Final = 6000  # members x scenarios computed at a time, which bounds the memory


def kept_as(project: str, result: str) -> str:
    """Under which name a block keeps a unit's result as a member of a group."""
    return f"{project}|group|{result}"


@dataclass(eq=False)
class Groups:
    """The groups of one project in one block. cover: by scenario."""

    entry: GroupEntry
    cover: Array
    periods_per_year: int
    found: dict[str, Array]
    waiting: list[tuple[Mapping[str, Array], Mapping[str, Array]]] = field(default_factory=list)
    done: int = 0

    def add(self, lines: Mapping[str, Array], terms: Mapping[str, Array], last: bool) -> None:
        """One unit as computed on its own, by names of the project's model; where it cannot be
        computed, nil. last: of all units."""
        self.waiting.append((lines, terms))
        if last or len(self.waiting) == self.entry.members:
            step = max(1, AT_ONCE // len(self.waiting))
            for start in range(0, len(self.cover), step):
                self._compute(slice(start, start + step))
            self.done += len(self.waiting)
            self.waiting = []

    def _compute(self, some: slice) -> None:
        changes: dict[str, Array] = {"cover": self.cover[some]}
        periods = 0
        for k, (lines, terms) in enumerate(self.waiting, start=1):
            changes |= {f"m{k}.{mine}": lines[name][:, some]
                        for mine, name in PATHS.items() if name in lines}  # fmt: skip
            changes |= {f"m{k}.{mine}": np.nan_to_num(terms[name][some])
                        for mine, name in TERMS.items()}  # fmt: skip
            periods = len(lines["repay_due"]) - 1
        names = {(k, r): f"m{k + 1}.{r}" for k in range(len(self.waiting)) for r in RESULTS}
        model = _model(len(self.waiting), periods, self.periods_per_year)
        made = run(model, changes, only=list(names.values()))
        for (k, result), name in names.items():
            self.found[kept_as(self.entry.project, result)][self.done + k, some] = made[name]


@cache
def _model(members: int, periods: int, periods_per_year: int) -> Model:
    nil = [[0.0] * (periods + 1)] * members
    return group_model(nil, nil, nil, periods_per_year)
