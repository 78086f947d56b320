// What is on the table: units, settings that differ from the case, plan B; as an address, a file, a command.
/** @import { PageData, TableState } from "./types.js" */

/** @typedef {{units: Object<string, number>, settings: Object<string, *>}} State */

const FORMAT = "capacity table 1";
const SHORT = 16;

/** A state of its own: nothing is shared with another. @param {*} state */
export function copyOf(state) {
  return state && { units: { ...state.units }, settings: structuredClone(state.settings) };
}

/** A value in one form, whatever the order of its keys. @param {*} value @returns {*} */
function plainest(value) {
  if (Array.isArray(value)) return value.map(plainest);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, plainest(value[key])]));
}

/** Whether two values are the same. @param {*} one @param {*} other */
export function same(one, other) {
  return JSON.stringify(plainest(one ?? null)) === JSON.stringify(plainest(other ?? null));
}

/**
 * The state with one setting changed; what the case says is no difference.
 * @param {TableState} state @param {string} key @param {*} value @param {*} ofCase
 */
export function withSetting(state, key, value, ofCase) {
  const settings = { ...state.settings };
  if (same(value, ofCase)) delete settings[key];
  else settings[key] = value;
  return { units: { ...state.units }, settings };
}

/**
 * The state with a site closed (null), or opened with so many beds (0: the promise decides).
 * @param {TableState} state @param {string} site @param {number|null} beds
 */
export function withBeds(state, site, beds) {
  const units = { ...state.units };
  if (beds === null) delete units[site];
  else units[site] = beds;
  return { units, settings: { ...state.settings } };
}

/**
 * The state as the part of an address behind the #.
 * @param {TableState} state @param {TableState|null} planB @param {string} fingerprint
 */
export function toAddress(state, planB, fingerprint) {
  const parts = [`case=${fingerprint.slice(0, SHORT)}`, ...partsOf(state, "")];
  return [...parts, ...(planB ? partsOf(planB, "b-") : [])].join("&");
}

/** @param {TableState} state @param {string} prefix */
function partsOf(state, prefix) {
  const units = Object.entries(state.units).map(([site, beds]) => encodeURIComponent(site) + (beds ? `:${beds}` : ""));
  const set = Object.entries(state.settings).map(([key, value]) => `${encodeURIComponent(key)}:${encodeURIComponent(JSON.stringify(value))}`);
  return [`${prefix}units=${units.join(",")}`, ...(set.length ? [`${prefix}set=${set.join(",")}`] : [])];
}

/**
 * What an address says: {state, planB, fingerprint}; null where it says nothing.
 * @param {string} text
 */
export function fromAddress(text) {
  const parts = new Map(text.replace(/^#/, "").split("&").map((part) => [part.split("=")[0], part.split("=").slice(1).join("=")]));
  if (!parts.has("units")) return null;
  return { state: stateOf(parts, ""), planB: parts.has("b-units") ? stateOf(parts, "b-") : null, fingerprint: parts.get("case") ?? "" };
}

/** @param {Map<string, string>} parts @param {string} prefix */
function stateOf(parts, prefix) {
  /** @param {string} name */
  const pairs = (name) => (parts.get(prefix + name) ?? "").split(",").filter(Boolean).map((one) => one.split(":").map(decodeURIComponent));
  return {
    units: Object.fromEntries(pairs("units").map(([site, beds]) => [site, Number(beds ?? 0)])),
    settings: Object.fromEntries(pairs("set").map(([key, value]) => [key, JSON.parse(value)])),
  };
}

/**
 * The state as a small file: with the case it belongs to, and what its plan comes to.
 * @param {TableState} state @param {TableState|null} planB @param {PageData} data
 * @param {Object<string, *>} figures
 */
export function toFile(state, planB, data, figures) {
  return JSON.stringify({ format: FORMAT, case: caseOf(data), ...state, plan_b: planB, figures }, null, 2) + "\n";
}

/** What says of which case a state is. @param {PageData} data */
export function caseOf(data) {
  const settings = Object.fromEntries([...data.settings, ...data.read_only].map((one) => [one.key, one.value]));
  return { name: data.name, fingerprint: data.fingerprint, points: data.points.ids.length, sites: data.sites.ids.length, settings };
}

/** What a file says: {state, planB, of}; an Error where it is none of ours. @param {string} text */
export function fromFile(text) {
  const said = JSON.parse(text);
  if (said === null || said.format !== FORMAT || typeof said.case?.fingerprint !== "string") throw new Error("format");
  return { state: { units: said.units, settings: said.settings }, planB: said.plan_b ?? null, of: said.case };
}

/**
 * What differs between the case of a file and this one: pairs of [what, there, here].
 * @param {*} of @param {*} here
 */
export function differences(of, here) {
  const plain = ["points", "sites", "name"].filter((what) => what in of && !same(of[what], here[what])).map((what) => [what, of[what], here[what]]);
  const keys = Object.keys(of.settings ?? {}).sort();
  const set = keys.filter((key) => !same(of.settings[key], here.settings[key])).map((key) => [key, of.settings[key], here.settings[key]]);
  return [...plain, ...set];
}

/**
 * Why a state is no state of this case: the name of the first site, beds or setting that does not fit; null where all do.
 * @param {*} state @param {PageData} data
 */
export function misfit(state, data) {
  /** @param {*} one */
  const plainObject = (one) => one !== null && typeof one === "object" && !Array.isArray(one);
  if (!plainObject(state) || !plainObject(state.units) || !plainObject(state.settings)) return "units";
  const sites = new Set(data.sites.ids), keys = new Set(data.settings.map((one) => one.key));
  for (const [site, beds] of Object.entries(state.units)) {
    if (!sites.has(site)) return site;
    if (!Number.isInteger(beds) || beds < 0 || beds > 9999) return `${site} = ${beds}`;
  }
  for (const [key, value] of Object.entries(state.settings)) {
    if (!keys.has(key)) return key;
    const setting = data.settings.find((one) => one.key === key);
    if (!setting || !fits(setting, value)) return `${key} = ${JSON.stringify(value)}`;
  }
  return null;
}

/**
 * Whether a value may stand in a setting.
 * @param {{kind: string, choices?: string[]}} setting @param {*} value
 */
export function fits(setting, value) {
  const isNumber = typeof value === "number" && Number.isFinite(value) && value >= 0;
  switch (setting.kind) {
    case "number": return isNumber;
    case "whole": return isNumber && Number.isInteger(value);
    case "share": return isNumber && value <= 1;
    case "choice": return (setting.choices ?? []).includes(value);
    default: return value === false || value === true || isNumber || (typeof value === "object" && value !== null);
  }
}

/** A value as TOML on one line, as `--set` reads it. @param {*} value @returns {string} */
export function toToml(value) {
  if (Array.isArray(value)) return `[${value.map(toToml).join(", ")}]`;
  if (value !== null && typeof value === "object") return `{${Object.entries(value).map(pairToToml).join(", ")}}`;
  return JSON.stringify(value);
}

/** @param {[string, *]} pair @returns {string} */
function pairToToml([key, value]) {
  return `${bare(key)} = ${toToml(value)}`;
}

/** @param {string} key */
function bare(key) {
  return /^[\w-]+$/.test(key) ? key : JSON.stringify(key);
}

/** A word for a shell. @param {string} word */
export function quoted(word) {
  return /^[\w.=:,/@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/**
 * The command that works out these units, and the one that looks for the best under the same settings.
 * @param {TableState} state @param {string} asked
 */
export function commands(state, asked) {
  const set = Object.entries(state.settings).flatMap(([key, value]) => ["--set", quoted(`${key}=${toToml(value)}`)]);
  const units = Object.entries(state.units).flatMap(([site, beds]) => ["--unit", quoted(beds ? `${site}=${beds}` : site)]);
  /** @param {...string} words */
  const line = (...words) => ["capacity", ...words].filter(Boolean).join(" ");
  return {
    evaluate: line("evaluate", asked, ...set, ...units),
    plan: line("plan", asked, ...set),
    report: line("report", asked, ...set),
  };
}
