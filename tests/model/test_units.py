"""Conversions against their definitions; mixtures that must be refused."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eicfinance.model.units import SYMBOLS, UnitError, convert, parse, timeless

# figure, unit, figure, unit, where the factor comes from
DEFINED = [
    (1, "MWh", 3.6, "GJ", "SI: 1 W is 1 J/s"),
    (1, "kWh", 3.6, "MJ", "SI"),
    (35.8, "MJ/Nm3", 9.944444444444445, "kWh/Nm3", "35.8 / 3.6"),
    (1, "GWh", 1000, "MWh", "SI prefix"),
    (1, "m3_20C", 273.15 / 293.15, "Nm3", "ideal gas law at constant pressure"),
    (1, "m3_25C", 273.15 / 298.15, "Nm3", "ideal gas law at constant pressure"),
    (298.15, "m3_25C", 293.15, "m3_20C", "ideal gas law: volumes as absolute temperatures"),
    (1, "rai", 1600, "m2", "Thai land measure: 40 m x 40 m"),
    (1, "ha", 6.25, "rai", "10,000 / 1,600"),
    (1, "t", 1000, "kg", "SI"),
    (1, "m3", 1000, "litre", "SI: 1 dm3"),
    (3, "years", 36, "months", "calendar"),
    (1, "year", 365, "days", "a year of 365 days (decision of the house)"),
    (52, "weeks", 1, "year", "52 periods a year"),
    (1, "day", 24, "hours", "definition"),
    (6.5, "%", 0.065, "1", "a hundredth"),
    (1, "%/month", 0.12, "1/year", "nominal: 12 months"),
    (120, "m3/day", 43_800, "m3/year", "365 days"),
    (2, "THB/MWh", 0.002, "THB/kWh", "SI prefix"),
    (3.5, "MTHB", 3_500_000, "THB", "M: million"),
    (12, "kTHB/month", 144_000, "THB/year", "k: thousand"),
    (1.5, "kUSD/kWp", 1.5, "USD/Wp", "both thousandfold"),
    (0.716, "kgCH4/Nm3", 0.000716, "tCH4/Nm3", "SI prefix"),
    (20, "kWh/kWp/day", 7300, "kWh/kWp/year", "365 days"),
    (4, "m2^2", 0.0004, "ha*m2", "powers"),
]
ALIKE = [(a, b) for a in SYMBOLS for b in SYMBOLS if SYMBOLS[a][0] == SYMBOLS[b][0]]


@pytest.mark.parametrize(("value", "unit", "other", "to", "why"), DEFINED)
def test_definitions(value: float, unit: str, other: float, to: str, why: str) -> None:
    assert convert(value, unit, to) == pytest.approx(other, rel=1e-14), why
    assert convert(other, to, unit) == pytest.approx(value, rel=1e-14), why


def test_the_same_unit_leaves_the_figure_untouched() -> None:
    assert convert(0.1, "%", "%") == 0.1
    assert convert(1 / 3, "m3_20C", "m3_20C") == 1 / 3


@pytest.mark.parametrize(
    ("unit", "to"),
    [
        ("kWh", "kW"),  # energy is not power
        ("kWp", "kW"),  # nor is peak power a machine's
        ("t", "tCO2e"),  # substances are dimensions of their own
        ("kgCH4", "kgCO2e"),
        ("kgCOD", "kgVS"),
        ("m3", "Nm3"),  # a tank is not a gas at normal conditions
        ("THB", "USD"),  # wants an exchange rate
        ("THB/kWh", "THB"),
        ("THB/year", "THB"),  # time counts when a figure is converted
        ("m2", "m3"),
        ("head", "household"),
        ("1", "year"),
    ],
)
def test_mixtures_are_refused(unit: str, to: str) -> None:
    with pytest.raises(UnitError, match="cannot be converted"):
        convert(1.0, unit, to)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not a unit"),
        ("THB/", "is not a unit"),
        ("THB//kWh", "is not a unit"),
        ("THB*/kWh", "is not a unit"),
        ("bananas", "unit 'bananas' is not known"),
        ("kKWh", "is not known"),
        ("TTHB", "is not known"),
        ("MMTHB", "is not known"),
        ("m3^x", "whole number"),
        ("m3^", "whole number"),
        ("KWH", "did you mean 'kWh'"),  # not a currency
        ("thb", "is not known"),
        ("MWH/year", "did you mean 'MWh'"),
    ],
)
def test_what_is_not_a_unit(text: str, message: str) -> None:
    with pytest.raises(UnitError, match=message):
        parse(text)


def test_inside_a_model_time_is_left_out() -> None:
    assert timeless("THB/month") == timeless("THB") == timeless("THB/year")
    assert timeless("month").plain
    assert timeless("period").plain
    assert timeless("kWh/kWp/year") == timeless("kWh/kWp")
    assert not timeless("%").plain
    assert parse("THB/month") != parse("THB")


def test_products() -> None:
    assert parse("THB/kWh") * parse("MWh") == parse("kTHB")
    assert parse("kWh") / parse("kWh") == parse("1")
    assert (parse("kWh") / parse("MWh")).powers == ()
    assert not (parse("kWh") / parse("MWh")).plain
    assert parse("kWh").same_as(parse("MJ") * parse("1") / parse("%") ** 0) is False
    assert parse("m2") ** 2 == parse("m2^2") == parse("m2*m2")
    assert parse("kWh/kWp/year") == parse("kWh") / (parse("kWp") * parse("year"))
    assert parse("tonnes") == parse("t")


def test_units_read_well_in_messages() -> None:
    assert str(parse("THB/kWh")) == "THB/energy"
    assert str(parse("kTHB")) == "1000 THB"
    assert str(parse("1")) == "1"
    assert str(parse("1/m3^2")) == "1/volume^2"
    assert str(parse("m2^2*THB")) == "THB*area^2"


@given(st.sampled_from(ALIKE), st.floats(-1e12, 1e12))
def test_there_and_back(pair: tuple[str, str], value: float) -> None:
    unit, to = pair
    there = convert(value, unit, to)
    assert math.isclose(convert(there, to, unit), value, rel_tol=1e-14, abs_tol=1e-300)
    price = convert(value, f"THB/{unit}", f"THB/{to}")
    assert math.isclose(price * convert(1.0, unit, to), value, rel_tol=1e-14, abs_tol=1e-300)


@given(st.sampled_from(sorted(SYMBOLS)), st.sampled_from(sorted(SYMBOLS)))
def test_only_the_same_dimension_converts(unit: str, to: str) -> None:
    if SYMBOLS[unit][0] == SYMBOLS[to][0]:
        assert convert(1.0, unit, to) > 0
    else:
        with pytest.raises(UnitError):
            convert(1.0, unit, to)
