"""How cells of the workbook look: inputs blue on a pale ground, static figures on grey."""

from __future__ import annotations

from typing import Any

from eicfinance.model.model import Line, Result
from eicfinance.reports.language import label, spoken

KINDS = {  # how a figure that matters is written, by its kind in view.HEADLINES
    "money": "#,##0;[Red]-#,##0", "irr": "0.0%;[Red]-0.0%", "percent": "0.0%",
    "years": "0.0", "ratio": "0.00;[Red]-0.00", "price": "#,##0.00", "tonnes": "#,##0",
    "per_tonne": "#,##0;[Red]-#,##0", "when": "General", "number": "#,##0.0",
}  # fmt: skip
LARGE = 1000  # from here on no digits after the point
WHOLE = "[>=1000]#,##0;[<=-1000]-#,##0;General"  # what is typed after the point is seen below
BLUE = {"font_color": "#0000FF", "bg_color": "#FFF9E5"}


class Formats:
    """Cell formats by kind or by line; each is made once."""

    def __init__(self, book: Any, currency: str) -> None:
        self.book, self.currency, self.blue = book, currency, BLUE
        self.made: dict[tuple[Any, ...], Any] = {}
        self.named = {
            "label": self.get(),
            "unit": self.get(font_color="#666666"),
            "note": self.get(font_color="#666666", indent=1),
            "heading": self.get(bold=True, bottom=1),
            "above": self.get(bold=True, bottom=1, align="right"),  # of figures
            "title": self.get(bold=True, font_size=12, shrink=True),
            "date": self.get(align="right", font_color="#666666"),
            "timeline": self.get(num_format="0", font_color="#666666"),
            "static": self.get(num_format="0.0000000000", bg_color="#E8E8E8"),
            "text": self.get(text_wrap=True, valign="top"),
            "beside": self.get(font_color="#666666", indent=1),  # what a cell left of it says
            "constant": self.get(num_format="General", font_color="#666666"),
            "input": self.get(**BLUE, num_format="#,##0.00######"),
            "whole": self.get(**BLUE, num_format=WHOLE),
            "rate": self.get(**BLUE, num_format="0.00####%"),  # 6.75 typed here is 6.75%
            "share": self.get(**BLUE, num_format="0.00####", shrink=True),
            "grey_share": self.get(num_format="0.00####", font_color="#666666", shrink=True),
            "check": self.get(bold=True),
            "link": self.get(font_color="#0000FF", underline=1),
            "start": self.get(num_format="0.0000%", bg_color="#E8E8E8", align="right"),
            "sum": self.get(num_format="#,##0.00", bg_color="#E8E8E8"),
        }

    def get(self, **properties: Any) -> Any:
        key = tuple(sorted(properties.items()))
        if key not in self.made:
            self.made[key] = self.book.add_format(
                {"font_name": spoken().sheet_font or "Arial", "font_size": 9} | properties
            )
        return self.made[key]

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, Line | Result):
            return self.get(num_format=self.digits(key))
        return self.named[key]

    def read_back(self, text: str, **properties: Any) -> Any:
        """A format that shows a text which the program reads back, and which stays as it is, in the
        reader's language too."""
        said = label(text).replace('"', "")
        form = {"num_format": f';;;"{said}" (@)'} if said != text else {}
        return self.get(**properties, **form)

    def static(self, value: float) -> Any:
        """A figure that the program has found, with digits as it is large."""
        whole = abs(value) >= LARGE or float(value).is_integer()
        form = "#,##0" if whole else "#,##0.00" if abs(value) >= 1 else "0.00####"
        return self.get(num_format=form, bg_color="#E8E8E8")

    def digits(self, item: Line | Result) -> str:
        unit = item.text.unit
        formula = item.formula
        if formula is not None and formula.op == "irr":
            return "0.00%"
        if unit == self.currency or unit == "kWh":
            return "#,##0;[Red]-#,##0"
        if unit == "period":
            return "0"
        return "#,##0.00##;[Red]-#,##0.00##"
