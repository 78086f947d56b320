// Stays that money and active practice count: all, or those alone that find a bed free (capacity/problem/promise.py,
// capacity/rules/admitted.py). Of x stays a year some beds admit x (1 - B), which grows with both.
/** @import { Data, Problem } from "./types.js" */
import { SUMS } from "./tolerances.js";
import { DAYS_PER_YEAR, turnedAway } from "./promise.js";

const MOST_DOUBLINGS = 40;
const HALVED = 64;

/** Whether money and active practice leave out who finds every bed taken. @param {Data} data */
export function countsAdmitted(data) {
  return data.finance.counts === "admitted" && data.promise.kind === "loss";
}

/** @param {Problem} p @param {number} beds @param {number} stays */
function admittedStays(p, beds, stays) {
  return stays * (1 - turnedAway(p.promise, p.data.doubt, beds, (stays * p.days) / DAYS_PER_YEAR));
}

/**
 * Stays a year that are counted, of those sent to a unit of so many beds.
 * @param {Problem} p @param {number} beds @param {number} stays
 */
export function countedStays(p, beds, stays) {
  return p.countsAdmitted && stays > 0 ? admittedStays(p, beds, stays) : stays;
}

/**
 * Fewest stays a year of which so many are counted; infinite where the beds hold no so many. Halved from above.
 * @param {Problem} p @param {number} beds @param {number} counted
 */
export function staysForCounted(p, beds, counted) {
  if (!p.countsAdmitted) return counted;
  if (!(counted < ((beds * DAYS_PER_YEAR) / p.days) * (1 - SUMS))) return Infinity;
  if (counted <= 0) return 0;
  let [low, high] = [counted, Math.max(counted, SUMS)];
  let doubled = 0;
  while (admittedStays(p, beds, high) < counted) {
    if ((doubled += 1) >= MOST_DOUBLINGS) return Infinity;
    high *= 2;
  }
  for (let k = 0; k < HALVED; k++) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (admittedStays(p, beds, middle) >= counted) high = middle;
    else low = middle;
  }
  return high;
}

/**
 * Beds of one unit from which on more of them admit nobody more, everybody being there.
 * @param {Problem} p
 */
export function usefulBeds(p) {
  const { largest } = p.data.sizes;
  let beds = 1;
  while (beds < largest && countedStays(p, beds, p.total) < p.total * (1 - SUMS)) beds *= 2;
  return Math.min(beds, largest);
}

/**
 * Stays that so many beds need to have so many counted (a function of beds), each worked out once.
 * @param {Problem} p @param {(beds: number) => number} countedBy
 * @returns {(beds: number) => number}
 */
export function neededStays(p, countedBy) {
  /** @type {number[]} */
  const known = [];
  return (beds) => {
    if (known[beds] === undefined) known[beds] = staysForCounted(p, beds, countedBy(beds));
    return known[beds];
  };
}

/**
 * Of the sizes from `least` on, the first with which a unit keeps what asks for admitted stays; `least` where none does.
 * @param {Problem} p @param {number} j @param {number} stays @param {number} least
 */
export function enoughToKeep(p, j, stays, least) {
  const most = Math.min(p.limits.high[j], Math.max(p.usefulBeds, least));
  for (let beds = least; beds <= most; beds++) {
    if (p.admitting.every((rule) => !rule.keptWith || rule.keptWith(p, stays, beds))) return beds;
  }
  return least;
}
