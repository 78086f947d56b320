"""The policy: which of the named rules are on, and their numbers.

Every rule has a name and a sentence (see ``capacity rules``). A rule that is ``None``, ``False``
or an empty list is off. Four are part of what a plan means and are on unless said otherwise.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
from collections.abc import Callable, ItemsView, Iterable, Iterator, Mapping, ValuesView
from types import EllipsisType, MappingProxyType
from typing import Generic, NoReturn, Protocol, Self, TypeVar, cast, overload

from capacity.errors import DataError, Finding
from capacity.problem.calls import told_when_made
from capacity.rules import RULES, Rule
from capacity.rules.budgets import BuildBudget, RunBudget
from capacity.rules.families import Nearest, OneAgreement, OwnRegion, Reach, RegionAccess
from capacity.rules.frame import OneSize, OpenOnly, Promise, Served
from capacity.rules.gap import RegionGap
from capacity.rules.housing import paying
from capacity.rules.near import NearAmbulatory, Neonatal
from capacity.rules.rule import NAME
from capacity.rules.siting import Forbid, Keep, RegionUnit, SizeFloor, Units
from capacity.rules.values import Plain, Unfit
from capacity.rules.viability import Income, Volume

GROUP = "capacity.rules"
"""Entry points under which other packages offer rules."""

NAMES = tuple(rule.name for rule in RULES)
"""Names of the library's own rules, in the order planners read them."""

V = TypeVar("V", covariant=True)


class _Valued(Protocol[V]):
    @property
    def value(self) -> V: ...


class _Of(Generic[V]):
    """A rule of the library by its name: its value, or None where it is off."""

    def __init__(self, kind: type[_Valued[V]]) -> None:
        self._name = cast("type[Rule]", kind).name

    @overload
    def __get__(self, policy: None, owner: type[Policy]) -> Self: ...
    @overload
    def __get__(self, policy: Policy, owner: type[Policy]) -> V | None: ...
    def __get__(self, policy: Policy | None, owner: type[Policy]) -> Self | V | None:
        if policy is None:
            return self
        rule = policy.get(self._name)
        return None if rule is None else cast("_Valued[V]", rule).value


R = TypeVar("R", bound=Rule, covariant=True)


class _Itself(Generic[R]):
    """A rule of the library by its name, with its parameters as attributes; None where it is off."""

    def __init__(self, kind: type[R]) -> None:
        self._kind = kind

    @overload
    def __get__(self, policy: None, owner: type[Policy]) -> Self: ...
    @overload
    def __get__(self, policy: Policy, owner: type[Policy]) -> R | None: ...
    def __get__(self, policy: Policy | None, owner: type[Policy]) -> Self | R | None:
        return self if policy is None else cast("R | None", policy.get(self._kind.name))


@told_when_made
class Policy(Mapping[str, Rule]):
    """The rules that are on by name; each is given as a number, a table or an object of its class.

    >>> Policy(units=(1, 6), volume=8).volume
    Volume(stays=8.0, when='average', probability=0.9)
    >>> Policy().volume is None
    True
    >>> Policy(volume=8)["volume"].unit
    'stays a year too few'

    Parameters
    ----------
    extra : iterable of Rule or of classes of rules
        Rules that the library does not have. An object is on; a class is off until its name is set.
    prices : mapping of rule name to float
        A rule with a price may be broken: each unit of its excess (stays, minutes, women, DKK;
        see ``capacity rules``) adds the price to the objective; what is broken in one scenario
        counts by how likely the scenario is.
    **rules
        Values by name. A name that neither the library nor `extra` has is looked for among the entry points
        ``capacity.rules`` of installed packages.

    Attributes
    ----------
    prices : mapping of rule name to float
    extra : tuple of classes of rules
        Those that are not the library's own, whether on or off.

    Raises
    ------
    DataError
        With every fault found.
    """

    served = _Of(Served)
    open_only = _Of(OpenOnly)
    one_size = _Of(OneSize)
    promise = _Of(Promise)
    units = _Of(Units)
    near_ambulatory = _Itself(NearAmbulatory)
    neonatal = _Itself(Neonatal)
    region_unit = _Of(RegionUnit)
    region_access = _Itself(RegionAccess)
    region_gap = _Of(RegionGap)
    own_region = _Itself(OwnRegion)
    reach = _Itself(Reach)
    nearest = _Of(Nearest)
    one_agreement = _Of(OneAgreement)
    volume = _Itself(Volume)
    income = _Itself(Income)
    build_budget = _Of(BuildBudget)
    run_budget = _Of(RunBudget)
    keep = _Of(Keep)
    forbid = _Of(Forbid)
    size_floor = _Itself(SizeFloor)

    prices: Mapping[str, float]
    extra: tuple[type[Rule], ...]
    _rules: dict[str, Rule]

    def __init__(
        self, *, extra: Iterable[Rule | type[Rule]] = (), prices: Mapping[str, float] | None = None, **rules: object
    ) -> None:
        given: dict[str, object] = {rule.name: True for rule in RULES if rule.usual}
        kinds: dict[str, type[Rule]] = {}
        faults: list[Finding] = []
        for one in extra:
            kind = one if isinstance(one, type) else type(one)
            if fault := _unfit_class(kind, kinds):
                faults.append(fault)
                continue
            kinds[kind.name] = kind
            if not isinstance(one, type):
                given[kind.name] = one
        self._fill(kinds, {}, given | rules, prices or {}, faults)

    def _fill(
        self,
        kinds: dict[str, type[Rule]],
        known: Mapping[str, Rule],
        given: Mapping[str, object],
        prices: Mapping[str, float],
        faults: list[Finding],
    ) -> None:
        """Read what is given over what is known, and hold it."""
        for name in given:
            if name not in NAMES and name not in kinds and not any(f.column == name for f in faults):
                kind = offered(name)
                if kind is None:
                    faults.append(_unknown(name, kinds))
                else:
                    kinds[name] = kind
        every = {rule.name: rule for rule in RULES} | kinds
        held: dict[str, Rule] = {}
        for name, kind in every.items():
            if name not in given:
                if name in known:
                    held[name] = known[name]
                continue
            value = given[name]
            if off(value) and not kind.always and not isinstance(value, (list, tuple)):
                continue
            try:
                read = kind.read(value)
                # Nothing listed is off, where the rule is one of a list.
                if kind.always or not off(value):
                    held[name] = read
            except (Unfit, TypeError, KeyError, ValueError) as fault:
                remedy = f"See `capacity rules` for {name}, or set it to false."
                faults.append(Finding(table="rules", column=name, value=str(value), rule=str(fault), remedy=remedy))
        priced = dict(sorted(prices.items()))
        for name, price in priced.items():
            if name not in every or every[name].always:
                rule = "a price belongs to a rule that may be broken"
            elif not isinstance(price, (int, float)) or not 0 < price < math.inf:
                rule = "a price is a number above zero"
            else:
                continue
            faults.append(
                Finding(table="prices", column=name, value=str(price), rule=rule, remedy="Correct or remove it.")
            )
        if faults:
            raise DataError(faults)
        vars(self).update(prices=MappingProxyType(priced), extra=tuple(kinds.values()), _rules=held)

    # --- a mapping of the rules that are on -----------------------------------------------------

    def __getitem__(self, name: str) -> Rule:
        return self._rules[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rules)

    def __len__(self) -> int:
        return len(self._rules)

    def values(self) -> ValuesView[Rule]:
        """The rules that are on (asked for at every turn: the dictionary's own view is ten times as quick)."""
        return self._rules.values()

    def items(self) -> ItemsView[str, Rule]:
        """Names and rules that are on."""
        return self._rules.items()

    def __contains__(self, name: object) -> bool:
        return name in self._rules

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> NoReturn:
        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Policy):
            return NotImplemented
        # Whose stays a rule counts is the problem's to say, not the policy's.
        return self.paying()._rules == other.paying()._rules and (self.prices == other.prices)

    def __hash__(self) -> int:
        return hash((tuple(self.paying()._rules.items()), tuple(self.prices.items())))

    def __reduce__(self) -> tuple[Callable[..., Policy], tuple[object, ...]]:
        return _again, (self.extra, dict(self._rules), dict(self.prices))

    def __repr__(self) -> str:
        usual = {rule.name: rule.usual for rule in RULES}
        said = [f"{name}={rule.plain()!r}" for name, rule in self.items() if not usual.get(name)]
        said += [f"{name}=False" for name, on in usual.items() if on and name not in self]
        return f"Policy({', '.join([*said, *([f'prices={dict(self.prices)!r}'] if self.prices else [])])})"

    @property
    def on(self) -> tuple[str, ...]:
        """Names of the rules that are on."""
        return tuple(self._rules)

    @property
    def known(self) -> tuple[str, ...]:
        """Names of all rules there are, those of `extra` last."""
        return (*NAMES, *(rule.name for rule in self.extra))

    @property
    def foreign(self) -> dict[str, str]:
        """Rules that are on and not the library's own: names, and the classes they are of."""
        return {rule.name: rule.identity() for rule in self._rules.values() if rule.name not in NAMES}

    def replace(
        self,
        *,
        extra: Iterable[Rule | type[Rule]] = (),
        prices: Mapping[str, float] | EllipsisType | None = ...,
        **changes: object,
    ) -> Self:
        """Copy with some rules changed; the copy is checked again. `extra` adds to the rules that are known."""
        new = object.__new__(type(self))
        priced = self.prices if prices is ... else {} if prices is None else prices
        kinds = {rule.name: rule for rule in self.extra}
        faults: list[Finding] = []
        given: dict[str, object] = {}
        for one in extra:
            kind = one if isinstance(one, type) else type(one)
            if kinds.get(kind.name) is not kind:
                fault = _unfit_class(kind, kinds)
                faults += [fault] if fault else []
                kinds[kind.name] = kind
            if not isinstance(one, type):
                given[kind.name] = one
        new._fill(kinds, self._rules, given | changes, priced, faults)
        return new

    def paying(self, *, admitted: bool = False, built: bool = False, run: bool = False) -> Policy:
        """The same rules as a problem pays: of admitted stays alone, building and running aftercare as well."""
        held = {n: paying(rule, admitted=admitted, built=built, run=run) for n, rule in self._rules.items()}
        if all(held[name] is rule for name, rule in self._rules.items()):
            return self
        new = object.__new__(type(self))
        vars(new).update(vars(self), _rules=held)
        return new

    def setting(self, name: str) -> Plain:
        """A rule as it stands in ``case.toml``: false where off."""
        return self._rules[name].plain() if name in self._rules else False

    def settings(self) -> dict[str, Plain]:
        """Every rule as it stands in ``case.toml``."""
        return {name: self.setting(name) for name in self.known}


def _again(extra: tuple[type[Rule], ...], rules: dict[str, Rule], prices: dict[str, float]) -> Policy:
    policy = Policy(extra=extra, prices=prices, **dict.fromkeys(_off_by_hand(rules), False), **rules)
    # Whose stays a rule counts is not read from its value.
    vars(policy).update(_rules=rules)
    return policy


def _off_by_hand(rules: Mapping[str, Rule]) -> list[str]:
    return [rule.name for rule in RULES if rule.usual and rule.name not in rules]


def offered(name: str) -> type[Rule] | None:
    """The rule of this name that an installed package offers; None without one."""
    from importlib.metadata import entry_points

    for point in entry_points(group=GROUP, name=name):
        kind = point.load()
        if isinstance(kind, type) and issubclass(kind, Rule) and kind.name == name:
            return kind
    return None


def _unfit_class(kind: type, others: Mapping[str, type[Rule]]) -> Finding | None:
    """What keeps a class from being a further rule."""
    if not issubclass(kind, Rule):
        return Finding(
            table="rules",
            column="extra",
            value=kind.__name__,
            rule="each is a rule",
            remedy="Subclass capacity.rules.Rule.",
        )
    name: str = getattr(kind, "name", "")
    lacks = [what for what in ("name", "unit", "sentence") if not getattr(kind, what, "")]
    if lacks:
        rule = f"a rule has {' and '.join(lacks)}"
        remedy = "Give the class what it lacks (its docstring is the sentence)."
    elif not NAME.fullmatch(name) or name in ("extra", "prices"):
        rule, remedy = "a rule's name is lower-case letters, digits and _", "Choose another name."
    elif name in NAMES or name in others:
        rule, remedy = "the name is not that of another rule", "Choose another name."
    else:
        return None
    return Finding(table="rules", column=name or "extra", value=kind.__qualname__, rule=rule, remedy=remedy)


def _unknown(name: str, extra: Iterable[str]) -> Finding:
    near = difflib.get_close_matches(name, [*NAMES, *extra], 1)
    remedy = f"Did you mean {near[0]!r}?" if near else "See `capacity rules`; a rule of your own is given in `extra`."
    return Finding(table="rules", column=name, rule="the library has a rule of this name", remedy=remedy)


def off(value: object) -> bool:
    """Whether a setting switches its rule off."""
    return value is None or value is False or (isinstance(value, (list, tuple)) and len(value) == 0)
