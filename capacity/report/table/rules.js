// The rules of the library: what each allows, and by how much a plan breaks it (capacity/rules).
// `excess` tells amounts that may be broken: tell(amount, kind, position, last part of the key, scale).
/** @import { Plan, Problem, Read, Rule, RuleKind, Tell } from "./types.js" */
import { HOLD, ROUNDING, SHARE, USED } from "./tolerances.js";
import { countedStays, neededStays } from "./admitted.js";
import { secondStage } from "./aftercare.js";
import { breakEvenStays, buildingCost, margin, yearlyCost, yearlyIncome } from "./finance.js";
import { poissonMean } from "./promise.js";
import { off, parameters, SettingError } from "./settings.js";

const AVERAGE = ["average", "expected"];

/** Of what a rule may be missed by, the part that sizes are chosen with. */
const WITHIN = 0.9;

/** Minutes beyond the limit where there is no way to a ward (capacity/rules/near.py). */
const NO_WAY = 1e6;

/** Every rule the engine knows, with the parameters it knows of each: the library reads here what the page can do. */
const TAKES = {
  "served": [], "open_only": [], "one_size": [], "promise": [], "units": ["fewest", "most"],
  "near_ambulatory": ["minutes", "exceptions"], "neonatal": ["minutes", "exceptions"], "region_unit": [], "region_access": ["share", "minutes"],
  "region_gap": ["minutes"], "own_region": ["agreements"], "reach": ["minutes", "exceptions"], "nearest": [],
  "one_agreement": [], "volume": ["stays", "when", "probability"], "income": ["when", "probability"],
  "build_budget": ["dkk"], "run_budget": ["dkk"], "keep": ["sites_kept"], "forbid": ["excluded"], "size_floor": ["beds"]
};

/**
 * The rules that are on, in the order planners read them, each with its numbers.
 * @param {Problem} p
 * @returns {Rule[]}
 */
export function readRules(p) {
  const unknown = Object.keys(p.data.rules).filter((name) => !(name in RULES) && !off(p.data.rules[name]));
  if (unknown.length) throw new SettingError(`rules.${unknown[0]}`, p.data.rules[unknown[0]], "known");
  /** @type {Object<string, string[]>} */
  const takes = TAKES;
  return Object.keys(RULES).filter((name) => name in p.data.rules).flatMap((name) => {
    const { short, usual, read, bySite, ...rule } = RULES[name];
    const said = parameters(p.data.rules, name, short, usual, bySite ? null : takes[name]);
    return said === null ? [] : [{ name, ...rule, ...(read ? read(p, said, `rules.${name}`) : {}) }];
  });
}

/**
 * Each instance of a rule that a plan breaks, as tell(rule, amount, kind, position, last part of the key).
 * @param {Problem} p @param {Plan} plan
 * @param {(rule: Rule, amount: number, kind: ""|"sites"|"points"|"regions", at: number, last?: string) => void} tell
 */
export function broken(p, plan, tell) {
  for (const rule of p.rules) {
    if (!rule.excess) continue;
    rule.excess(p, plan, (amount, kind, at, last, scale = 1) => {
      if (amount > HOLD * scale) tell(rule, amount, kind, at, last);
    });
  }
}

/** Whether a plan keeps every rule. @param {Problem} p @param {Plan} plan */
export function keepsRules(p, plan) {
  let kept = true;
  /** @type {Tell} */
  const told = (amount, kind, at, last, scale = 1) => {
    if (amount > HOLD * scale) kept = false;
  };
  for (const rule of p.rules) {
    if (rule.excess) rule.excess(p, plan, told);
    if (!kept) return false;
  }
  return true;
}

/** @param {string} key @param {*} value @param {number} [low] @param {number} [high] */
const number = (key, value, low = 0, high = Infinity) => {
  if (typeof value !== "number" || !(value >= low && value <= high)) {
    throw new SettingError(key, value, high < Infinity ? "between" : "at-least", { low, high });
  }
  return value;
};

/** @param {string} key @param {*} value */
const chance = (key, value) => {
  if (typeof value !== "number" || !(value >= 0 && value < 1)) throw new SettingError(key, value, "chance");
  return value;
};

/** @param {string} key @param {*} value @param {string[]} choices */
const whenOf = (key, value, choices) => {
  if (!choices.includes(value)) throw new SettingError(key, value, "one-of", { choices: choices.join(", ") });
  return value;
};

/** Positions of ids, as a set. @param {string} key @param {*} ids @param {string[]} known */
const positions = (key, ids, known) => {
  if (!Array.isArray(ids)) throw new SettingError(key, ids, "ids");
  return new Set(ids.map((id) => {
    const at = known.indexOf(id);
    if (at < 0) throw new SettingError(key, id, "id");
    return at;
  }));
};

/**
 * @param {(p: Problem) => string[]} known @param {(p: Problem) => string[]|undefined} [homes]
 * @returns {(p: Problem, said: *, key: string) => {minutes: number, exempt: Set<number>}}
 */
const minutesAndExceptions = (known, homes = () => undefined) => (p, said, key) => ({
  minutes: number(key, said.minutes),
  exempt: withParts(said.exceptions, positions(key, said.exceptions, known(p)), homes(p)),
});

/**
 * Positions, and those of the parts of places that are named; `homes` is the place of each position.
 * @param {string[]} ids @param {Set<number>} at @param {string[]} [homes]
 */
const withParts = (ids, at, homes = []) =>
  new Set([...at, ...homes.map((home, k) => (ids.includes(home) ? k : -1)).filter((k) => k >= 0)]);

/** @param {Problem} p @param {*} said @param {string} key */
function readUnits(p, said, key) {
  const pair = typeof said.pair === "number" ? [said.pair, said.pair] : said.pair || [said.fewest, said.most];
  if (!Array.isArray(pair) || pair.length !== 2 || !pair.every(Number.isInteger) || pair[0] < 0 || pair[0] > pair[1]
    || pair[1] < 1) {
    throw new SettingError(key, said.pair, "pair");
  }
  return { fewest: pair[0], most: pair[1] };
}

/** @param {Problem} p @param {*} said @param {string} key */
function readNearAmbulatory(p, said, key) {
  if (!p.data.sites.ambulatory.some((id) => id)) throw new SettingError(key, said.minutes, "ambulatories");
  return minutesAndExceptions((q) => q.data.sites.ids)(p, said, key);
}

/** @param {Problem} p @param {*} said @param {string} key */
function readNeonatal(p, said, key) {
  if (!p.data.sites.ward_minutes) throw new SettingError(key, said.minutes, "wards");
  return minutesAndExceptions((q) => q.data.sites.ids)(p, said, key);
}

/**
 * Minutes of a site beyond a limit of the way to its ward, the engine's own where there is no way.
 * @param {Problem} p @param {number} j @param {number} minutes
 */
const beyondWard = (p, j, minutes) => Math.min((p.data.sites.ward_minutes?.[j] ?? Infinity) - minutes, NO_WAY);

/** @param {Problem} p @param {*} said @param {string} key */
function readAgreements(p, said, key) {
  const { ids } = p.data.regions;
  /** @type {Set<number>} */
  const agreed = new Set();
  /** @type {string[][]} */
  const agreements = said.agreements;
  for (const pair of agreements) {
    const [from, to] = pair.map((id) => [...positions(key, [id], ids)][0]);
    agreed.add(from * ids.length + to);
  }
  return { agreed };
}

/** @param {Problem} p @param {*} said @param {string} key */
function readVolume(p, said, key) {
  const when = whenOf(key, said.when, ["average", "every_scenario", "poisson_year"]);
  number(key, said.stays);
  chance(key, said.probability);
  const least = when === "poisson_year" ? poissonMean(said.stays, said.probability) : said.stays;
  return { when, least, needed: neededStays(p, () => least - WITHIN * HOLD) };
}

/** @param {Problem} p @param {*} said @param {string} key */
function readIncome(p, said, key) {
  whenOf(key, said.when, ["expected", "every_scenario", "poisson_year"]);
  const rule = { when: said.when, probability: chance(key, said.probability) };
  const each = margin(p.money, p.days);
  return { ...rule, needed: neededStays(p, (beds) => Math.max(lacking(p, rule, beds, 0) - WITHIN * roomOf(p), 0) / each) };
}

/** @param {Problem} p @param {*} said @param {string} key */
function readSizeFloor(p, said, key) {
  if (Object.keys(said).length === 0) return { beds: p.data.sites.existing_beds };
  positions(key, Object.keys(said), p.data.sites.ids);
  return { beds: p.data.sites.ids.map((id) => Math.trunc(number(key, said[id] || 0))) };
}

/**
 * Whether it speaks of the one scenario at all: the mean always, a scenario where it must hold.
 * @param {Problem} p @param {{when: string}} rule
 */
const speaks = (p, rule) => p.mustHold || AVERAGE.includes(rule.when);

/** DKK that nobody counts as lacking. @param {Problem} p */
function roomOf(p) {
  return HOLD * scaleOfIncome(p);
}

/** @param {Problem} p */
function scaleOfIncome(p) {
  return Math.max(1, p.money.unit_dkk_per_year, p.money.bed_dkk_per_year);
}

/**
 * What a unit lacks of paying for itself, of the stays that are counted (see `Income.excess`).
 * @param {Problem} p @param {{when: string, probability: number}} rule @param {number} beds @param {number} stays
 */
function lacking(p, rule, beds, stays) {
  const each = margin(p.money, p.days);
  if (rule.when === "poisson_year" && each > 0) {
    return (poissonMean(breakEvenStays(p.money, beds, p.days), rule.probability) - stays) * each;
  }
  return yearlyCost(p.money, beds, stays, p.days) - yearlyIncome(p.money, stays, p.days);
}

/**
 * Whether a point may use a site: of its own region, or of one that agreed.
 * @param {Read} rule @param {Problem} p @param {number} i @param {number} j
 */
function mayCross(rule, p, i, j) {
  const [from, to] = [p.pointRegion[i], p.siteRegion[j]];
  return from === to || rule.agreed.has(from * p.regionCount + to);
}

/** @type {Object<string, RuleKind>} */
const RULES = {
  served: {
    excess(p, plan, tell) {
      for (let i = 0; i < p.n; i++) if (plan.site[i] < 0) tell(p.women[i], "points", i);
    },
  },
  open_only: {
    excess(p, plan, tell) {
      for (const j of plan.list) tell(USED * (1 - SHARE) - plan.used[j], "sites", j, "idle");
    },
  },
  one_size: {
    excess(p, plan, tell) {
      const { low, high } = p.limits;
      for (const j of plan.list) tell(Math.max(low[j] - plan.beds[j], plan.beds[j] - high[j]), "sites", j);
    },
  },
  promise: {
    carriesStays: true,
    excess(p, plan, tell) {
      if (!p.mustHold) return;
      for (const j of plan.list) tell(plan.stays[j] - p.carried(plan.beds[j]), "sites", j);
    },
  },
  units: {
    short: "pair",
    read: readUnits,
    excess(p, plan, tell) {
      tell(this.fewest - plan.list.length, "", -1, "fewest");
      tell(plan.list.length - this.most, "", -1, "most");
    },
  },
  near_ambulatory: {
    short: "minutes",
    usual: { exceptions: [] },
    read: readNearAmbulatory,
    site(p, j) {
      return p.data.sites.ambulatory_minutes[j] <= this.minutes || this.exempt.has(j);
    },
    excess(p, plan, tell) {
      for (const j of plan.list) {
        if (!this.exempt.has(j)) tell(p.data.sites.ambulatory_minutes[j] - this.minutes, "sites", j, undefined, 1e-3);
      }
    },
  },
  neonatal: {
    short: "minutes",
    usual: { exceptions: [] },
    read: readNeonatal,
    site(p, j) {
      return beyondWard(p, j, this.minutes) <= 0 || this.exempt.has(j);
    },
    excess(p, plan, tell) {
      for (const j of plan.list) {
        if (!this.exempt.has(j)) tell(beyondWard(p, j, this.minutes), "sites", j, undefined, 1e-3);
      }
    },
  },
  region_unit: {
    excess(p, plan, tell) {
      const count = new Int32Array(p.regionCount);
      for (const j of plan.list) count[p.siteRegion[j]] += 1;
      for (let r = 0; r < p.regionCount; r++) tell(1 - count[r], "regions", r);
    },
  },
  region_access: {
    read: (p, said, key) => ({ share: number(key, said.share, 0, 1), minutes: number(key, said.minutes) }),
    excess(p, plan, tell) {
      if (!p.mustHold) return;
      const all = new Float64Array(p.regionCount);
      const near = new Float64Array(p.regionCount);
      for (let i = 0; i < p.n; i++) {
        const r = p.pointRegion[i];
        all[r] += p.women[i];
        const j = plan.site[i];
        if (j >= 0 && p.minutes[j * p.n + i] <= this.minutes) near[r] += p.women[i];
      }
      for (let r = 0; r < p.regionCount; r++) tell(this.share * all[r] - near[r], "regions", r);
    },
  },
  region_gap: {
    short: "minutes",
    read: (p, said, key) => ({ minutes: number(key, said.minutes) }),
    excess(p, plan, tell) {
      if (!p.mustHold) return;
      const women = new Float64Array(p.regionCount);
      const ways = new Float64Array(p.regionCount);
      for (let i = 0; i < p.n; i++) {
        const j = plan.site[i];
        women[p.pointRegion[i]] += p.women[i];
        if (j >= 0) ways[p.pointRegion[i]] += p.women[i] * p.minutes[j * p.n + i];
      }
      const mean = ways.map((way, r) => (women[r] > 0 ? way / women[r] : Infinity));
      const shortest = Math.min(...mean);
      const scale = Math.max(1, this.minutes);
      for (let r = 0; r < p.regionCount; r++) {
        if (women[r] > 0) tell(mean[r] - shortest - this.minutes, "regions", r, undefined, scale);
      }
    },
  },
  own_region: {
    usual: { agreements: [] },
    read: readAgreements,
    allows(p, i, j) {
      return mayCross(this, p, i, j);
    },
    excess(p, plan, tell) {
      for (let i = 0; i < p.n; i++) {
        if (p.active[i] && plan.site[i] >= 0 && !mayCross(this, p, i, plan.site[i])) tell(1, "points", i);
      }
    },
  },
  reach: {
    short: "minutes",
    usual: { exceptions: [] },
    pairsByNearness: true,
    read: minutesAndExceptions((p) => p.data.points.ids, (p) => p.data.points.homes),
    allows(p, i, j) {
      return p.minutes[j * p.n + i] <= this.minutes || this.exempt.has(i);
    },
    excess(p, plan, tell) {
      for (let i = 0; i < p.n; i++) {
        const j = plan.site[i];
        if (!p.active[i] || j < 0 || this.exempt.has(i)) continue;
        tell(p.minutes[j * p.n + i] - this.minutes, "points", i, undefined, 1e-3);
      }
    },
  },
  nearest: {}, // Kept by the way plans are made here,
  one_agreement: {}, // and so is this.
  volume: {
    short: "stays",
    usual: { when: "average", probability: 0.9 },
    read: readVolume,
    leastStays(p) {
      if (!speaks(p, this)) return null;
      if (!p.countsAdmitted) return new Array(p.m).fill(this.least - HOLD);
      const needed = neededStays(p, () => Math.max(this.least - HOLD, 0));
      return p.limits.high.map((high) => needed(Math.min(high, p.usefulBeds)));
    },
    keptWith(p, stays, beds) {
      return !speaks(p, this) || stays >= this.needed(beds);
    },
    excess(p, plan, tell) {
      if (!speaks(p, this)) return;
      for (const j of plan.list) tell(this.least - countedStays(p, plan.beds[j], plan.stays[j]), "sites", j);
    },
  },
  income: {
    usual: { when: "expected", probability: 0.9 },
    read: readIncome,
    leastStays(p) {
      if (!speaks(p, this)) return null;
      return p.countsAdmitted ? leastByAdmittedIncome(p, this) : leastByIncome(p, this);
    },
    keptWith(p, stays, beds) {
      if (!speaks(p, this)) return true;
      if (margin(p.money, p.days) > 0) return stays >= this.needed(beds);
      return lacking(p, this, beds, countedStays(p, beds, stays)) <= roomOf(p);
    },
    excess(p, plan, tell) {
      if (!speaks(p, this)) return;
      for (const j of plan.list) {
        const counted = countedStays(p, plan.beds[j], plan.stays[j]);
        tell(lacking(p, this, plan.beds[j], counted), "sites", j, undefined, scaleOfIncome(p));
      }
    },
  },
  build_budget: {
    short: "dkk",
    read: (p, said, key) => ({ dkk: number(key, said.dkk) }),
    affords(p, units, beds) {
      return buildingCost(p.money, beds) <= this.dkk + HOLD * Math.max(1, this.dkk);
    },
    excess(p, plan, tell) {
      let spent = secondStage(p, plan)?.building_dkk ?? 0;
      for (const j of plan.list) spent += buildingCost(p.money, plan.beds[j]);
      tell(spent - this.dkk, "", -1, undefined, Math.max(1, this.dkk));
    },
  },
  run_budget: {
    short: "dkk",
    read: (p, said, key) => ({ dkk: number(key, said.dkk) }),
    affords(p, units, beds, stays, rounding) {
      const days = p.money.occupied_day_dkk * p.days * (p.countsAdmitted ? 0 : stays);
      const cost = p.money.unit_dkk_per_year * units + p.money.bed_dkk_per_year * beds + days;
      return cost <= this.dkk + HOLD * Math.max(1, this.dkk) + rounding * days;
    },
    excess(p, plan, tell) {
      let cost = secondStage(p, plan)?.running_dkk ?? 0;
      for (const j of plan.list) cost += yearlyCost(p.money, plan.beds[j], countedStays(p, plan.beds[j], plan.stays[j]), p.days);
      tell(cost - this.dkk, "", -1, undefined, Math.max(1, this.dkk));
    },
  },
  keep: {
    short: "sites_kept",
    read: (p, said, key) => ({ kept: positions(key, said.sites_kept, p.data.sites.ids) }),
    excess(p, plan, tell) {
      for (let j = 0; j < p.m; j++) if (this.kept.has(j) && !plan.open[j]) tell(1, "sites", j);
    },
  },
  forbid: {
    short: "excluded",
    read: (p, said, key) => ({ excluded: positions(key, said.excluded, p.data.sites.ids) }),
    site(p, j) {
      return !this.excluded.has(j);
    },
    excess(p, plan, tell) {
      for (const j of plan.list) if (this.excluded.has(j)) tell(1, "sites", j);
    },
  },
  size_floor: {
    bySite: true,
    read: readSizeFloor,
    leastBeds() {
      return this.beds;
    },
    excess(p, plan, tell) {
      for (const j of plan.list) tell(this.beds[j] - plan.beds[j], "sites", j);
    },
  },
};

/**
 * Stays at which a unit of some size of its site both keeps the promise and lives on its income.
 * @param {Problem} p @param {Rule} rule
 */
function leastByIncome(p, rule) {
  const even = evenStays(p, rule);
  return p.limits.low.map((low, j) => {
    let least = Infinity;
    for (let beds = Math.max(low, p.floor[j]); beds <= p.limits.high[j]; beds++) least = Math.min(least, even[beds]);
    return least;
  });
}

/**
 * Fewest stays at which a unit of some size of its site lives on those it admits; null where that says nothing.
 * @param {Problem} p @param {Rule} rule
 */
function leastByAdmittedIncome(p, rule) {
  const each = margin(p.money, p.days);
  if (!(each > 0)) return null;
  const needed = neededStays(p, (beds) => Math.max(lacking(p, rule, beds, 0) - roomOf(p), 0) / each);
  return p.limits.low.map((low, j) => {
    let least = Infinity;
    const most = Math.min(p.limits.high[j], p.usefulBeds);
    for (let beds = Math.min(low, p.usefulBeds); beds <= most; beds++) least = Math.min(least, needed(beds));
    return least;
  });
}

/** @param {Problem} p @param {Rule} rule */
function evenStays(p, rule) {
  const each = margin(p.money, p.days);
  const room = roomOf(p);
  const carries = p.mustHold && p.rules.some((one) => one.carriesStays);
  return Array.from({ length: p.data.sizes.largest + 1 }, (_, beds) => {
    const even = leastToPay(p, rule, beds, each, room);
    // What a unit must have it must carry.
    return carries && !(even <= p.carried(beds) * (1 + ROUNDING) + HOLD) ? Infinity : even;
  });
}

/** @param {Problem} p @param {Rule} rule @param {number} beds @param {number} each @param {number} room */
function leastToPay(p, rule, beds, each, room) {
  const short = yearlyCost(p.money, beds, 0, p.days) - p.money.grant_dkk_per_year;
  if (!(each > 0)) return short <= room ? 0 : Infinity;
  const even = breakEvenStays(p.money, beds, p.days);
  const mean = rule.when === "poisson_year" ? poissonMean(even, rule.probability) : even;
  return Math.max(mean - room / each, 0);
}
