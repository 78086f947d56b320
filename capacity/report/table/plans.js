// A plan as arrays: everybody at the nearest open unit they may use (capacity/rules/plans.py, capacity/engines/evaluate.py).
/** @import { Plan, Problem, Units } from "./types.js" */
import { TIE } from "./tolerances.js";
import { enoughToKeep } from "./admitted.js";
import { allowedPairs } from "./problem.js";

/** @type {("rules"|"unlimited"|"all")[]} */
const ASKED = ["rules", "unlimited", "all"];

/** Room for one plan, to be used again and again. @param {Problem} p @returns {Plan} */
export function emptyPlan(p) {
  return {
    list: [],
    open: new Uint8Array(p.m),
    site: new Int32Array(p.n).fill(-1),
    stays: new Float64Array(p.m),
    used: new Int32Array(p.m),
    beds: new Int32Array(p.m),
    smallest: new Int32Array(0),
  };
}

/**
 * Everybody at the nearest open unit they may use, in a plan that may break rules: who may use none of them goes to the
 * nearest beyond the limit, or else to the nearest of all; without a way to any they are not served.
 * @param {Problem} p @param {Units} units
 */
export function nearestPlan(p, units) {
  const plan = emptyPlan(p);
  for (let j = 0; j < p.m; j++) {
    if (!(p.data.sites.ids[j] in units)) continue;
    plan.open[j] = 1;
    plan.list.push(j);
  }
  for (const asked of ASKED) {
    sendNearest(p, plan, allowedPairs(p, asked));
    if (everybodyServed(p, plan)) break;
  }
  countStays(p, plan);
  const smallest = smallestSizes(p, plan);
  for (const j of plan.list) plan.beds[j] = units[p.data.sites.ids[j]] || smallest[j];
  plan.smallest = smallest;
  return plan;
}

/** @param {Problem} p @param {Plan} plan */
function everybodyServed(p, plan) {
  for (let i = 0; i < p.n; i++) if (p.active[i] && plan.site[i] < 0) return false;
  return true;
}

/**
 * Send points that have no unit yet to the nearest open site they may use, ties to the lower id.
 * @param {Problem} p @param {Plan} plan @param {Uint8Array} allowed
 */
function sendNearest(p, plan, allowed) {
  const best = new Float64Array(p.n).fill(Infinity);
  const found = new Int32Array(p.n).fill(-1);
  for (const j of p.order) {
    if (!plan.open[j]) continue;
    const start = j * p.n;
    for (let i = 0; i < p.n; i++) {
      if (allowed[start + i] && p.minutes[start + i] < best[i]) {
        best[i] = p.minutes[start + i];
        found[i] = j;
      }
    }
  }
  for (let i = 0; i < p.n; i++) if (plan.site[i] < 0) plan.site[i] = found[i];
}

/** Women and points with women at each site. @param {Problem} p @param {Plan} plan */
export function countStays(p, plan) {
  plan.stays.fill(0);
  plan.used.fill(0);
  for (let i = 0; i < p.n; i++) {
    const j = plan.site[i];
    if (j < 0) continue;
    plan.stays[j] += p.women[i];
    plan.used[j] += p.active[i];
  }
}

/**
 * Fewest beds of each unit that keep the promise, its limits, its floor and what asks for admitted stays.
 * @param {Problem} p @param {Plan} plan @param {Int32Array} [beds]
 */
export function smallestSizes(p, plan, beds = new Int32Array(p.m)) {
  const carries = p.mustHold && p.rules.some((rule) => rule.carriesStays);
  for (const j of plan.list) {
    let fewest = Math.max(p.limits.low[j], p.floor[j]);
    if (carries) fewest = firstToCarry(p, plan.stays[j] * (1 - TIE), fewest, p.limits.high[j]);
    beds[j] = Math.min(fewest, p.limits.high[j]);
    if (p.admitting.length) beds[j] = enoughToKeep(p, j, plan.stays[j], beds[j]);
  }
  return beds;
}

/**
 * The first number of beds, from `low` up to `high`, that carries the stays; `high` where none does.
 * @param {Problem} p @param {number} stays @param {number} low @param {number} high
 */
function firstToCarry(p, stays, low, high) {
  let beds = low;
  if (beds >= high || p.carried(beds) >= stays) return beds;
  let end = high;
  while (end - beds > 1) {
    const middle = (beds + end) >> 1;
    if (p.carried(middle) >= stays) end = middle;
    else beds = middle;
  }
  return end;
}
