// Beds: how many stays a year a unit carries under a promise (capacity/problem/promise.py).
/** @import { Doubt, Promised } from "./types.js" */
import { WHOLE_NUMBER, BISECTED } from "./tolerances.js";

export const DAYS_PER_YEAR = 365;
const HALVINGS = 64;
const MOST_REMEMBERED = 64;

/**
 * Share of women who find every bed taken, by Erlang's loss formula.
 * @param {number} beds @param {number} load
 */
export function erlangB(beds, load) {
  let lost = 1;
  for (let step = 1; step <= beds; step++) lost = (load * lost) / (step + load * lost);
  return lost;
}

/**
 * Chance of having to wait; 1 where the load fills the beds.
 * @param {number} beds @param {number} load
 */
export function erlangC(beds, load) {
  if (!(load < beds)) return 1;
  const lost = erlangB(beds, load);
  return (beds * lost) / (beds - load * (1 - lost));
}

/**
 * Chance of waiting longer than the promise's days.
 * @param {number} beds @param {number} load @param {number} waitDays @param {number} meanDays
 */
export function waitExceeds(beds, load, waitDays, meanDays) {
  return erlangC(beds, load) * Math.exp((-Math.max(beds - load, 0) * waitDays) / meanDays);
}

/**
 * Share turned away, the load being known or in doubt (then the mean over the loads it may be).
 * @param {Promised} promise @param {Doubt} doubt @param {number} beds @param {number} load
 */
export function turnedAway(promise, doubt, beds, load) {
  if (promise.demand_cv === 0 || doubt === null) return erlangB(beds, load);
  let share = 0;
  for (let k = 0; k < doubt.factor.length; k++) share += erlangB(beds, load * doubt.factor[k]) * doubt.weight[k];
  return share;
}

/**
 * @param {Promised} promise @param {Doubt} doubt @param {number} beds @param {number} load
 * @param {number} meanDays
 */
function kept(promise, doubt, beds, load, meanDays) {
  if (promise.kind === "loss") return turnedAway(promise, doubt, beds, load) <= promise.turned_away;
  if (!(load < beds)) return false;
  return waitExceeds(beds, load, promise.wait_days, meanDays) <= promise.wait_probability;
}

/**
 * Highest offered load that beds carry under the promise: halved to the last bit, from below.
 * @param {Promised} promise @param {Doubt} doubt @param {number} beds @param {number} meanDays
 */
export function greatestLoad(promise, doubt, beds, meanDays) {
  if (promise.kind === "occupancy") return promise.occupancy * beds;
  let low = 0;
  let high = beds / (1 - promise.turned_away) + 1;
  for (let k = 0; k < HALVINGS; k++) {
    const middle = (low + high) / 2;
    if (kept(promise, doubt, beds, middle, meanDays)) low = middle;
    else high = middle;
  }
  return low;
}

const remembered = new Map();

/**
 * Loads that 0, 1, ... beds carry, worked out as they are asked for; only waiting depends on the mean stay.
 * @param {Promised} promise @param {Doubt} doubt @param {number} meanDays
 */
function loads(promise, doubt, meanDays) {
  const own = promise.kind === "wait" ? [promise.wait_days, promise.wait_probability, promise.turned_away, meanDays]
    : promise.kind === "loss" ? [promise.turned_away, promise.demand_cv] : [promise.occupancy];
  const key = JSON.stringify([promise.kind, ...own]);
  if (!remembered.has(key)) {
    if (remembered.size >= MOST_REMEMBERED) remembered.clear();
    remembered.set(key, []);
  }
  return remembered.get(key);
}

/**
 * A function of beds: the greatest number of stays a year they carry. Given numbers are taken where there are any.
 * @param {Promised} promise @param {Doubt} doubt @param {number} meanDays @param {number[]|null} given
 * @returns {(beds: number) => number}
 */
export function staysByBeds(promise, doubt, meanDays, given) {
  if (given) {
    return (beds) => {
      if (beds < given.length) return given[beds];
      throw new RangeError(`what ${beds} beds carry is not given`);
    };
  }
  const known = loads(promise, doubt, meanDays);
  return (beds) => {
    while (known.length <= beds) known.push(greatestLoad(promise, doubt, known.length, meanDays));
    return (known[beds] * DAYS_PER_YEAR) / meanDays;
  };
}

/**
 * Occupancy and share turned away of a unit.
 * @param {Promised} promise @param {Doubt} doubt @param {number} beds @param {number} stays
 * @param {number} meanDays
 */
export function useOfUnit(promise, doubt, beds, stays, meanDays) {
  const load = (stays * meanDays) / DAYS_PER_YEAR;
  const lost = turnedAway(promise, doubt, beds, load);
  const carried = promise.kind === "loss" ? load * (1 - lost) : load;
  return { occupancy: beds ? carried / beds : 0, turned_away: lost };
}

const means = new Map();

/**
 * Least mean at which a Poisson year has at least so many stays with the given probability.
 * @param {number} stays @param {number} probability
 */
export function poissonMean(stays, probability) {
  const least = Math.ceil(stays - WHOLE_NUMBER);
  if (least <= 0) return 0;
  const key = `${least} ${probability}`;
  if (!means.has(key)) {
    if (means.size >= 4096) means.clear();
    means.set(key, bisectedMean(least, probability));
  }
  return means.get(key);
}

/** @param {number} least @param {number} probability */
function bisectedMean(least, probability) {
  let low = 0;
  let high = 2 * least + 20;
  while (poissonTail(least, high) < probability) high *= 2;
  while (high - low > BISECTED * high) {
    const middle = (low + high) / 2;
    if (poissonTail(least, middle) < probability) low = middle;
    else high = middle;
  }
  return high;
}

/** @param {number} least @param {number} mean */
function poissonTail(least, mean) {
  let term = Math.exp(-mean);
  let below = 0;
  for (let count = 0; count < least; count++) {
    below += term;
    term *= mean / (count + 1);
  }
  return 1 - below;
}
