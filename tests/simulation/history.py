"""What one history is made of: a layout, what people do, and what goes wrong. All of it is data, drawn from one seed.

Acts and faults are listed one by one, so that a failing history can be made smaller by leaving some of them out.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tests.simulation import mutating

# What can go wrong at each edge. The so-many-th use of the edge meets the fault.
FAULTS = {
    # a request to a vendor
    "hubspot": (
        "request lost", "request refused", "answer lost", "hangs up", "late", "429", "429 for long", "500", "503",
        "500 after all", "html", "html after all", "slow", "very slow",
    ),
    "quickbooks": (
        "request lost", "request refused", "answer lost", "hangs up", "late", "429", "429 for long", "500", "503",
        "500 after all", "html", "html after all", "200 with a fault", "slow", "very slow",
    ),
    # a delivery of notices
    "notice": ("lost", "lost", "lost", "twice", "late", "late", "very late", "refused"),
    # an effect of a process: a request, a use of the table, messages queued
    "process": ("dies",),
    # a use of the table that writes
    "write": ("throttled", "throttled after all", "refused although done", "somebody was quicker"),
    "read": ("throttled",),
    # messages put into a queue
    "send": ("refused", "refused after all", "twice", "slow"),
    # messages handed to a process
    "hand": ("again meanwhile", "again afterwards"),
}  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """What the so-many-th (`at`) use of an edge meets."""

    edge: str
    at: int
    what: str

    def __str__(self) -> str:
        return f"{self.edge} {self.at}: {self.what}"


@dataclass(frozen=True)
class Act:
    """What somebody does, so many seconds after the act before. `dice` choose on what, and how."""

    after_s: float
    what: str
    dice: tuple[int, ...]


@dataclass(frozen=True)
class Weather:
    """How rough a history is: how likely each use of an edge meets a fault, and how clocks differ."""

    name: str = "calm"
    rates: dict[str, float] = field(default_factory=dict)
    vendor_skew_s: float = 0.0
    index_lag_s: float = 1.0
    notices: bool = True  # whether the vendors send any at all
    versions: bool = False  # whether half of the processes are of the version before
    only: tuple[str, ...] = ()  # of what can go wrong


WEATHERS = (
    Weather("calm"),
    Weather("slow", {"hubspot": 0.05, "quickbooks": 0.05, "notice": 0.2}, 40.0, 30.0),
    Weather("vendors", {"hubspot": 0.12, "quickbooks": 0.12}, 20.0, 10.0),
    Weather("notices", {"notice": 0.6}, 90.0, 20.0),
    Weather("deaf", {}, 0.0, 5.0, notices=False),
    Weather("mortal", {"process": 0.01, "hand": 0.1}, 5.0),
    Weather("table", {"write": 0.04, "read": 0.01, "send": 0.05}, 5.0),
    Weather("upgrade", {"process": 0.004, "hand": 0.1}, versions=True),
    Weather(
        "storm",
        {"hubspot": 0.06, "quickbooks": 0.06, "notice": 0.3, "process": 0.004, "write": 0.02, "read": 0.005,
         "send": 0.02, "hand": 0.05},
        60.0, 15.0, versions=True,
    ),
    Weather(
        "answers", {"hubspot": 0.2, "quickbooks": 0.25}, 5.0, 5.0,
        only=("answer lost", "hangs up", "late", "500 after all", "html after all", "429 for long"),
    ),
    Weather(
        "deaf storm",
        {"hubspot": 0.04, "quickbooks": 0.04, "process": 0.008, "write": 0.02, "send": 0.04, "hand": 0.05},
        90.0, 60.0, notices=False,
    ),
)  # fmt: skip
USES = {  # of each edge that faults are drawn for; later uses meet none
    "hubspot": 300, "quickbooks": 200, "notice": 120, "process": 2_000, "write": 500, "read": 800, "send": 200,
    "hand": 200,
}  # fmt: skip

FEWER = 0.3  # of the acts about people, where there are others
OPENING = (  # where invoices are synced
    "customer_is_made", "invoice_is_made", "invoice_is_made", "company_is_made", "contact_changes_company",
    "deal_is_made", "payment_comes",
)  # fmt: skip

SINGLE, TWO_COMPANIES, TWO_TENANTS = "one connection", "two companies of a portal", "two tenants"


@dataclass(frozen=True)
class Ground:
    """Where histories are drawn of which one thing is to be seen often: with few acts, the first of which are the
    `opening`, in one weather, one layout, under these settings on top of the drawn ones. `name`: whose ground it is."""

    name: str
    acts: tuple[str, ...]
    opening: tuple[str, ...] = ()
    weather: Weather = WEATHERS[0]
    layout: str = SINGLE
    settings: dict[str, dict[str, Any]] = field(default_factory=dict)
    most: int = 16  # acts


@dataclass(frozen=True)
class History:
    """`seed` also decides who goes on where several could. `layout`: which portals and companies there are."""

    seed: int
    weather: Weather
    layout: str
    settings: dict[str, Any]
    acts: tuple[Act, ...]
    faults: tuple[Fault, ...]
    ground: Ground | None = None
    kept: tuple[tuple[int, ...], tuple[int, ...]] | None = None  # of a smaller one: which acts and faults are left

    @property
    def command(self) -> str:
        """What shows this history again."""
        option = mutating.option() or (f"--ground {self.ground.name!r} " if self.ground else "")
        told = f"python -m tests.simulation {option}{self.seed}"
        if self.kept is None:
            return told
        acts, faults = (",".join(map(str, one)) or "none" for one in self.kept)
        return f"{told} --acts {acts} --faults {faults}"

    def only(self, acts: Sequence[int], faults: Sequence[int]) -> History:
        """The same with these acts and faults alone, by their places in the whole."""
        whole = drawn(self.seed, self.ground)
        return replace(
            self, acts=tuple(whole.acts[one] for one in acts), faults=tuple(whole.faults[one] for one in faults),
            kept=(tuple(acts), tuple(faults)),
        )  # fmt: skip


def drawn(seed: int, ground: Ground | None = None) -> History:
    """The history of a seed, on this ground where one is given."""
    from tests.simulation import people_operators, people_sales, people_together  # noqa: F401 - their acts belong too
    from tests.simulation.people import ACTS

    dice = random.Random(f"history {seed}")
    weather = ground.weather if ground else WEATHERS[seed % len(WEATHERS)]
    layout = dice.choice((*[SINGLE] * 6, TWO_COMPANIES, TWO_TENANTS))
    settings = _settings(dice)
    if ground:
        layout, settings = ground.layout, _on(ground, settings)
    able = {name: one for name, one in ACTS.items() if one.needs in settings}
    weights = [one.weight * (1 if len(settings) == 1 or one.needs != "contacts" else FEWER) for one in able.values()]
    most = dice.randint(*(11, 13) if "invoices" in settings else (12, 17) if len(settings) == 1 else (16, 20))
    whats = [*(OPENING if "invoices" in settings else ()), *dice.choices(list(able), weights, k=most)]
    if ground:
        whats = [*ground.opening, *dice.choices(ground.acts, k=ground.most - len(ground.opening))]
    acts = []
    for what in whats:
        after_s = dice.choice((0.0, dice.uniform(0, 2), dice.uniform(0, 20), *[dice.uniform(0, 120)] * 3, 900.0))
        acts.append(Act(after_s, what, tuple(dice.randrange(1_000) for _ in range(4))))
    faults = [
        Fault(edge, at, dice.choice([one for one in FAULTS[edge] if one in (weather.only or FAULTS[edge])]))
        for edge, rate in weather.rates.items() for at in range(USES[edge]) if dice.random() < rate
    ]  # fmt: skip
    return History(seed, weather, layout, settings, tuple(acts), tuple(faults), ground)


def _on(ground: Ground, settings: dict[str, Any]) -> dict[str, Any]:
    """Contacts are synced always, products and invoices only where the ground says so."""
    sections = {"contacts": settings["contacts"], **ground.settings}
    return {name: {**settings.get(name, {}), **ground.settings.get(name, {})} for name in sections}


def _settings(dice: random.Random) -> dict[str, Any]:
    contacts = {
        "conflict": dice.choice(("hubspot", "quickbooks", "newest", "ask")),
        "on_name_taken": dice.choice(("reject", "qualify", "share", "sub_customer")),
        "display_name": dice.choice(("company", "company", "person")),
        "deletes": dice.choice(("ignore", "archive")),
        "without_email": dice.choice(("exclude", "include")),
        "match": dice.choice(("email", "email", "none")),
    }
    return {"contacts": contacts, **_sales(dice)}


def _sales(dice: random.Random) -> dict[str, Any]:
    """Half of all firms sync no more than their contacts."""
    direction = dice.choice(("to_hubspot", "both"))
    products = {
        "direction": direction,
        "conflict": dice.choice(("hubspot", "quickbooks", "newest") if direction == "both" else ("quickbooks",)),
        "match": dice.choice(("sku", "name", "none")),
        "deletes": dice.choice(("ignore", "archive")),
        "create": {"type": dice.choice(("Service", "NonInventory")), "income_account": "79"},
    }
    invoices = {
        "deletes": dice.choice(("ignore", "archive")),
        "payments": dice.choice(("note", "note", "note", "none")),
    }
    return dice.choice(({}, {}, {}, {"products": products}, {"invoices": invoices},
                        {"products": products, "invoices": invoices}))  # fmt: skip
