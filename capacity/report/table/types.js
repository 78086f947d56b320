// What the engine is given, and what it gives: types alone, no code.
// Names are those of plan.json (`capacity plan --json`) wherever it has them.

/**
 * One setting the page may change, as `table_data` states it.
 * @typedef {object} Setting
 * @property {string} key            as in `--set`: "demand.women_per_year", "rules.volume", "rules.region_access.minutes", ...
 * @property {string} name           what planners call it, in the language of the data
 * @property {number|string|boolean|object} value  the case's own: reset sets it back
 * @property {"number"|"whole"|"share"|"choice"|"rule"} kind  "rule": false, or a value as in case.toml
 * @property {string[]} [choices]    of a choice
 * @property {[number, number]|null} range  low and high that are looked at; null where none is stated
 * @property {string} source         where the case's value comes from, or the word assumption; ""
 */

/**
 * What the page shows and cannot change.
 * @typedef {object} ReadOnly
 * @property {string} key
 * @property {string} name
 * @property {*} value
 * @property {"assignment"|"prices"|"doubt"|"split"|"travel"|"network"|"scenarios"|"privacy"|"objective"|"newer"} why
 */

/**
 * A documented figure (named scenario): the case with what it changes.
 * @typedef {object} Figure
 * @property {string} id
 * @property {string} label
 * @property {boolean} of_case       its women a year are the case's own
 * @property {Object<string, *>} settings  what it sets (women a year among them), over the user's settings
 * @property {string} [refused]      why the engine cannot work it out
 * @property {Object<string, *>} patch     other parts of the data, "points.region" and the like, in their place
 */

/**
 * Everything the engine is given: what `table_data` returns. Minutes are one way; null is no way.
 * @typedef {object} Data
 * @property {number} format         1
 * @property {string} language
 * @property {string} name           of the case
 * @property {string} fingerprint    of the case: a state of another case is refused
 * @property {string} scenario       id of the one demand scenario
 * @property {{ids: string[], names: string[], region: number[], women: number[]}} points  women a year at the case
 * @property {{ids: string[], names: string[], region: number[], smallest: number[], largest: number[],
 *   existing_beds: number[], ambulatory: string[], ambulatory_minutes: number[], ward_minutes?: (number|null)[],
 *   order: number[]}} sites
 *   order: positions in the order of their ids (ties go to the lower id)
 * @property {{ids: string[], names: string[]}} regions
 * @property {(number|null)[][]} minutes  one row a point
 * @property {{women_per_year: number, undetected: number}} demand
 * @property {{mean_days: number}} stay
 * @property {{kind: string, turned_away: number, wait_days: number, wait_probability: number,
 *   occupancy: number, demand_cv: number}} promise
 * @property {{visits_per_week: number, ambulatory_trips_per_week: number}} travel
 * @property {{smallest: number, largest: number}} sizes
 * @property {Object<string, *>} finance   numbers; and counts: "all" or "admitted", whose stays money counts
 * @property {{name: string, fair_aversion: number, worst_off_share: number}} objective  name: what the plan it was made of minimises
 * @property {[number, number][]|null} uptake  pairs of minutes and share
 * @property {boolean} must_hold     whether the promise has to hold in the scenario
 * @property {Object<string, *>} rules  every rule by name, as in case.toml; false where off
 * @property {Object<string, string>} rule_units  unit of each rule's excess
 * @property {{factor: number[], weight: number[]}|null} doubt  loads in doubt, where demand_cv is above nothing
 * @property {number[]|null} stays_by_beds  what 0, 1, ... beds carry, where the engine cannot work it out
 * @property {Setting[]} settings
 * @property {ReadOnly[]} read_only
 * @property {Figure[]} figures
 * @property {{units: Object<string, number>, numbers: Object<string, number>}} proof  what the library makes of one set
 * @property {Object<string, number>} units  beds by site of the plan it was made of; {} without one
 */

/**
 * Beds by site id; 0 where the promise decides. What is not named is closed.
 * @typedef {Object<string, number>} Units
 */

/**
 * Differences from the case by the names of `--set`; false switches a rule off.
 * @typedef {Object<string, *>} Settings
 */

/**
 * One instance of a rule that a plan breaks: `broken` of plan.json without its sentence.
 * @typedef {object} Broken
 * @property {string} rule
 * @property {string[]} key          ids of a site, region, demand point; [] for the whole
 * @property {number} amount         by how much, in the rule's unit
 * @property {string} unit
 */

/**
 * One unit: `units` of plan.json, and who comes.
 * @typedef {object} Unit
 * @property {string} site_id
 * @property {string} name
 * @property {string} region
 * @property {number} beds
 * @property {boolean} given         whether the beds were given, not decided by the promise
 * @property {number} stays
 * @property {number} occupancy
 * @property {number} turned_away
 * @property {number} income_dkk
 * @property {number} cost_dkk
 * @property {number} building_dkk
 * @property {number} startup_loss_dkk
 * @property {number} to_ambulatory_minutes
 * @property {string} ambulatory
 * @property {number} least_beds     the fewest that keep the promise (or the site's largest where none does)
 */

/**
 * One region: `regions` of plan.json. Numbers are null where nobody is served.
 * @typedef {object} Region
 * @property {string} region
 * @property {string} name
 * @property {number} women
 * @property {number|null} mean_minutes
 * @property {number|null} minutes_80
 * @property {number|null} longest_minutes
 * @property {number} units
 * @property {number} beds
 * @property {number|null} [share_within]  where region_access is on
 */

/**
 * How the set stands in one documented figure, its beds as they are given (0: the promise decides there, too).
 * @typedef {object} Standing
 * @property {string} id
 * @property {string} label
 * @property {number} women_per_year
 * @property {boolean} kept          whether every rule is kept
 * @property {string} [refused]      why it could not be worked out with the user's settings (then kept is false)
 * @property {Broken[]} broken
 * @property {number} beds
 */

/**
 * What units come to.
 * @typedef {object} Result
 * @property {"given"|"optimal"|"infeasible"|"stopped"} status
 *   "optimal": no better set exists; "stopped": the best of those valued before Stop (or none: units is []);
 *   "infeasible": no set of the space keeps every rule
 * @property {string} objective_name
 * @property {number|null} objective
 * @property {Object<string, number>} objectives
 * @property {number|null} mean_minutes
 * @property {number} longest_minutes
 * @property {number} family_hours_per_year
 * @property {number} women_per_year
 * @property {number} served_share
 * @property {number} beds
 * @property {Broken[]} broken       [] where every rule is kept
 * @property {Unit[]} units          in the order of their ids
 * @property {Region[]} regions
 * @property {{id: string, site_id: string|null, minutes: number|null, women: number}[]} municipalities  every point
 * @property {{income_dkk: number, cost_dkk: number, result_dkk: number, building_dkk: number,
 *   building_annuity_dkk: number, full_cost_dkk: number, startup_loss_dkk: number}} money  of all units
 * @property {Standing[]} figures
 * @property {string} known          how it is known, in English: "All 1,485 sets of sites were valued."
 * @property {number} sets           sets there are
 * @property {number} valued         sets valued (of those left out it is proven that none is better)
 * @property {Units} given           units to hand to `evaluate` again
 */

/**
 * @typedef {object} Progress
 * @property {number} valued         sets done with
 * @property {number} sets
 * @property {number|null} best      objective of the best so far
 * @property {string[]|null} site_ids  its units
 */

/**
 * @typedef {object} Wish
 * @property {string[]} [keep]       units that stay, beside those of the rule
 * @property {string[]} [forbid]     sites that stay closed, beside those of the rule
 * @property {string[][]} [after]    sets of site ids already shown: the best of all others is looked for
 * @property {string} [objective]    travel unless given
 * @property {(p: Progress) => void} [onProgress]  told about ten times a second
 * @property {() => boolean} [shouldStop]  asked as often; true ends the search with the best so far
 */

/**
 * @typedef {object} Space
 * @property {number} sets
 * @property {string[]} kept
 * @property {string[]} free
 * @property {number} fewest
 * @property {number} most
 */

/**
 * @typedef {object} Engine
 * @property {(units: Units, settings?: Settings, objective?: string, figures?: boolean) => Result} evaluate
 *   `figures` false leaves out how the set stands in the documented figures
 * @property {(settings?: Settings, wish?: Wish) => Result} optimise  at once, without giving way to the page
 * @property {(settings?: Settings, wish?: Wish) => Promise<Result>} optimising
 *   the same in slices of about 20 ms, so that the page (or a worker's Stop message) is heard between them
 * @property {(settings?: Settings, wish?: Wish) => Result} nextBest  `optimise` with `after`: the next in the order
 * @property {(settings?: Settings, wish?: Wish) => Space} space  the sets of sites the rules leave to be valued
 */
