// The best set of sites, of all the rules leave (capacity/engines/enumerate.py): each is built from the one before it.
/** @import { Added, Leader, Near, Problem, Search, State, Weighed } from "./types.js" */
import { TIE } from "./tolerances.js";
import { countSets, leastStays, spaceOf } from "./bounds.js";
import { acceptance, addsPain, equivalent, expected, pain, runningCost } from "./objectives.js";
import { countStays, emptyPlan, smallestSizes } from "./plans.js";
import { allowedPairs, hoursPerWoman } from "./problem.js";
import { keepsRules } from "./rules.js";

/** Up to so many sets every one is valued; beyond it those are left out of which it is proven that none is better. */
export const MOST_PLAIN = 3_000_000;

/** Points looked at, one set after another, for a good set to begin with. */
const GUESSING = 2_000_000;

/**
 * Rank of each site for each point (0 the nearest, ties to the lower id), and back. At i * (m + 1) + rank.
 * @param {Problem} p
 */
function nearness(p) {
  const wide = p.m + 1;
  const place = new Int32Array(p.m);
  p.order.forEach((j, k) => { place[j] = k; });
  const rank = new Uint16Array(p.m * p.n);
  const siteAt = new Int32Array(p.n * wide).fill(-1);
  const allowed = allowedPairs(p);
  for (let i = 0; i < p.n; i++) {
    /** @param {number} j */
    const way = (j) => p.minutes[j * p.n + i];
    const ordered = [...p.order].sort((a, b) => (way(a) < way(b) ? -1 : way(a) > way(b) ? 1 : place[a] - place[b]));
    ordered.forEach((j, k) => {
      rank[j * p.n + i] = allowed[j * p.n + i] ? k : p.m;
      siteAt[i * wide + k] = j;
    });
  }
  return { rank, siteAt, place };
}

/**
 * What each pair adds to the objective, with how it is put together; null where plans have to be looked at whole.
 * @param {Problem} p @param {string} objective
 * @returns {Added|null}
 */
function addedByPair(p, objective) {
  /** @type {Object<string, (minutes: number, j: number, women: number) => number>} */
  const kinds = {
    travel: (t, j, women) => women * hoursPerWoman(p, t, j),
    worst: (t) => t,
    reached: (t, j, women) => -women * acceptance(p, t),
    fair: (t, j, women) => women * pain(p, t),
  };
  const each = kinds[objective];
  if (!each || (objective === "fair" && !addsPain(p))) return null;
  /** @type {Added["value"]} */
  const value = (i, j) => (p.active[i] ? each(p.minutes[j * p.n + i], j, p.women[i]) : 0);
  /** @type {Added["whole"]} */
  const whole = objective === "fair" ? (added) => equivalent(p, added, p.total) : (added) => added;
  return { value, whole, largest: objective === "worst" };
}

/**
 * What each point adds at each rank; at the last, where nobody may serve it, no plan is one.
 * @param {Problem} p @param {Near} near @param {Added|null} added
 */
function addedByRank(p, near, added) {
  const wide = p.m + 1;
  const values = new Float64Array(p.n * wide);
  for (let i = 0; i < p.n; i++) {
    for (let k = 0; k < p.m; k++) values[i * wide + k] = added ? added.value(i, near.siteAt[i * wide + k]) : 0;
    values[i * wide + p.m] = p.active[i] ? Infinity : 0;
  }
  return values;
}

/**
 * Of each place in the order of free sites, the least each point adds at that site or a later one.
 * @param {Problem} p @param {Near} near @param {Float64Array} values @param {number[]} free
 * @returns {Float64Array[]}
 */
function leastAhead(p, near, values, free) {
  const ahead = [new Float64Array(p.n).fill(Infinity)];
  for (const j of [...free].reverse()) {
    const after = ahead[0];
    const least = new Float64Array(p.n);
    for (let i = 0; i < p.n; i++) least[i] = Math.min(after[i], values[i * (p.m + 1) + near.rank[j * p.n + i]]);
    ahead.unshift(least);
  }
  return ahead;
}

/**
 * A search that is run a part at a time: run(count) values about so many sets and says whether there are more.
 * `after` are sets already shown: texts of their ids, as `nameOf` writes them.
 * @param {Problem} p @param {string} objective @param {Set<string>} [after]
 * @returns {Search}
 */
export function searching(p, objective, after = new Set()) {
  const space = spaceOf(p);
  /** @type {State} */
  const s = {
    p, objective, after, space,
    near: nearness(p),
    added: addedByPair(p, objective),
    proving: space.sets > MOST_PLAIN,
    plan: emptyPlan(p),
    chosen: [],
    ranks: [startRanks(p)],
    next: 0,
    started: false,
    over: space.sets === 0,
    valued: 0,
    leftOut: 0,
    lowest: Infinity,
    leaders: [],
    tries: 0,
    values: new Float64Array(0),
    least: [],
    ahead: null,
    here: [],
  };
  s.values = addedByRank(p, s.near, s.added);
  for (const j of space.kept) takeNearer(s, s.ranks[0], s.ranks[0], j);
  if (s.proving) {
    prepareProofs(s);
    guess(s);
  }
  return {
    space,
    get valued() { return s.valued; },
    get leftOut() { return s.leftOut; },
    get over() { return s.over; },
    get lowest() { return s.lowest; },
    run: (count) => run(s, count),
    best: () => firstOf(s),
  };
}

/** @param {Problem} p */
function startRanks(p) {
  return new Uint16Array(p.n).fill(p.m);
}

/** @param {State} s */
function prepareProofs(s) {
  s.least = leastStays(s.p);
  s.ahead = s.added ? leastAhead(s.p, s.near, s.values, s.space.free) : null;
  s.here = [new Float64Array(s.p.n).fill(Infinity)];
  for (const j of s.space.kept) takeLess(s, s.here[0], s.here[0], j);
}

/**
 * The least each point adds at the units there are, with one more unit.
 * @param {State} s @param {Float64Array} from @param {Float64Array} to @param {number} j
 */
function takeLess(s, from, to, j) {
  const { n, m } = s.p;
  const { rank } = s.near;
  for (let i = 0; i < n; i++) {
    const value = s.values[i * (m + 1) + rank[j * n + i]];
    to[i] = value < from[i] ? value : from[i];
  }
}

/**
 * Ranks of the nearest units with one more unit.
 * @param {State} s @param {Uint16Array} from @param {Uint16Array} to @param {number} j
 */
function takeNearer(s, from, to, j) {
  const { n } = s.p;
  const start = j * n;
  const { rank } = s.near;
  for (let i = 0; i < n; i++) to[i] = rank[start + i] < from[i] ? rank[start + i] : from[i];
}

/**
 * Value sets in the order of their ids, each after those it holds the beginning of.
 * @param {State} s @param {number} count
 */
function run(s, count) {
  const { free, kept, fewest, most } = s.space;
  let left = count;
  if (!s.started) {
    s.started = true;
    if (kept.length >= fewest) left -= value(s);
  }
  while (left > 0 && !s.over) {
    const depth = s.chosen.length;
    const missing = fewest - kept.length - depth - 1;
    if (kept.length + depth < most && s.next < free.length - Math.max(missing, 0)) {
      left -= open(s, s.next);
    } else if (depth === 0) {
      s.over = true;
    } else {
      s.next = (s.chosen.pop() ?? 0) + 1;
      left -= 0.1;
    }
  }
  return !s.over;
}

/** @param {State} s @param {number} at */
function open(s, at) {
  const { free, kept, fewest } = s.space;
  const depth = s.chosen.length;
  if (!s.ranks[depth + 1]) s.ranks[depth + 1] = startRanks(s.p);
  takeNearer(s, s.ranks[depth], s.ranks[depth + 1], free[at]);
  if (s.ahead) {
    if (!s.here[depth + 1]) s.here[depth + 1] = new Float64Array(s.p.n);
    takeLess(s, s.here[depth], s.here[depth + 1], free[at]);
  }
  s.chosen.push(at);
  s.next = at + 1;
  if (s.proving && nothingBetter(s)) {
    s.leftOut += setsFrom(s);
    s.chosen.pop();
    return 1;
  }
  return kept.length + s.chosen.length >= fewest ? value(s) : 1;
}

// --- a good set to begin with ---------------------------------------------------------------------

/**
 * A set no single change of which is better: what is worse than it need not be valued, and Stop finds it.
 * @param {State} s
 */
function guess(s) {
  const { free, kept, most } = s.space;
  s.tries = Math.ceil(GUESSING / s.p.n);
  const grown = [weigh(s, [])];
  while (grown[0] && kept.length + grown[0].places.length < most) {
    const { places } = grown[0];
    const wider = [...free.keys()].filter((at) => !places.includes(at));
    grown.unshift(leastOf(wider.map((at) => weigh(s, [...places, at]))));
  }
  // From the best of these first, while there are tries left.
  const best = leastOf([leastOf(grown), ...grown.reverse()].map((one) => climbed(s, one)));
  if (best && best.keeps) remember(s, best);
  s.chosen = [];
}

/**
 * What a set comes to: whether it keeps the rules, and the objective; nothing once there were enough.
 * @param {State} s @param {number[]} places
 * @returns {Weighed|null}
 */
function weigh(s, places) {
  s.tries -= 1;
  if (s.tries < 0) return null;
  show(s, places);
  const quick = quickValue(s);
  if (quick === Infinity) return { places, keeps: false, worth: Infinity };
  setPlan(s);
  smallestSizes(s.p, s.plan, s.plan.beds);
  const worth = s.added ? quick : expected(s.p, s.plan, s.objective);
  return { places, keeps: keepsRules(s.p, s.plan) && !s.after.has(nameOf(s.p, s.plan.list)), worth };
}

/** @param {State} s @param {number[]} places */
function show(s, places) {
  s.chosen = [...places].sort((a, b) => a - b);
  const depth = s.chosen.length;
  if (!s.ranks[depth]) s.ranks[depth] = startRanks(s.p);
  if (depth) s.ranks[depth].set(s.ranks[0]);
  for (const at of s.chosen) takeNearer(s, s.ranks[depth], s.ranks[depth], s.space.free[at]);
}

/**
 * The best of some sets: one that keeps the rules before one that does not, and then the lower objective.
 * @param {(Weighed|null)[]} weighed
 * @returns {Weighed|null}
 */
function leastOf(weighed) {
  return weighed.reduce((least, one) => (!least || (one && precedes(one, least)) ? one : least), null);
}

/** @param {Weighed} one @param {Weighed} other */
function precedes(one, other) {
  return one.keeps === other.keeps ? one.worth < other.worth : one.keeps;
}

/**
 * A set no single swap of which is better, from a set on (or none).
 * @param {State} s @param {Weighed|null} start
 */
function climbed(s, start) {
  let best = start;
  for (let better = start; better; better = firstSwap(s, best)) best = better;
  return best;
}

/**
 * The first better set with one site in the place of another.
 * @param {State} s @param {Weighed} best
 */
function firstSwap(s, best) {
  for (const [k] of best.places.entries()) {
    for (const at of s.space.free.keys()) {
      if (best.places.includes(at)) continue;
      const one = weigh(s, best.places.map((was, place) => (place === k ? at : was)));
      if (!one) return null;
      if (precedes(one, best)) return one;
    }
  }
  return null;
}

/** @param {State} s @param {Weighed} best */
function remember(s, best) {
  show(s, best.places);
  setPlan(s);
  smallestSizes(s.p, s.plan, s.plan.beds);
  lead(s, best.worth);
}

/** How many sets begin with the chosen sites. @param {State} s */
function setsFrom(s) {
  const { free, kept, fewest, most } = s.space;
  const here = kept.length + s.chosen.length;
  return countSets(free.length - s.next, fewest - here, most - here);
}

/** Whether no set that begins with the chosen sites is a better plan. @param {State} s */
function nothingBetter(s) {
  return losesStays(s) || boundAbove(s);
}

/**
 * Another unit takes women from a unit and gives it none: one without its least stays stays without them.
 * @param {State} s
 */
function losesStays(s) {
  if (!s.least.length) return false;
  setPlan(s);
  return s.plan.list.some((j) => s.least.some((least) => s.plan.stays[j] < least[j] - TIE * s.p.total));
}

/**
 * Everybody at the best of the chosen sites and all that may follow is no better than the best there is.
 * @param {State} s
 */
function boundAbove(s) {
  if (!s.ahead || !s.added || s.lowest === Infinity) return false;
  const [here, ahead] = [s.here[s.chosen.length], s.ahead[s.next]];
  const { largest } = s.added;
  let total = 0;
  for (let i = 0; i < here.length; i++) {
    const least = here[i] < ahead[i] ? here[i] : ahead[i];
    total = largest ? Math.max(total, least) : total + least;
  }
  const bound = s.added.whole(total);
  return bound > s.lowest + 4 * TIE * Math.abs(s.lowest);
}

/** @param {State} s */
function chosenSites(s) {
  return [...s.space.kept, ...s.chosen.map((at) => s.space.free[at])];
}

/**
 * The objective of the chosen sites, where pairs add up to it; infinite where somebody has no unit.
 * @param {State} s
 */
function quickValue(s) {
  const ranks = s.ranks[s.chosen.length];
  const { values } = s;
  const wide = s.p.m + 1;
  let total = 0;
  if (s.added && s.added.largest) {
    for (let i = 0; i < ranks.length; i++) total = Math.max(total, values[i * wide + ranks[i]]);
  } else {
    for (let i = 0; i < ranks.length; i++) total += values[i * wide + ranks[i]];
  }
  return s.added && total < Infinity ? s.added.whole(total) : total;
}

/** Value the chosen sites, and remember them where no plan is better. @param {State} s */
function value(s) {
  s.valued += 1;
  let worth = quickValue(s);
  if (worth === Infinity || (s.added && worth > cutOff(s.lowest))) return 1;
  setPlan(s);
  smallestSizes(s.p, s.plan, s.plan.beds);
  if (!s.added) worth = expected(s.p, s.plan, s.objective);
  if (worth > cutOff(s.lowest) || !keepsRules(s.p, s.plan)) return 2;
  if (s.after.size && s.after.has(nameOf(s.p, s.plan.list))) return 2;
  lead(s, worth);
  return 2;
}

/** @param {number} lowest */
function cutOff(lowest) {
  return lowest === Infinity ? Infinity : lowest + 2 * TIE * Math.abs(lowest);
}

/** Who goes where, and the stays, of the chosen sites. @param {State} s */
function setPlan(s) {
  const { p, plan, near } = s;
  const wide = p.m + 1;
  const ranks = s.ranks[s.chosen.length];
  for (const j of plan.list) {
    plan.open[j] = 0;
    plan.beds[j] = 0;
  }
  plan.list = chosenSites(s).sort((a, b) => a - b);
  for (const j of plan.list) plan.open[j] = 1;
  for (let i = 0; i < p.n; i++) plan.site[i] = near.siteAt[i * wide + ranks[i]];
  countStays(p, plan);
}

/** A set's text: the ids of its sites in their order. @param {Problem} p @param {number[]} list */
export function nameOf(p, list) {
  return JSON.stringify(list.map((j) => p.data.sites.ids[j]).sort());
}

/**
 * Remember the set in `plan` among those tied for the best.
 * @param {State} s @param {number} worth
 */
function lead(s, worth) {
  const { p, plan } = s;
  const beds = plan.list.reduce((all, j) => all + plan.beds[j], 0);
  const one = { worth, beds, cost: runningCost(p, plan), list: plan.list };
  if (worth < s.lowest) s.lowest = worth;
  else if (s.leaders.some((other) => beats(s, other, one))) return;
  s.leaders = s.leaders.filter((other) => other.worth <= cutOff(s.lowest) && !beats(s, one, other));
  s.leaders.push(one);
}

/**
 * Whether one comes before another whatever is found yet: it is worth no more, and wins what decides between equals.
 * @param {State} s @param {Leader} one @param {Leader} other
 */
function beats(s, one, other) {
  if (one.worth > other.worth) return false;
  if (one.beds !== other.beds) return one.beds < other.beds;
  if (other.cost > one.cost * (1 + TIE)) return true;
  return one.cost <= other.cost && idsBefore(s, one, other);
}

/**
 * Whether one set's sorted ids come before the other's.
 * @param {State} s @param {Leader} one @param {Leader} other
 */
function idsBefore(s, one, other) {
  /** @param {number[]} list */
  const places = (list) => list.map((j) => s.near.place[j]).sort((a, b) => a - b);
  const [a, b] = [places(one.list), places(other.list)];
  for (let k = 0; k < Math.min(a.length, b.length); k++) if (a[k] !== b[k]) return a[k] < b[k];
  return a.length < b.length;
}

/**
 * The first in the order of plans among those tied for the best: fewer beds, lower yearly cost, lower ids.
 * @param {State} s
 */
function firstOf(s) {
  let tied = s.leaders.filter((one) => one.worth <= s.lowest + TIE * Math.abs(s.lowest));
  if (!tied.length) return null;
  const beds = Math.min(...tied.map((one) => one.beds));
  tied = tied.filter((one) => one.beds === beds);
  const cost = Math.min(...tied.map((one) => one.cost));
  tied = tied.filter((one) => one.cost <= cost * (1 + TIE));
  return tied.reduce((first, one) => (idsBefore(s, one, first) ? one : first)).list;
}
