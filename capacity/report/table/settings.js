// The case with some settings changed, by the names of `--set` (capacity/problem/settings.py).
/** @import { Data, Settings } from "./types.js" */

const ABOVE_ZERO = ["women_per_year", "mean_days", "years"];
const BELOW_ONE = ["turned_away", "wait_probability", "interest"];
const SHARES = ["turned_away", "wait_probability", "occupancy"];
const WHOLE = ["smallest", "largest"];

/** Settings that are numbers of the data's part of that name: the library reads here what the page can change. */
const NUMBERS = [
  "demand.women_per_year", "demand.undetected", "stay.mean_days",
  "promise.turned_away", "promise.wait_days", "promise.wait_probability", "promise.occupancy",
  "travel.visits_per_week", "travel.ambulatory_trips_per_week", "sizes.smallest", "sizes.largest",
  "finance.unit_dkk_per_year", "finance.bed_dkk_per_year", "finance.occupied_day_dkk", "finance.day_rate_dkk",
  "finance.grant_dkk_per_year", "finance.building_dkk_per_bed", "finance.interest", "finance.years",
  "finance.filling_years", "objective.fair_aversion", "objective.worst_off_share"
];

/** Settings that are one of some words. @type {Object<string, string[]>} */
const CHOICES = { "promise.kind": ["loss", "wait", "occupancy"], "finance.counts": ["all", "admitted"] };

/** What a setting has to be, by how its phrase in the catalogue ends (`table-must-...`): values stand in braces. */
const MUST = {
  "fixed": "the table cannot change it", "setting": "there is no such setting", "rule": "there is no such rule",
  "most": "at most {most}: so far what beds carry is given", "one-of": "one of {choices}", "number": "a finite number",
  "not-negative": "not negative", "above-zero": "above zero", "share": "a share above 0, at most 1",
  "below-one": "below one", "whole": "a whole number, at least one", "at-least-one": "at least one",
  "up-to": "above 0, at most {high}", "part": "the rule is on and has a value {part}",
  "no-part": "the rule has such a value", "table": "true, false or a table", "known": "the table knows the rule",
  "between": "between {low} and {high}", "at-least": "a number, at least {low}", "chance": "at least 0, below 1",
  "ids": "a list of ids", "id": "each id is one of the case",
  "pair": "a pair of whole numbers [fewest, most], most at least 1", "ambulatories": "the case has ambulatories",
  "wards": "the case has neonatal wards", "sizes": "a site allows at least one of the sizes of the case", "site": "the id is that of a site of the case",
  "beds": "beds are a whole number from 1 to {most}, or 0: the promise decides"
};

/** What a setting may not be: `must` names what it has to be, `values` stand in that. */
export class SettingError extends RangeError {
  /** @param {string} key @param {*} value @param {keyof typeof MUST} must @param {Object<string, *>} [values] */
  constructor(key, value, must, values = {}) {
    const rule = MUST[must].replace(/\{(\w+)\}/g, (_, name) => values[name]);
    super(`${key}: ${JSON.stringify(value)}: ${rule}`);
    this.name = "SettingError";
    this.key = key;
    this.value = value;
    this.must = must;
    this.values = values;
    this.rule = rule;
  }
}

/**
 * The data with other parts, and settings changed in the order they are given.
 * @param {Data} data @param {Settings} settings @param {Object<string, *>} [patch]
 * @returns {Data}
 */
export function changed(data, settings, patch = {}) {
  /** @type {Data & Object<string, *>} */
  const after = { ...data, rules: { ...data.rules } };
  for (const key of NUMBERS) {
    const section = key.split(".")[0];
    after[section] = { ...after[section] };
  }
  for (const [path, value] of Object.entries(patch)) put(after, path, value);
  for (const [key, value] of Object.entries(settings)) set(data, after, key, value);
  return after;
}

/** @param {*} after @param {string} path @param {*} value */
function put(after, path, value) {
  const [part, name] = path.split(".");
  if (name === undefined) after[part] = value;
  else after[part] = { ...after[part], [name]: value };
}

/** @param {Data} data @param {*} after @param {string} key @param {*} value */
function set(data, after, key, value) {
  if (data.read_only.some((one) => one.key === key)) throw new SettingError(key, value, "fixed");
  const at = key.indexOf(".");
  const [section, name] = [key.slice(0, at), key.slice(at + 1)];
  if (section === "rules") setRule(data, after.rules, name, value);
  else if (key in CHOICES) after[section][name] = oneOf(key, value, choicesOf(data, key));
  else if (NUMBERS.includes(key)) after[section][name] = asFarAsGiven(data, key, checked(key, name, value));
  else throw new SettingError(key, value, "setting");
}

/**
 * The most beds a unit may have here: as far as what beds carry is given, where it is.
 * @param {Data} data @param {number} [most]
 */
export function mostBeds(data, most = Infinity) {
  return data.stays_by_beds ? Math.min(data.stays_by_beds.length - 1, most) : most;
}

/** @param {Data} data @param {string} key @param {*} value */
function asFarAsGiven(data, key, value) {
  const most = mostBeds(data);
  if (key === "sizes.largest" && value > most) {
    throw new SettingError(key, value, "most", { most });
  }
  return value;
}

/** Waiting with a load in doubt takes more than a page has. @param {Data} data @param {string} key */
function choicesOf(data, key) {
  return data.promise.demand_cv > 0 ? CHOICES[key].filter((kind) => kind !== "wait") : CHOICES[key];
}

/** @param {string} key @param {*} value @param {string[]} choices */
function oneOf(key, value, choices) {
  if (!choices.includes(value)) throw new SettingError(key, value, "one-of", { choices: choices.join(", ") });
  return value;
}

/** @param {string} key @param {string} name @param {*} value */
function checked(key, name, value) {
  if (typeof value !== "number" || !Number.isFinite(value)) throw new SettingError(key, value, "number");
  if (value < 0) throw new SettingError(key, value, "not-negative");
  if (ABOVE_ZERO.includes(name) && value === 0) throw new SettingError(key, value, "above-zero");
  if (SHARES.includes(name) && !(value > 0 && value <= 1)) throw new SettingError(key, value, "share");
  if (BELOW_ONE.includes(name) && value >= 1) throw new SettingError(key, value, "below-one");
  if (WHOLE.includes(name) && !(Number.isInteger(value) && value >= 1)) {
    throw new SettingError(key, value, "whole");
  }
  if (name === "undetected" && value < 1) throw new SettingError(key, value, "at-least-one");
  if (name === "worst_off_share" && !(value > 0 && value <= 1)) throw new SettingError(key, value, "share");
  if (name === "fair_aversion" && !(value > 0 && value <= 10)) throw new SettingError(key, value, "up-to", { high: 10 });
  return value;
}

/** @param {Data} data @param {Object<string, *>} rules @param {string} name @param {*} value */
function setRule(data, rules, name, value) {
  const [rule, part] = name.split(".");
  if (!(rule in data.rules)) throw new SettingError(`rules.${name}`, value, "rule");
  if (part === undefined) {
    rules[rule] = value;
    return;
  }
  const was = rules[rule];
  if (was === null || typeof was !== "object" || !(part in was)) {
    throw new SettingError(`rules.${name}`, value, "part", { part });
  }
  rules[rule] = { ...was, [part]: value };
}

/** Whether a value switches its rule off. @param {*} value */
export function off(value) {
  return value === null || value === undefined || value === false || (Array.isArray(value) && value.length === 0);
}

/**
 * A rule's parameters from its value as in case.toml; null where it is off. `short` is what a plain number stands for,
 * `takes` the names a table may have (null: any).
 * @param {Object<string, *>} rules @param {string} name @param {string|undefined} short
 * @param {Object<string, *>} [usual] @param {string[]|null} [takes]
 */
export function parameters(rules, name, short, usual = {}, takes = null) {
  const value = rules[name];
  if (off(value)) return null;
  if (value === true) return { ...usual };
  if (typeof value === "object" && !Array.isArray(value)) {
    const strange = takes && Object.keys(value).find((key) => !takes.includes(key));
    if (strange) throw new SettingError(`rules.${name}.${strange}`, value[strange], "no-part");
    return { ...usual, ...value };
  }
  if (short === undefined) throw new SettingError(`rules.${name}`, value, "table");
  return { ...usual, [short]: value };
}
