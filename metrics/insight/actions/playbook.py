"""A playbook: what is looked at, when it asks for something to be done, by whom, what for, and how one will know that it helped.

`playbook_file.py` reads it from YAML; `docs/insight/actions.md` is the reference.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from data.yaml_file import Mapping

TEAMS = ("product", "design", "engineering", "sales", "marketing", "customer success", "support")
#: What a number is of: the member that is looked at, all together, an account whatever the member, the middle of all that have any.
OF = ("member", "all", "account", "median")
#: What the money of a prize is: it may be lost, it may come in, or it is what the accounts pay that it is about.
KINDS = ("at risk", "to win", "concerned")
TONES = ("bad", "warn", "flat")
#: The dimension of the steps of a funnel, and the days that a number looks at which does not say.
STEP, USUAL_DAYS = "step", 28
#: What a playbook knows of its accounts without saying so, and of its members where the company tells it.
OF_ACCOUNTS = ("accounts", "money")
OF_MEMBERS = {"feature_id": ("days_out",), "objective_id": ("time_passed", "days_left")}


@dataclass(frozen=True)
class Number:
    """A number that a condition speaks of: a metric over `days` (None: ever) that ended `ago` days before, or a formula of others.

    `trend` is a number of weeks: the value is then the slope over them. `step` and `show` pick a cell of a funnel.
    """

    name: str
    metric: str | None = None
    days: int | None = USUAL_DAYS
    ago: int = 0
    where: str | None = None
    of: str = "member"
    trend: int | None = None
    step: str | None = None
    show: str | None = None
    formula: str | None = None
    format: str | None = None
    label: str | None = None


@dataclass(frozen=True)
class Accounts:
    """Which accounts a playbook is about: those for whose numbers the condition holds; there may be none where not `needed`."""

    numbers: tuple[Number, ...]
    when: str
    needed: bool = True


@dataclass(frozen=True)
class Worth:
    """What a finding must be worth, so that it is told: accounts, and a share of the company's MRR."""

    accounts: int = 1
    mrr_share: float = 0.0


@dataclass(frozen=True)
class Prize:
    """Expressions of what is at stake; without them the accounts that were found, and their MRR.

    `rule` says in words how the money is found, `none` why there is none where none is.
    """

    kind: str = "concerned"
    accounts: str | None = None
    money: str | None = None
    rule: str | None = None
    none: str | None = None


@dataclass(frozen=True)
class Expect:
    """What should come of it: `metric`, over `days`, changes by `change` within so many days.

    `unit` is % (of what it was), points (hundredths of a share) or "" (the metric's own unit).
    """

    metric: str
    change: float
    unit: str
    within: int
    days: int

    def target(self, was: float) -> float:
        """The value that is expected, of what it was."""
        return was * (1 + self.change / 100) if self.unit == "%" else was + self.change / (100 if self.unit == "points" else 1)


@dataclass(frozen=True)
class Against:
    """What would speak against it: a condition, and what it says when it holds."""

    when: str
    says: str


@dataclass(frozen=True)
class Mark:
    """How an account is marked among all that the playbook is about: a word, its tone, a sentence of the account's numbers."""

    label: str
    tone: str
    says: str


@dataclass(frozen=True)
class Playbook:
    """One playbook as it is written. `each` are dimensions; without any it is about the company, or about accounts alone."""

    name: str
    label: str
    description: str
    team: str
    action: str
    each: tuple[str, ...] = ()
    numbers: tuple[Number, ...] = ()
    accounts: Accounts | None = None
    when: str | None = None
    n: str = "accounts"
    at_least: int = 1
    worth: Worth = Worth()
    prize: Prize = Prize()
    expect: Expect | None = None
    against: tuple[Against, ...] = ()
    mark: Mark | None = None
    owner: str | None = None
    cause: str = ""
    file: str = ""
    line: int = 0
    block: Mapping = field(default_factory=Mapping, compare=False, repr=False)

    @property
    def every_number(self) -> tuple[Number, ...]:
        """Its numbers, and those of its accounts."""
        return self.numbers + (self.accounts.numbers if self.accounts else ())

    @property
    def known(self) -> set[str]:
        """Every name that its conditions may speak of, but those of single accounts."""
        told = {name for dimension in self.each for name in OF_MEMBERS.get(dimension, ())}
        return told | {one.name for one in self.every_number} | set(OF_ACCOUNTS if self.accounts else ())
