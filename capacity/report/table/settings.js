// The case with some settings changed, by the names of `--set` (capacity/problem/settings.py).

const ABOVE_ZERO = ["women_per_year", "mean_days", "years"];
const BELOW_ONE = ["turned_away", "wait_probability", "interest"];
const SHARES = ["turned_away", "wait_probability", "occupancy"];
const WHOLE = ["smallest", "largest"];
const KINDS = ["loss", "wait", "occupancy"];

/** Settings of these sections are numbers of the data's part of the same name. */
const NUMBERS = {
  demand: ["women_per_year", "undetected"],
  stay: ["mean_days"],
  promise: ["turned_away", "wait_days", "wait_probability", "occupancy"],
  travel: ["visits_per_week", "ambulatory_trips_per_week"],
  sizes: WHOLE,
  finance: ["unit_dkk_per_year", "bed_dkk_per_year", "occupied_day_dkk", "day_rate_dkk", "grant_dkk_per_year",
    "building_dkk_per_bed", "interest", "years", "filling_years"],
  objective: ["fair_aversion"],
};

/** What a setting may not be. */
export class SettingError extends RangeError {
  constructor(key, value, rule) {
    super(`${key}: ${JSON.stringify(value)}: ${rule}`);
    this.name = "SettingError";
    this.key = key;
    this.value = value;
  }
}

/** The data with other parts, and settings changed in the order they are given. */
export function changed(data, settings, patch = {}) {
  const after = { ...data, rules: { ...data.rules } };
  for (const section of Object.keys(NUMBERS)) after[section] = { ...data[section] };
  for (const [path, value] of Object.entries(patch)) put(after, path, value);
  for (const [key, value] of Object.entries(settings)) set(data, after, key, value);
  return after;
}

function put(after, path, value) {
  const [part, name] = path.split(".");
  if (name === undefined) after[part] = value;
  else after[part] = { ...after[part], [name]: value };
}

function set(data, after, key, value) {
  if (data.read_only.some((one) => one.key === key)) throw new SettingError(key, value, "the table cannot change it");
  const at = key.indexOf(".");
  const [section, name] = [key.slice(0, at), key.slice(at + 1)];
  if (section === "rules") setRule(data, after.rules, name, value);
  else if (key === "promise.kind") after.promise.kind = oneOf(key, value, promiseKinds(data));
  else if (NUMBERS[section] && NUMBERS[section].includes(name)) after[section][name] = checked(key, name, value);
  else throw new SettingError(key, value, "there is no such setting");
}

function promiseKinds(data) {
  return data.promise.demand_cv > 0 ? KINDS.filter((kind) => kind !== "wait") : KINDS;
}

function oneOf(key, value, choices) {
  if (!choices.includes(value)) throw new SettingError(key, value, `one of ${choices.join(", ")}`);
  return value;
}

function checked(key, name, value) {
  if (typeof value !== "number" || !Number.isFinite(value)) throw new SettingError(key, value, "a finite number");
  if (value < 0) throw new SettingError(key, value, "not negative");
  if (ABOVE_ZERO.includes(name) && value === 0) throw new SettingError(key, value, "above zero");
  if (SHARES.includes(name) && !(value > 0 && value <= 1)) throw new SettingError(key, value, "a share");
  if (BELOW_ONE.includes(name) && value >= 1) throw new SettingError(key, value, "below one");
  if (WHOLE.includes(name) && !(Number.isInteger(value) && value >= 1)) {
    throw new SettingError(key, value, "a whole number, at least one");
  }
  if (name === "undetected" && value < 1) throw new SettingError(key, value, "at least one");
  if (name === "fair_aversion" && !(value > 0 && value <= 10)) throw new SettingError(key, value, "above 0, at most 10");
  return value;
}

function setRule(data, rules, name, value) {
  const [rule, part] = name.split(".");
  if (!(rule in data.rules)) throw new SettingError(`rules.${name}`, value, "there is no such rule");
  if (part === undefined) {
    rules[rule] = value;
    return;
  }
  const was = rules[rule];
  if (was === null || typeof was !== "object" || !(part in was)) {
    throw new SettingError(`rules.${name}`, value, `the rule is on and has a value ${part}`);
  }
  rules[rule] = { ...was, [part]: value };
}

/** Whether a value switches its rule off. */
export function off(value) {
  return value === null || value === undefined || value === false || (Array.isArray(value) && value.length === 0);
}

/** A rule's parameters from its value as in case.toml; null where it is off. `short` is what a plain number stands for. */
export function parameters(rules, name, short, usual = {}) {
  const value = rules[name];
  if (off(value)) return null;
  if (value === true) return { ...usual };
  if (typeof value === "object" && !Array.isArray(value)) return { ...usual, ...value };
  if (short === undefined) throw new SettingError(`rules.${name}`, value, "true, false or a table");
  return { ...usual, [short]: value };
}
