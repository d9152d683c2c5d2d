"""Site: a rice mill. It has husk to give and a load of power to be served.

Husk left = paddy x husk share x (1 - share burnt in the mill's own dryers); load = paddy x power
per tonne. 24,000 t of paddy a year with 22% husk, 30% of it dried away, and 40 kWh a tonne: 3,696 t
of husk and 960 MWh. Both follow the milling season.

Sources: husk share, Ngaemngam and Tezuka 2006 (0.23), MDA/DEDE biomass report (0.21), NEDO
(0.22); power per tonne is an assumption (30 to 60 kWh).
"""

from eicfinance.portfolio.declare import Figure, Pool, Season
from eicfinance.technologies.plant import Premises, Site


def build(site: Premises) -> None:
    x = site.x
    m = site.model
    paddy = m.line(
        "paddy", "t", site.per_period(x["paddy_per_year"], "milling"), label="Paddy milled"
    )
    husk = m.line("husk_made", "t", paddy * x["husk_share"], label="Husk made")
    dried = m.line("husk_dryers", "t", husk * x["dryer_share"], label="Husk burnt in own dryers")
    site.offer("husk", "t", husk - dried, "Husk that is left")
    site.offer("load", "kWh", paddy * x["power_per_t"], "Power that the mill needs")


SITE = Site(
    name="rice_mill",
    title="Rice mill: husk to give, power needed",
    figures=(
        Figure("paddy_per_year", "t/year", None, "Paddy milled per year", least=1),
        Figure("husk_share", "1", 0.22, "Husk share of paddy", 0.21, 0.23, 0, 0.4,
               source="Ngaemngam and Tezuka 2006: 0.23; MDA/DEDE: 0.21; NEDO (Cambodia): 0.22"),
        Figure("dryer_share", "1", 0.30, "Share of husk burnt in the mill's own dryers",
               0.1, 0.5, 0, 1),
        Figure("power_per_t", "kWh/t", 40, "Power needed per tonne of paddy", 30, 60),
    ),
    seasons=(Season("milling", "Milling season"),),
    pools=(Pool("husk", "t", "Husk that is left"), Pool("load", "kWh", "Power load")),
    build=build,
)  # fmt: skip
