// A problem as arrays: the data with some settings, ready to be worked with (capacity/problem/problem.py).
// Pairs of site j and point i stand at j * n + i, so that a site's column is in one piece.
/** @import { Data, Problem } from "./types.js" */
import { countsAdmitted, usefulBeds } from "./admitted.js";
import { staysByBeds } from "./promise.js";
import { SettingError } from "./settings.js";
import { readRules } from "./rules.js";

const DAYS_PER_WEEK = 7;
const MINUTES_PER_HOUR = 60;

/** @type {WeakMap<(number|null)[][], Float64Array>} */
const travelled = new WeakMap();

/**
 * Minutes by pair; infinite where there is no way.
 * @param {(number|null)[][]} rows @param {number} points @param {number} sites
 */
function minutesOf(rows, points, sites) {
  const known = travelled.get(rows);
  if (known) return known;
  const minutes = new Float64Array(points * sites);
  for (let i = 0; i < points; i++) {
    for (let j = 0; j < sites; j++) minutes[j * points + i] = rows[i][j] ?? Infinity;
  }
  travelled.set(rows, minutes);
  return minutes;
}

/** The problem of some data (after `changed`). @param {Data} data */
export function problemOf(data) {
  const n = data.points.ids.length;
  const m = data.sites.ids.length;
  const women = womenOf(data);
  /** @type {Problem} */
  const p = {
    data, n, m, women,
    total: sum(women),
    minutes: minutesOf(data.minutes, n, m),
    active: Uint8Array.from(women, (w) => (w > 0 ? 1 : 0)),
    pointRegion: data.points.region,
    siteRegion: data.sites.region,
    regionCount: data.regions.ids.length,
    order: data.sites.order,
    days: data.stay.mean_days,
    money: data.finance,
    promise: data.promise,
    mustHold: data.must_hold,
    countsAdmitted: countsAdmitted(data),
    carried: staysByBeds(data.promise, data.doubt, data.stay.mean_days, data.stays_by_beds),
    limits: sizeLimits(data),
    usefulBeds: 0,
    rules: [],
    admitting: [],
    floor: [],
  };
  p.usefulBeds = usefulBeds(p);
  p.rules = readRules(p);
  p.admitting = p.countsAdmitted ? p.rules.filter((rule) => rule.keptWith) : [];
  p.floor = sizeFloor(p);
  return p;
}

/** The national figure split as the case splits it. @param {Data} data */
function womenOf(data) {
  const given = data.points.women;
  const total = data.demand.women_per_year * data.demand.undetected;
  const factor = total / sum(given);
  return Float64Array.from(given, (w) => w * factor);
}

/** @param {ArrayLike<number>} values */
export function sum(values) {
  let total = 0;
  for (let k = 0; k < values.length; k++) total += values[k];
  return total;
}

/** Smallest and largest number of beds each site may take. @param {Data} data */
function sizeLimits(data) {
  const { smallest, largest } = data.sizes;
  const low = data.sites.smallest.map((k) => Math.max(k, smallest));
  const high = data.sites.largest.map((k) => Math.min(k, largest));
  if (smallest > largest || low.some((k, j) => k > high[j])) {
    throw new SettingError("sizes.smallest", smallest, "sizes");
  }
  return { low, high };
}

/** Least beds of each site, whoever goes there, that a rule asks for. @param {Problem} p */
function sizeFloor(p) {
  const floor = new Array(p.m).fill(0);
  for (const rule of p.rules) {
    if (!rule.leastBeds) continue;
    rule.leastBeds(p).forEach((beds, j) => { floor[j] = Math.max(floor[j], beds); });
  }
  return floor;
}

/**
 * Hours of family travel of one stay, for a way of so many minutes to site j.
 * @param {Problem} p @param {number} minutes @param {number} j
 */
export function hoursPerWoman(p, minutes, j) {
  const { visits_per_week: visits, ambulatory_trips_per_week: trips } = p.data.travel;
  const way = (Number.isFinite(minutes) ? 2 * visits : 1) * minutes;
  return ((way + 2 * trips * p.data.sites.ambulatory_minutes[j]) * p.days) / DAYS_PER_WEEK / MINUTES_PER_HOUR;
}

/**
 * Pairs with a way between them that the rules allow; `all` takes no rule, `near` leaves out those by nearness.
 * @param {Problem} p @param {"rules"|"unlimited"|"all"} [asked]
 */
export function allowedPairs(p, asked = "rules") {
  p.allowed = p.allowed || {};
  if (p.allowed[asked]) return p.allowed[asked];
  const allowed = Uint8Array.from(p.minutes, (t) => (Number.isFinite(t) ? 1 : 0));
  for (const rule of p.rules) {
    if (!rule.allows || asked === "all" || (asked === "unlimited" && rule.pairsByNearness)) continue;
    for (let j = 0; j < p.m; j++) {
      for (let i = 0; i < p.n; i++) if (!rule.allows(p, i, j)) allowed[j * p.n + i] = 0;
    }
  }
  p.allowed[asked] = allowed;
  return allowed;
}

/** Sites no rule excludes outright. @param {Problem} p */
export function allowedSites(p) {
  return Array.from({ length: p.m }, (_, j) => p.rules.every((rule) => !rule.site || rule.site(p, j)));
}
