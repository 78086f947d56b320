// The sets of sites the rules leave to be valued (capacity/engines/question.py, capacity/rules/bounds.py).
/** @import { Problem } from "./types.js" */
import { ROUNDING } from "./tolerances.js";
import { allowedSites } from "./problem.js";

/**
 * The sets to value: all that hold `kept` and have `fewest` to `most` sites; positions in the order of their ids.
 * @param {Problem} p
 */
export function spaceOf(p) {
  const allowed = allowedSites(p);
  /** @param {number} j */
  const must = (j) => p.rules.some((rule) => rule.kept && rule.kept.has(j));
  let [fewest, most] = [1, p.m];
  for (const rule of p.rules) {
    if (rule.fewest === undefined) continue;
    fewest = Math.max(fewest, rule.fewest);
    most = Math.min(most, rule.most);
  }
  const kept = p.order.filter(must);
  const free = p.order.filter((j) => allowed[j] && !must(j));
  most = Math.min(most, kept.length + free.length);
  if (!kept.every((j) => allowed[j])) most = 0;
  most = Math.min(most, mostUnits(p, allowed));
  const space = { kept, free, fewest: Math.max(fewest, kept.length, 1), most };
  return { ...space, sets: countSets(free.length, space.fewest - kept.length, most - kept.length) };
}

/**
 * How many ways there are to choose from `fewest` to `most` of some sites.
 * @param {number} sites @param {number} fewest @param {number} most
 */
export function countSets(sites, fewest, most) {
  let count = 0;
  for (let k = Math.max(fewest, 0); k <= Math.min(most, sites); k++) count += choose(sites, k);
  return count;
}

/** @param {number} items @param {number} size */
function choose(items, size) {
  let ways = 1;
  for (let k = 1; k <= size; k++) ways = (ways * (items - size + k)) / k;
  return Math.round(ways);
}

/**
 * How many of the allowed sites can be units at once: each has its least stays, and all fit the budgets.
 * @param {Problem} p @param {boolean[]} allowed
 */
function mostUnits(p, allowed) {
  let count = allowed.filter(Boolean).length;
  for (const least of leastStays(p)) {
    let taken = 0;
    const ordered = least.filter((_, j) => allowed[j]).sort((a, b) => a - b);
    const fitting = ordered.filter((stays) => {
      taken += stays;
      return taken <= p.total + ROUNDING * Math.max(1, p.total);
    });
    count = Math.min(count, fitting.length);
  }
  return Math.min(count, mostByBudgets(p, count, allowed));
}

/**
 * Of each rule that says so, the stays a year below which a unit breaks it, by site.
 * @param {Problem} p
 */
export function leastStays(p) {
  return p.rules.flatMap((rule) => {
    const least = rule.leastStays ? rule.leastStays(p) : null;
    return least ? [least] : [];
  });
}

/** @param {Problem} p @param {number} count @param {boolean[]} allowed */
function mostByBudgets(p, count, allowed) {
  const budgets = p.rules.filter((rule) => rule.affords);
  if (!budgets.length || count === 0) return count;
  const low = Math.min(...p.limits.low.filter((_, j) => allowed[j]));
  const fewest = fewestBeds(p, count);
  let most = 0;
  for (let units = 1; units <= count; units++) {
    const beds = Math.max(fewest[units - 1], units * low);
    const fits = Number.isFinite(beds) && budgets.every((rule) => !rule.affords || rule.affords(p, units, beds, p.total, ROUNDING));
    if (fits) most = units;
  }
  return most;
}

/**
 * Beds of 1, 2, ... units together, below which not everybody can be served as promised.
 * @param {Problem} p @param {number} units
 */
function fewestBeds(p, units) {
  if (!p.mustHold || !p.rules.some((rule) => rule.carriesStays)) return new Array(units).fill(0);
  const women = p.total * (1 - ROUNDING);
  const sizes = sizesOf(p);
  if (!sizes.length) return new Array(units).fill(Infinity);
  const carried = sizes.map((beds) => p.carried(beds));
  const enough = carried.findIndex((stays) => stays >= women);
  // One unit that carries everybody, and the smallest size of all others, are beds enough.
  const limit = sizes[enough < 0 ? sizes.length - 1 : enough] * (enough < 0 ? units : 1) + units * sizes[0];
  let most = new Float64Array(limit + 1).fill(-Infinity);
  most[0] = 0;
  return Array.from({ length: units }, () => {
    most = withUnit(most, sizes, carried);
    const reached = most.findIndex((stays) => stays >= women);
    return reached < 0 ? Infinity : reached;
  });
}

/** Sizes that carry the stays a unit must have. @param {Problem} p */
function sizesOf(p) {
  const least = Math.max(0, ...leastStays(p).map((each) => Math.min(...each)));
  const sizes = [];
  for (let beds = Math.min(...p.limits.low); beds <= Math.max(...p.limits.high); beds++) {
    if (p.carried(beds) >= least * (1 - ROUNDING)) sizes.push(beds);
  }
  return sizes;
}

/**
 * The most stays that 0, 1, ... beds carry with one more unit.
 * @param {Float64Array} most @param {number[]} sizes @param {number[]} carried
 */
function withUnit(most, sizes, carried) {
  const wider = new Float64Array(most.length).fill(-Infinity);
  sizes.forEach((size, k) => {
    for (let beds = size; beds < most.length; beds++) {
      wider[beds] = Math.max(wider[beds], most[beds - size] + carried[k]);
    }
  });
  return wider;
}

