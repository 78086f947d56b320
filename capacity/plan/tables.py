"""The tables of a plan: their columns, and what stands in each.

A plan holds them as plain columns of equal length (`Plan.unit_table`, ...), and gives the same columns as frames
(`Plan.units`, ...). Region and site ids are those of the case; shares lie between 0 and 1; a year's numbers are means
over the scenarios unless a column `scenario` says which.
"""

from __future__ import annotations

from typing import NotRequired, TypedDict

Texts = tuple[str, ...]
Numbers = tuple[float, ...]
Counts = tuple[int, ...]


class UnitTable(TypedDict):
    """One row a unit, in the order of ids.

    Attributes
    ----------
    site_id, name, region, region_name : str
    beds : int
    stays : float
        A year.
    occupancy, turned_away, waiting : float
        Share of the beds taken; of the women who find every bed taken, and who would wait if everybody did.
    income_dkk, cost_dkk : float
        A year.
    building_dkk, startup_loss_dkk : float
        Once.
    to_ambulatory_minutes : float
    ambulatory : str
        The nearest.
    """

    site_id: Texts
    name: Texts
    region: Texts
    region_name: Texts
    beds: Counts
    stays: Numbers
    occupancy: Numbers
    turned_away: Numbers
    waiting: Numbers
    income_dkk: Numbers
    cost_dkk: Numbers
    building_dkk: Numbers
    startup_loss_dkk: Numbers
    to_ambulatory_minutes: Numbers
    ambulatory: Texts


class RegionTable(TypedDict):
    """One row a region, whose women may be served in another.

    Attributes
    ----------
    region, name : str
    women : float
        A year.
    mean_minutes, minutes_80, longest_minutes : float
        One way; `minutes_80` is what four of five women travel at most. Not a number where nobody is served.
    units, beds : int
        In the region.
    share_within : float
        Of the women, within the minutes of `region_access`; only where that rule is on.
    residential_women, outpatient_women, unreached_women : float
        A year: at a unit, on an outpatient course, and reached by neither; only where there is a course.
    """

    region: Texts
    name: Texts
    women: Numbers
    mean_minutes: Numbers
    minutes_80: Numbers
    longest_minutes: Numbers
    units: Counts
    beds: Counts
    share_within: NotRequired[Numbers]
    residential_women: NotRequired[Numbers]
    outpatient_women: NotRequired[Numbers]
    unreached_women: NotRequired[Numbers]


class AssignmentTable(TypedDict):
    """One row for each demand point, site and scenario in which somebody is sent there.

    Attributes
    ----------
    point_id, site_id, scenario : str
    women : float
        A year in the scenario.
    share : float
        Of the point's women in the scenario.
    minutes : float
        One way.
    """

    point_id: Texts
    site_id: Texts
    scenario: Texts
    women: Numbers
    share: Numbers
    minutes: Numbers
