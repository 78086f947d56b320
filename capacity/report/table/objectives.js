// What a plan is judged by (capacity/rules/objectives.py): travel, worst, worst_off, fair, cost, reached.
/** @import { Plan, Problem } from "./types.js" */
import { LEAST_NUMBER } from "./tolerances.js";
import { countedStays } from "./admitted.js";
import { aftercareCost } from "./aftercare.js";
import { fullCost, yearlyCost } from "./finance.js";
import { allowedPairs, hoursPerWoman } from "./problem.js";

const LONG = 600;
const LARGEST_EXPONENT = 700;

export const OBJECTIVES = ["travel", "worst", "worst_off", "fair", "cost", "reached"];

/** Names of the objectives that can be told of a problem's plans. @param {Problem} p */
export function objectivesOf(p) {
  return OBJECTIVES.filter((name) => name !== "reached" || p.data.uptake);
}

/** Minus one for what is to be large. @param {string} name */
export function signOf(name) {
  return name === "reached" ? -1 : 1;
}

/** What is minimised. @param {Problem} p @param {Plan} plan @param {string} name */
export function expected(p, plan, name) {
  return EXPECTED[name](p, plan);
}

/**
 * Sum over points of women times a value of the pair they use.
 * @param {Problem} p @param {Plan} plan @param {(minutes: number, j: number) => number} value
 */
function overWomen(p, plan, value) {
  let total = 0;
  for (let i = 0; i < p.n; i++) {
    const j = plan.site[i];
    if (j >= 0 && p.women[i] > 0) total += p.women[i] * value(p.minutes[j * p.n + i], j);
  }
  return total;
}

/** @param {Problem} p @param {Plan} plan */
function longestWay(p, plan) {
  let longest = 0;
  for (let i = 0; i < p.n; i++) {
    const j = plan.site[i];
    if (j >= 0 && p.active[i]) longest = Math.max(longest, p.minutes[j * p.n + i]);
  }
  return longest;
}

/**
 * Mean way of the share of women who travel longest (capacity/rules/worst_off.py).
 * @param {Problem} p @param {Plan} plan
 */
function meanOfLongest(p, plan) {
  const ways = [];
  for (let i = 0; i < p.n; i++) {
    const j = plan.site[i];
    const t = j >= 0 ? p.minutes[j * p.n + i] : 0;
    ways.push([Number.isFinite(t) ? t : 0, p.women[i]]);
  }
  ways.sort((a, b) => b[0] - a[0]);
  let total = 0;
  for (const [, women] of ways) total += women;
  const meant = p.data.objective.worst_off_share * total;
  let [before, sum] = [0, 0];
  for (const [t, women] of ways) {
    sum += Math.min(Math.max(meant - before, 0), women) * t;
    before += women;
  }
  return meant > 0 ? sum / meant : 0;
}

/** @type {Object<string, (p: Problem, plan: Plan) => number>} */
const EXPECTED = {
  travel: (p, plan) => overWomen(p, plan, (t, j) => hoursPerWoman(p, t, j)),
  worst: longestWay,
  worst_off: meanOfLongest,
  fair,
  cost(p, plan) {
    let standing = 0;
    for (const j of plan.list) standing += fullCost(p.money, plan.beds[j], 0, p.days);
    return standing + p.money.occupied_day_dkk * p.days * paidStays(p, plan) + aftercareCost(p, plan);
  },
  reached: (p, plan) => -overWomen(p, plan, (t) => acceptance(p, t)),
};

/** @param {Problem} p @param {Plan} plan */
function paidStays(p, plan) {
  if (!p.countsAdmitted) return overWomen(p, plan, () => 1);
  let paid = 0;
  for (const j of plan.list) paid += countedStays(p, plan.beds[j], plan.stays[j]);
  return paid;
}

/**
 * Share who accept a place so far away: straight between the points of the curve, level beyond them.
 * @param {Problem} p @param {number} minutes
 */
export function acceptance(p, minutes) {
  const curve = p.data.uptake ?? [[0, 1]];
  if (!Number.isFinite(minutes)) return 0;
  if (minutes <= curve[0][0]) return curve[0][1];
  for (let k = 1; k < curve.length; k++) {
    const [[low, from], [high, to]] = [curve[k - 1], curve[k]];
    if (minutes <= high) return from + ((to - from) / (high - low)) * (minutes - low);
  }
  return curve[curve.length - 1][1];
}

/**
 * Aversion per minute, fixed by the problem: `fair_aversion` x sum(w t) / sum(w t^2), t to the nearest usable site.
 * @param {Problem} p
 */
export function kolmPollakKappa(p) {
  if (p.kappa !== undefined) return p.kappa;
  const allowed = allowedPairs(p);
  let [first, second] = [0, 0];
  for (let i = 0; i < p.n; i++) {
    let near = Infinity;
    for (let j = 0; j < p.m; j++) if (allowed[j * p.n + i]) near = Math.min(near, p.minutes[j * p.n + i]);
    if (!Number.isFinite(near)) continue;
    first += p.women[i] * near;
    second += p.women[i] * near ** 2;
  }
  const aversion = p.data.objective.fair_aversion;
  p.kappa = second > 0 ? (aversion * first) / second : aversion;
  return p.kappa;
}

/**
 * Whether pain is added up as it is: no way is so long that it has to be counted from another.
 * @param {Problem} p
 */
export function addsPain(p) {
  if (p.addsPain === undefined) {
    let farthest = 0;
    for (const t of p.minutes) if (Number.isFinite(t)) farthest = Math.max(farthest, t);
    p.addsPain = kolmPollakKappa(p) * farthest <= LONG;
  }
  return p.addsPain;
}

/** @param {Problem} p @param {number} minutes @param {number} [less] */
export function pain(p, minutes, less = 0) {
  if (!Number.isFinite(minutes)) return 0;
  return Math.exp(Math.min(kolmPollakKappa(p) * minutes - less, LARGEST_EXPONENT));
}

/** @param {Problem} p @param {Plan} plan */
function fair(p, plan) {
  const kappa = kolmPollakKappa(p);
  const start = addsPain(p) ? 0 : Math.floor((kappa * longestWay(p, plan)) / LONG) * LONG;
  const served = overWomen(p, plan, () => 1);
  return equivalent(p, overWomen(p, plan, (t) => pain(p, t, start)), served) + start / kappa;
}

/**
 * The minutes that, equal for all, are as much pain.
 * @param {Problem} p @param {number} suffered @param {number} women
 */
export function equivalent(p, suffered, women) {
  if (!(women > 0)) return 0;
  return Math.log(Math.max(suffered, LEAST_NUMBER) / Math.max(women, LEAST_NUMBER)) / kolmPollakKappa(p);
}

/** Running cost a year of all units: the second tie-breaker. @param {Problem} p @param {Plan} plan */
export function runningCost(p, plan) {
  let cost = 0;
  for (const j of plan.list) cost += yearlyCost(p.money, plan.beds[j], plan.stays[j], p.days);
  return cost;
}
