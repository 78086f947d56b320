"""What a rule is: one object with a sentence, parameters, two faces and what else is known of it.

``rows`` gives the rule to a solver as linear rows. ``excess`` measures, from plain arrays, how far
each of many plans breaks it. The two are written from the sentence, not from each other, and the
tests hold them against each other on random problems: that is what makes a check a check.

What engines and studies may take for granted of a rule it says itself, in **traits**. A trait that is not
declared means that nothing is known: then the slow way is gone, or the answer says that it is not proven.
`capacity.testing.check_rule` tests every trait that is declared.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, dataclass_transform

import numpy as np

from capacity.arrays import Bools, Floats, Ints
from capacity.errors import Finding
from capacity.rules import values
from capacity.rules.rows import Key, Rows
from capacity.rules.rows import RowWriter as RowWriter
from capacity.rules.values import Unfit
from capacity.tolerances import HOLD

if TYPE_CHECKING:
    from capacity.problem.problem import Problem
    from capacity.rules.levers import Lever
    from capacity.rules.plans import Plans
    from capacity.rules.variables import Variables

Change = Literal["same", "looser", "tighter"]
"""What a change does to a rule: no plan is broken more or less by it; none more; none less."""

Kind = Literal["site", "demand point", "region"]
"""What an id stands for."""


@dataclass(frozen=True, kw_only=True)
class Excess:
    """How far each of B plans breaks a rule, by instance.

    Attributes
    ----------
    keys : tuple of Key, length K
    amount : ndarray (B, K)
        In the rule's unit; at most zero where the instance holds.
    scale : float
        Size of the numbers the amount was computed from, for the tolerance.
    """

    keys: tuple[Key, ...]
    amount: Floats
    scale: float = 1.0

    @property
    def broken(self) -> Bools:
        """Which instances each plan breaks, (B, K)."""
        if self.amount.size and not any(self.amount.strides):
            # One number stands for all of them.
            return np.broadcast_to(self.amount.flat[0] > HOLD * self.scale, self.amount.shape)
        return np.asarray(self.amount > HOLD * self.scale)

    @property
    def total(self) -> Floats:
        """Sum of what is broken, by plan, (B,)."""
        broken = self.broken
        if not broken.any():
            return np.zeros(len(self.amount))
        return np.asarray(np.where(broken, self.amount, 0.0).sum(axis=1))


@dataclass(frozen=True, kw_only=True, eq=False)
class LeastStays:
    """``weight @ stays[:, j] >= least[j]`` for every open unit j.

    Attributes
    ----------
    weight : ndarray (S,)
        Over scenarios: their probabilities, or 1 for one of them.
    least : ndarray (m,)
        Infinite where no unit at the site can keep the rule.
    average : bool
        Whether it speaks of the mean over the scenarios.
    """

    weight: Floats
    least: Floats
    average: bool = False


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Rule:
    """A named rule: subclass it, and the class is a frozen dataclass of the rule's parameters.

    Its docstring's first paragraph is the sentence planners read. Only ``name``, ``unit``, ``rows`` and
    ``excess`` are asked for; everything else is a trait or a closed form that makes answers quicker or
    proofs possible, and each default says that nothing is known.

    Attributes
    ----------
    name : str
        As in `Policy` and ``case.toml``.
    unit : str
        Unit of the excess (and so of a price).
    sentence : str
        What the planner reads.
    short : str or None
        The parameter that a value without a table stands for: ``volume = 8``.
    words : mapping of language to (name, sentence)
        For reports in languages whose catalogue does not have the rule.
    measure : mapping of parameter to phrase
        The phrase of the catalogue in which the parameter's number stands, such as ``minutes-of``; "" is the
        `short` one.
    measured : mapping of parameter to text
        The same in the English of sentences, such as ``minutes``.
    whole_number : bool
        Its number is a whole one.
    always : bool
        Part of what a plan is: it cannot be off, nor have a price.
    newer : bool
        Came after problems were first fingerprinted: off, it leaves a fingerprint what it was.
    usual : bool
        On unless said otherwise.
    frame : bool
        Says what a plan is: it stays on while the others are weighed against each other.
    about : {"whole", "site", "region", "demand point"} or None
        What one instance speaks of, where its places are to be told.
    serves_all : bool
        Everybody is served.
    binds_to_nearest : bool
        The set of open sites and the pairs that may be used decide who goes where.
    whole_shares : bool
        A point's women all go to one unit, the same in every scenario.
    sets_beds : bool
        `plans.smallest_sizes` gives every unit the fewest beds that keep it.
    carries_stays : bool
        A unit's beds carry its stays at the promised availability.
    kept_at_nearest : bool
        A plan of open sites with everybody at their nearest, and the smallest sizes, keeps it.
    with_more_beds, with_more_units, with_more_women : {"same", "looser", "tighter"} or None
        What happens to it when units have more beds and all else stays; when one more allowed site opens and is
        used, with families at their nearest unit; when demand grows everywhere alike and everybody is sent
        where they were before.
    needs_units : bool
        `with_more_units` is also true of a unit that nobody uses.
    linear : bool
        `rows` says all of the rule. Without rows only the valuing of all sets can answer.
    own_columns : {"none", "whole", "any"}
        Columns that `rows` may add (`Variables.add`).
    stagewise : bool
        Each row is about one scenario, or an average over them by their probabilities; own columns do not
        depend on the scenario.
    few_scenarios : bool
        It looks at the expected demand and at single scenarios that must hold, and at nothing else of demand.
    kept_by_mean : bool
        The mean of a plan's shares over the scenarios (weighted by women and probability) keeps it under the mean
        demand, where the plan keeps it.
    masks_say_all : bool
        `sites` and `pairs` say the whole rule.
    stays_by_rows : bool
        Its rows are its `least_stays`.
    pairs_by_nearness : bool
        Of the sites of a point, `pairs` excludes those farther than some limit.
    course_instead : bool
        It asks that units be within its `minutes` of women, for whom an outpatient course may stand in.
    when_cut : {"units", "ways", ""}
        What each instance looks at, so that of a problem cut to some regions (`Problem.only`) the instances left say
        what they say of the whole problem: ``units``, of open units (of its site's, or of all) their beds, stays and
        use; ``ways``, which units are open, and where the women of the place it is about go. "" is not known.
    moved_by : mapping of setting or parameter to Change, or None
        What a larger number of a setting, or of one of its own parameters, does to it. Settings that are not
        named do nothing to it. None: not known of any.
    names : mapping of parameter to (kind, bool)
        Parameters that are lists of ids (or of pairs that begin with one, or are two), what they stand for, and
        whether the rule is off without any. What `only` cuts.
    """

    name: ClassVar[str]
    unit: ClassVar[str]
    sentence: ClassVar[str] = ""
    short: ClassVar[str | None] = None
    words: ClassVar[Mapping[str, tuple[str, str]]] = {}
    measure: ClassVar[Mapping[str, str]] = {}
    measured: ClassVar[Mapping[str, str]] = {}
    whole_number: ClassVar[bool] = False
    always: ClassVar[bool] = False
    newer: ClassVar[bool] = False
    usual: ClassVar[bool] = False
    frame: ClassVar[bool] = False
    about: ClassVar[Literal["whole", "site", "region", "demand point"] | None] = None
    serves_all: ClassVar[bool] = False
    binds_to_nearest: ClassVar[bool] = False
    whole_shares: ClassVar[bool] = False
    sets_beds: ClassVar[bool] = False
    carries_stays: ClassVar[bool] = False
    kept_at_nearest: ClassVar[bool] = False
    with_more_beds: ClassVar[Change | None] = None
    with_more_units: ClassVar[Change | None] = None
    with_more_women: ClassVar[Change | None] = None
    needs_units: ClassVar[bool] = False
    linear: ClassVar[bool] = True
    own_columns: ClassVar[Literal["none", "whole", "any"]] = "any"
    stagewise: ClassVar[bool] = False
    few_scenarios: ClassVar[bool] = False
    kept_by_mean: ClassVar[bool] = False
    masks_say_all: ClassVar[bool] = False
    pairs_by_nearness: ClassVar[bool] = False
    course_instead: ClassVar[bool] = False
    stays_by_rows: ClassVar[bool] = False
    when_cut: ClassVar[Literal["units", "ways", ""]] = ""
    moved_by: ClassVar[Mapping[str, Change] | None] = None
    names: ClassVar[Mapping[str, tuple[Kind, bool]]] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        own = cls.__dict__.get("__doc__")
        if "sentence" not in cls.__dict__ and own:
            cls.sentence = " ".join(own.strip().split("\n\n")[0].split())
        dataclass(frozen=True, kw_only=True)(cls)

    # --- on a problem ---------------------------------------------------------------------------

    @classmethod
    def is_on(cls, problem: Problem) -> bool:
        """Whether the problem's policy uses the rule."""
        return cls.name in problem.policy

    @classmethod
    def price(cls, problem: Problem) -> float | None:
        """Price of one unit of excess, where the rule may be broken at a price."""
        return problem.policy.prices.get(cls.name)

    @classmethod
    def says(cls, form: str) -> bool:
        """Whether the rule has a closed form of its own."""
        return getattr(cls, form) is not getattr(Rule, form)

    @property
    def shapes_nearest(self) -> bool:
        """Whether it may change who goes where with families at their nearest unit."""
        return self.says("pairs") and not self.pairs_by_nearness

    @property
    def shapes(self) -> bool:
        """Whether it may change what a set of sites comes to with families at their nearest unit."""
        return self.shapes_nearest or self.says("least_beds") or self.says("kept_with")

    @property
    def kept_by_units(self) -> bool:
        """Whether, with families at their nearest unit, another unit at an allowed site never breaks it."""
        return self.with_more_units in ("same", "looser")

    @property
    def placed(self) -> bool:
        """Whether it has an instance for each region or demand point, of which it is told which clash."""
        return self.about in ("region", "demand point") and not self.whole_shares and not self.frame

    @classmethod
    def identity(cls) -> str:
        """The class by its module and name."""
        return f"{cls.__module__}:{cls.__qualname__}"

    # --- the two faces --------------------------------------------------------------------------

    def rows(self, p: Problem, v: Variables) -> Rows:
        """The rule as linear rows, one key for each instance."""
        raise NotImplementedError(f"{self.name} says nothing to a solver")

    def excess(self, p: Problem, plans: Plans) -> Excess:
        """How far each of many plans breaks it, by the same keys."""
        raise NotImplementedError(f"{self.name} measures nothing")

    def in_rows(self, p: Problem) -> bool:
        """Whether `rows` says all of it on this problem."""
        return self.linear

    def eased_by_mean(self, p: Problem) -> bool:
        """Whether the mean of a plan's shares keeps it under the mean demand, where the plan does (`kept_by_mean`)."""
        return self.kept_by_mean

    def eased_by_few(self, p: Problem) -> bool:
        """Whether what keeps it keeps it in the expected demand and in single scenarios that must hold."""
        return self.few_scenarios

    def in_cuts(self, p: Problem) -> bool:
        """Whether `rows`, and as many of its `cuts` as it takes, say all of it on this problem."""
        return False

    def in_admitted(self, p: Problem) -> bool:
        """Whether `rows` say all of it on this problem in columns of admitted stays (`Variables.admitted_in`)."""
        return False

    def sayable(self, p: Problem) -> bool:
        """Whether a solver can be told all of it on this problem, one way or another."""
        return self.in_rows(p) or self.in_cuts(p) or self.in_admitted(p)

    def cuts(self, p: Problem, v: Variables, stays: Floats, beds: Ints) -> Rows:
        """Rows that every plan that keeps the rule keeps, and a plan with these stays and beds does not.

        Parameters
        ----------
        stays : ndarray (S, m)
        beds : ndarray (m,)
            0 where there is no unit.

        Returns
        -------
        Rows
            None where the plan keeps the rule.
        """
        return RowWriter().rows()

    # --- closed forms: None where the rule does not say -----------------------------------------

    def sites(self, p: Problem) -> Bools | None:
        """Sites that may become units, where the rule says so outright, (m,)."""
        return None

    def pairs(self, p: Problem) -> Bools | None:
        """Who may be served where, where the rule says so outright, (n, m)."""
        return None

    def must_open(self, p: Problem) -> Bools | None:
        """Sites that must be units, (m,)."""
        return None

    def unit_range(self, p: Problem) -> tuple[int, int] | None:
        """Fewest and most units."""
        return None

    def least_beds(self, p: Problem) -> Ints | None:
        """Fewest beds of a unit at each site, whoever goes there, (m,)."""
        return None

    def least_stays(self, p: Problem) -> list[LeastStays]:
        """Stays a year below which a unit breaks the rule, wherever families go."""
        return []

    def kept_with(self, p: Problem, stays: Floats, beds: Ints) -> Bools | None:
        """Whether units with these stays keep it with each of several sizes, where more beds may help.

        Of units, not of plans: `plans.smallest_sizes` looks for the fewest beds with which all such rules hold.

        Parameters
        ----------
        stays : ndarray (N, S)
            Of each unit in each scenario.
        beds : ndarray (K,)

        Returns
        -------
        ndarray (N, K) of bool
        """
        return None

    def counted_from(self, p: Problem, beds: Ints) -> Floats | None:
        """Stays that must be counted of units of each of several sizes, `Problem.counted`, to keep it, (K,).

        Of each scenario it speaks of; zero where it speaks of none. None where `kept_with` looks at more than one
        scenario at a time, or at more than what is counted.
        """
        return None

    def short_with(self, p: Problem, stays: Floats, beds: Ints) -> Floats | None:
        """How much units with these stays are short of it with each of several sizes, where more beds may help, (N, K).

        What a price multiplies, of units: `plans.smallest_sizes` looks for the fewest beds with which least is paid.
        """
        return None

    def stays_with(self, p: Problem, beds: Ints) -> Floats | None:
        """Fewest stays a year, the same in every scenario, from which on units of so many beds keep it, (K,).

        Asked where more beds may help; None where the rule does not say.
        """
        return None

    def affords(self, p: Problem, units: Ints, beds: Floats, stays: float) -> Bools | None:
        """Whether a plan of so many units, with at least so many beds and stays in all, may keep the rule, (k,)."""
        return None

    def thresholds(self, p: Problem, share: Floats) -> list[Floats] | None:
        """Levels of demand at which the rule may come to hold or to break for a set, families at their nearest.

        `share` (S, units) is the stays of each unit at one woman a year in all.
        """
        return None

    def eased_for_more(self, p: Problem) -> Mapping[str, object] | None:
        """Changes of the policy that hold wherever the rule does, and that more women only make looser.

        Asked where `with_more_women` does not say that the rule itself is.
        """
        return None

    def rescaled(self, p: Problem, times: float, *, women: bool) -> Mapping[str, Any] | None:
        """Changes of a problem with `times` as many women, or as long stays, that make the rule what it was before.

        Asked where more of them may make it looser; None where nothing does.
        """
        return None

    def response(self, key: str) -> Change | None:
        """What a larger number of a setting (``section.key``) does to it; None where that is not known."""
        if self.moved_by is None:
            return None
        section, _, name = key.partition(".")
        if section != "rules":
            return self.moved_by.get(key, "same")
        rule, _, part = name.partition(".")
        return self.moved_by.get(part or self.short or "", None) if rule == self.name else "same"

    def told(self, p: Problem) -> Sequence[Bools | Ints] | None:
        """What it tells demand points of one region by, each (n,) or by site (n, m).

        Points that are alike in all of it, and in the pairs they may use, can be added up to one. None: by
        everything there is.
        """
        return None

    def merged(self, ids: Sequence[str]) -> Self:
        """The rule where only the demand points of these ids are left."""
        return self

    def only(self, left: Mapping[Kind, Collection[str]]) -> Self | None:
        """The rule where only these sites, demand points and regions are left; None where nothing of it is."""
        changes: dict[str, Any] = {}
        for name, (kind, needed) in self.names.items():
            given = getattr(self, name)
            some = tuple(
                one
                for one in given
                if all(i in left[kind] for i in ((one,) if isinstance(one, str) else one) if isinstance(i, str))
            )
            if needed and given and not some:
                return None
            if some != given:
                changes[name] = some
        return dataclasses.replace(self, **changes) if changes else self  # type: ignore[type-var]  # each is one

    def spare(self, p: Problem, key: Key, pairs: Bools) -> Callable[[Bools], float] | None:
        """What an instance has to spare, everybody at the best of some open sites: a function of the sites.

        Below nothing it cannot be kept. None where the rule does not say.
        """
        return None

    # --- what it names, and what it needs -------------------------------------------------------

    def ids(self, p: Problem) -> Iterable[tuple[Kind, Sequence[str]]]:
        """Ids the rule names, so that unknown ones are told."""
        return ()

    def faults(self, p: Problem) -> Iterable[Finding]:
        """What the rule needs of a problem that this one lacks."""
        return ()

    # --- words ----------------------------------------------------------------------------------

    def asked(self) -> str:
        """The rule's numbers in a few words: "8 stays a year"; "" where its name says it all."""
        return ""

    def missed(self, p: Problem, plans: Plans, key: Key, amount: float) -> str:
        """By how much one plan misses an instance, in words; "" leaves it to the unit."""
        return ""

    def levers(self, p: Problem) -> Iterable[Lever]:
        """Changes of its own numbers that may help where there is no plan, smallest step first."""
        return ()

    @classmethod
    def example(cls, rng: np.random.Generator, p: Problem) -> Self | None:
        """A rule with numbers that sometimes bind on a problem, for random problems; None where none is known."""
        return None if values.required(cls) else cls()

    # --- its value ------------------------------------------------------------------------------

    @property
    def value(self) -> object:
        """What `Policy` gives under the rule's name: the rule, or its one plain value."""
        return self

    @classmethod
    def spread(cls, value: object) -> Mapping[str, object]:
        """A written value as a table of parameters.

        Raises
        ------
        Unfit
        """
        names = tuple(f.name for f in dataclasses.fields(cls))  # type: ignore[arg-type]  # each subclass is one
        if isinstance(value, cls):
            return {name: getattr(value, name) for name in names}
        if not names:
            if value is not True:
                raise Unfit("the value is true or false")
            return {}
        if value is True and not values.required(cls):
            return {}
        if isinstance(value, Mapping):
            return value
        if cls.short is None:
            raise Unfit(f"the value is a table with {', '.join(names)}")
        return {cls.short: value}

    @classmethod
    def read(cls, value: object) -> Self:
        """The rule from a value as TOML, JSON or Python give it.

        Raises
        ------
        Unfit
            With what the value ought to be.
        """
        if cls.always and value is not True and not isinstance(value, cls):
            raise Unfit("this is part of what a plan means and cannot be switched off")
        return values.read(cls, cls.spread(value))

    def plain(self) -> Any:
        """The value in the plainest form that reads back as the same rule."""
        usual = values.usual(type(self))
        table = {name: getattr(self, name) for name in usual}
        changed = [name for name, value in table.items() if value != usual[name]]
        if not changed and not values.required(type(self)):
            return True
        if self.short is not None and set(changed) <= {self.short}:
            return values.plainest(table[self.short])
        return values.plainest(table)


NAME = re.compile(r"[a-z][a-z0-9_]*")
"""A rule's name: a key of TOML that needs no quotes."""
