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
 * @property {"assignment"|"prices"|"doubt"|"split"|"travel"|"network"|"scenarios"|"privacy"|"objective"|"aftercare"|"newer"} why
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
 * @property {{ids: string[], names: string[], region: number[], women: number[], homes?: string[]}} points
 *   women a year at the case; homes: the place of which each is a part, where places have parts
 * @property {{ids: string[], names: string[], region: number[], smallest: number[], largest: number[],
 *   existing_beds: number[], ambulatory: string[], ambulatory_minutes: number[], ward_minutes?: (number|null)[],
 *   order: number[]}} sites
 *   order: positions in the order of their ids (ties go to the lower id)
 * @property {{ids: string[], names: string[]}} regions
 * @property {(number|null)[][]} minutes  one row a point
 * @property {{women_per_year: number, undetected: number}} demand
 * @property {{mean_days: number}} stay
 * @property {Promised} promise
 * @property {{visits_per_week: number, ambulatory_trips_per_week: number}} travel
 * @property {{smallest: number, largest: number}} sizes
 * @property {Money} finance
 * @property {{name: string, fair_aversion: number, worst_off_share: number}} objective  name: what the plan it was made of minimises
 * @property {[number, number][]|null} uptake  pairs of minutes and share
 * @property {boolean} must_hold     whether the promise has to hold in the scenario
 * @property {Object<string, *>} rules  every rule by name, as in case.toml; false where off
 * @property {Object<string, string>} rule_units  unit of each rule's excess
 * @property {Doubt} doubt           loads in doubt, where demand_cv is above nothing
 * @property {number[]|null} stays_by_beds  what 0, 1, ... beds carry, where the engine cannot work it out
 * @property {Aftercare|null} [aftercare]  the second stage of a stay, where there is one
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
 * @property {Refusal} [fault]       the same, as the engine has it
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
 *   building_annuity_dkk: number, full_cost_dkk: number, startup_loss_dkk: number}} money  of all units and of aftercare
 * @property {Second|null} aftercare
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

// --- within the engine --------------------------------------------------------------------------

/**
 * @typedef {{kind: string, turned_away: number, wait_days: number, wait_probability: number, occupancy: number,
 *   demand_cv: number}} Promised
 */

/** @typedef {{factor: number[], weight: number[]}|null} Doubt */

/**
 * The second stage as the library has it: its promise, its prices, persons a family, shares of the women by the kind of
 * bed they take, and of each site the position of the site where its women come to.
 * @typedef {{days: number, kind: string, held_up: number, wait_days: number, wait_probability: number, occupancy: number,
 *   house_dkk_per_year: number, bed_dkk_per_year: number, occupied_day_dkk: number, person_day_dkk: number,
 *   day_rate_dkk: number, building_dkk_per_bed: number, persons: number, shares: number[], place: number[]}} Aftercare
 */

/**
 * A plan's second stage: beds, and DKK a year (building and the loss of the filling years: once).
 * @typedef {{beds: number, running_dkk: number, income_dkk: number, building_dkk: number, startup_loss_dkk: number}} Second
 */

/**
 * DKK and years; counts: whose stays money counts, "all" or "admitted".
 * @typedef {{unit_dkk_per_year: number, bed_dkk_per_year: number, occupied_day_dkk: number, day_rate_dkk: number,
 *   grant_dkk_per_year: number, building_dkk_per_bed: number, interest: number, years: number, filling_years: number,
 *   counts: string}} Money
 */

/**
 * Why something is refused: `must` names what it has to be, `rule` says it in English.
 * @typedef {Error & {key: string, value: *, must: string, values: Object<string, *>, rule?: string}} Refusal
 */

/**
 * A problem as arrays. Pairs of site j and point i stand at j * n + i.
 * @typedef {object} Problem
 * @property {Data} data
 * @property {number} n              points
 * @property {number} m              sites
 * @property {Float64Array} women    of each point
 * @property {number} total          women of all
 * @property {Float64Array} minutes  of each pair; infinite where there is no way
 * @property {Uint8Array} active     whether a point has women
 * @property {number[]} pointRegion
 * @property {number[]} siteRegion
 * @property {number} regionCount
 * @property {number[]} order        sites in the order of their ids
 * @property {number} days           of a stay
 * @property {Money} money
 * @property {Promised} promise
 * @property {boolean} mustHold
 * @property {boolean} countsAdmitted
 * @property {(beds: number) => number} carried  stays a year
 * @property {{low: number[], high: number[]}} limits  beds by site
 * @property {number} usefulBeds
 * @property {Rule[]} rules
 * @property {Rule[]} admitting      rules that ask for admitted stays
 * @property {number[]} floor        least beds of each site
 * @property {number} [kappa]
 * @property {boolean} [addsPain]
 * @property {(beds: number) => number} [carriedThere]  stays a year that so many beds of aftercare carry
 * @property {Object<string, Uint8Array>} [allowed]
 */

/**
 * A plan as arrays, by site but for `site`, which is by point (-1: none).
 * @typedef {{list: number[], open: Uint8Array, site: Int32Array, stays: Float64Array, used: Int32Array, beds: Int32Array,
 *   smallest: Int32Array}} Plan
 */

/** @typedef {(amount: number, kind: ""|"sites"|"points"|"regions", at: number, last?: string, scale?: number) => void} Tell */

/**
 * What a rule has read: its own of these alone.
 * @typedef {{fewest: number, most: number, minutes: number, share: number, dkk: number, exempt: Set<number>,
 *   kept: Set<number>, excluded: Set<number>, agreed: Set<number>, when: string, probability: number, least: number,
 *   needed: (beds: number) => number, beds: number[]}} Read
 */

/**
 * @typedef {object} RuleKind
 * @property {string} [short]        what a plain number stands for
 * @property {Object<string, *>} [usual]
 * @property {boolean} [bySite]
 * @property {(p: Problem, said: *, key: string) => *} [read]
 * @property {boolean} [carriesStays]
 * @property {boolean} [pairsByNearness]
 * @property {(this: Read, p: Problem, i: number, j: number) => boolean} [allows]
 * @property {(this: Read, p: Problem, j: number) => boolean} [site]
 * @property {(this: Read, p: Problem) => number[]} [leastBeds]
 * @property {(this: Rule, p: Problem) => number[]|null} [leastStays]  below which a unit breaks the rule, by site
 * @property {(this: Rule, p: Problem, stays: number, beds: number) => boolean} [keptWith]
 * @property {(this: Read, p: Problem, units: number, beds: number, stays: number, rounding: number) => boolean} [affords]
 * @property {(this: Rule, p: Problem, plan: Plan, tell: Tell) => void} [excess]
 */

/** @typedef {RuleKind & Read & {name: string}} Rule */

/** @typedef {{kept: number[], free: number[], fewest: number, most: number, sets: number}} Sets */

/** @typedef {{rank: Uint16Array, siteAt: Int32Array, place: Int32Array}} Near */

/** @typedef {{value: (i: number, j: number) => number, whole: (added: number) => number, largest: boolean}} Added */

/** @typedef {{worth: number, beds: number, cost: number, list: number[]}} Leader */

/** @typedef {{places: number[], keeps: boolean, worth: number}} Weighed */

/**
 * A search and how far it is.
 * @typedef {object} State
 * @property {Problem} p
 * @property {string} objective
 * @property {Set<string>} after
 * @property {Sets} space
 * @property {Near} near
 * @property {Added|null} added
 * @property {boolean} proving
 * @property {Plan} plan
 * @property {number[]} chosen       places in `space.free`
 * @property {Uint16Array[]} ranks   of the nearest unit, by how many are chosen
 * @property {number} next
 * @property {boolean} started
 * @property {boolean} over
 * @property {number} valued
 * @property {number} leftOut
 * @property {number} lowest
 * @property {Leader[]} leaders
 * @property {number} tries
 * @property {Float64Array} values
 * @property {number[][]} least
 * @property {Float64Array[]|null} ahead
 * @property {Float64Array[]} here
 */

/**
 * @typedef {object} Search
 * @property {Sets} space
 * @property {number} valued
 * @property {number} leftOut
 * @property {boolean} over
 * @property {number} lowest
 * @property {(count: number) => boolean} run
 * @property {() => number[]|null} best
 */

/**
 * @typedef {{p: Problem, objective: string, search: Search, stopped: boolean, shown: number,
 *   part: (milliseconds: number) => boolean}} Asked
 */

/** A documented figure as a problem, or why it is none. @typedef {{figure: Figure, problem?: Problem, refused?: string, fault?: Refusal}} Stood */

/** What is known of some settings. @typedef {{problem: Problem, standing: Stood[]|null}} Held */

// --- on the page ----------------------------------------------------------------------------------

/** A setting as the page shows it; form: of a rule's value. @typedef {Setting & {form?: "number"|"pair"|"list"|"toggle"}} PageSetting */

/**
 * Of the map: parts with their areas (point, path), and where sites (with their part) and points stand.
 * @typedef {object} Drawing
 * @property {number} height
 * @property {number} finer          steps of a path in a unit of the view box
 * @property {{box: number[], others: string, cells: [number, string][], name: string, close: number[]|null, right: boolean}[]} frames
 * @property {[number, number, number][]} sites
 * @property {[number, number][]} centres
 * @property {[number, number]} bar  length and kilometres
 */

/**
 * What the page holds beside the engine's data.
 * @typedef {Data & {settings: PageSetting[], short: string[], ambulatories: boolean[], locale: string, asked: string,
 *   catalogue: Object<string, *>, known: {text: string}|null, rule_words: Object<string, {name: string, sentence: string}>,
 *   unit_words: Object<string, string>, beyond: {name: string, why: string, command: string}[], map: Drawing,
 *   place_names: Object<string, string>, access: {minutes: number, share: number}|null, result?: Result}} PageData
 */

/** @typedef {{units: Units, settings: Settings}} TableState */

/** How a set was found. @typedef {{text?: string, status?: string, sets?: number, valued?: number, objective_name?: string, next?: boolean}} Found */

/** What can be had back. @typedef {{state: TableState, planB: TableState|null, found: Found|null}} Before */

/** A site's mark on the map. @typedef {{id: string, x: number, y: number, radius: number, mark: SVGElement, disc: *, beds: *, diamond: *, hit: *}} Site */

/** Left, top, right, bottom. @typedef {number[]} Box */

/** A measure of a plan, its decimals, and whether it is a share. @typedef {{said: string, of: (result: Result) => number|null, decimals?: number, share?: boolean}} Measure */

/**
 * The map, and what is shown on it.
 * @typedef {object} MapState
 * @property {PageData} data
 * @property {{toggle: (site: string) => void, beds: (site: string, by: number) => void}} act
 * @property {Site[]} sites
 * @property {SVGElement[][]} cells  by point
 * @property {Result} shown
 * @property {number} scale          of marks and names
 * @property {string} legend
 */

/** How areas are coloured: the ink of each, and what inks mean. @typedef {{of: (i: number) => string, keys: string[][]}} Shades */

/**
 * What is on the table.
 * @typedef {object} Table
 * @property {TableState} state
 * @property {TableState|null} planB
 * @property {Found|null} found
 * @property {Before[]} back
 * @property {Before[]} forth
 * @property {string} colours
 * @property {boolean} stop
 * @property {boolean} busy
 * @property {{of: string, sets: string[][]}} seen  sets already shown
 * @property {Result} shown
 * @property {Result|null} other     plan B's
 * @property {number} [later]
 * @property {string} [hash]
 */

/** The settings of the page, and what changes one. @typedef {{data: PageData, set: (key: string, value: *) => void, settings: Settings}} Form */

/** What shows a setting's value. @typedef {{show: (value: *) => void}} Showing */

/** With its row, and what sets it back. @typedef {Showing & {row: HTMLElement, reset: HTMLButtonElement}} Input */

export {};
