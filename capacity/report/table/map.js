// The map: sites that open and close, areas in colours, what each place is.
/** @import { Box, Drawing, MapState, PageData, Result, Shades, Site, Unit } from "./types.js" */

import { at, draw, make, tell } from "./dom.js";
import { number, say, signed } from "./words.js";

const STEPS = [15, 30, 60, 90, 120];
const FAR = 30;
const COLOURS = 8;
const LETTER = 7.4;
const LINE = 14;
const ONE_LINE = 20;
const WIDE = 560;
const LARGEST = 1.4;

/** What is there before the page begins. @type {any} */
export const NOTHING = null;

/** @type {MapState} */
const MAP = { data: NOTHING, act: NOTHING, sites: [], cells: [], shown: NOTHING, scale: 1, legend: "" };

/**
 * Put sites on the map and make it answer: act.toggle(site), act.beds(site, change).
 * @param {PageData} data @param {{toggle: (site: string) => void, beds: (site: string, by: number) => void}} act
 */
export function startMap(data, act) {
  Object.assign(MAP, { data, act, cells: data.points.ids.map(() => []) });
  if (!at("map")) return;
  drawGround(data.map);
  MAP.sites = data.sites.ids.map((id, k) => siteMark(id, k));
  at("sites").append(...MAP.sites.map((one) => one.mark));
  /** @type {SVGElement} */
  const map = at("map");
  map.addEventListener("pointerover", (event) => detail(event.target));
  map.addEventListener("pointerleave", () => detail(null));
  map.addEventListener("focusin", (event) => detail(event.target));
  map.addEventListener("keydown", (event) => event.target instanceof Element && event.target.classList.contains("cell") && stepped(event));
  const first = firstCell();
  if (first) first.setAttribute("tabindex", "0");
}

/**
 * Sea, land of others, areas, insets with their names, and the scale bar.
 * @param {Drawing} drawing
 */
function drawGround({ frames, height, bar, finer }) {
  const ground = at("ground");
  for (const frame of frames) {
    const [x, y, width, high] = frame.box;
    const cells = frame.cells.map(([i, path]) => {
      const cell = draw("path", { d: path, "data-i": i, role: "img", tabindex: "-1" });
      MAP.cells[i].push(cell);
      return cell;
    });
    const others = frame.others ? draw("path", { class: "k-neighbour", d: frame.others }) : null;
    ground.append(draw("rect", { class: "k-sea", x, y, width, height: high }), draw("g", { transform: `scale(${1 / finer})`, "fill-rule": "evenodd" }, others, ...cells));
    if (!frame.name) continue;
    const side = { x: frame.right ? x + width : x, y: y + high + 12, "text-anchor": frame.right ? "end" : "start" };
    ground.append(draw("rect", { class: "frame", x, y, width, height: high }), draw("text", { class: "k-soft sea", "font-size": 11, ...side }, frame.name));
  }
  for (const [x, y, width, high] of frames.flatMap((frame) => (frame.close ? [frame.close] : []))) ground.append(draw("rect", { class: "frame", x, y, width, height: high }));
  const [long, kilometres] = bar;
  ground.append(
    draw("path", { class: "e-text bar", d: `M12 ${height - 12}h${long}m0-4v5m-${long}-5v5` }),
    draw("text", { class: "k-text h", x: 12 + long / 2, y: height - 18, "text-anchor": "middle", "font-size": 12 }, `${kilometres} km`),
  );
}

/** @param {string} id @param {number} k @returns {Site} */
function siteMark(id, k) {
  const [x, y] = MAP.data.map.sites[k];
  const disc = draw("circle", { cx: x, cy: y });
  const beds = draw("text", { x, "text-anchor": "middle", "font-weight": "bold", class: "k-unit-text" });
  const beside = MAP.data.ambulatories[k];
  const diamond = beside ? draw("path", { class: "k-ambulatory e-unit-edge", "stroke-width": 0.8 }) : null;
  /** @param {KeyboardEvent} event */
  const press = (event) => pressed(event, id);
  const hit = draw("circle", { cx: x, cy: y, class: "hit" });
  const mark = draw(
    "g",
    {
      class: "site", tabindex: "0", role: MAP.data.result ? "img" : "button", "data-site": k,
      click: () => MAP.act.toggle(id),
      keydown: press,
    },
    disc, beds, diamond, hit,
  );
  return { id, x, y, radius: 0, mark, disc, beds, diamond, hit };
}

/** @param {*} event @param {string} id */
function pressed(event, id) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  /** @type {Object<string, () => void>} */
  const doings = { Enter: () => MAP.act.toggle(id), " ": () => MAP.act.toggle(id), "+": () => MAP.act.beds(id, 1), "-": () => MAP.act.beds(id, -1) };
  const does = doings[event.key];
  if (!does) return;
  event.preventDefault();
  does();
}

function firstCell() {
  return MAP.cells.map((group) => group[0]).find(Boolean);
}

/** Arrows move from area to area: to the nearest that lies that way. @param {*} event */
function stepped(event) {
  /** @type {Object<string, number[]>} */
  const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const way = ways[event.key];
  if (!way) return;
  event.preventDefault();
  const here = Number(event.target.dataset.i);
  const places = MAP.data.map.centres;
  let best = null;
  let least = Infinity;
  places.forEach(([x, y], i) => {
    const [dx, dy] = [x - places[here][0], y - places[here][1]];
    const along = dx * way[0] + dy * way[1];
    const across = Math.abs(dx * way[1]) + Math.abs(dy * way[0]);
    if (i !== here && MAP.cells[i].length && along > 0 && along + 2 * across < least) [best, least] = [i, along + 2 * across];
  });
  if (best === null) return;
  event.target.setAttribute("tabindex", "-1");
  MAP.cells[best][0].setAttribute("tabindex", "0");
  MAP.cells[best][0].focus();
}

/** Marks and names grow where the map is small, as on a telephone; whether they have to be shown anew. */
export function fitted() {
  const wide = at("map")?.clientWidth || WIDE;
  const scale = Math.min(LARGEST, Math.max(1, WIDE / wide));
  const anew = Math.abs(scale - MAP.scale) > 0.05;
  if (anew) MAP.scale = scale;
  return anew;
}

/**
 * Show what units come to: marks, names and colours.
 * @param {Result} result @param {Result|null} other @param {string} colours
 */
export function showMap(result, other, colours) {
  MAP.shown = result;
  if (!at("map")) return;
  const units = new Map(result.units.map((unit) => [unit.site_id, unit]));
  const before = new Set(other ? other.units.map((unit) => unit.site_id) : []);
  for (const site of MAP.sites) showSite(site, units.get(site.id), before.has(site.id));
  // What is small lies over what is large, so that both can be clicked; who is moved keeps the keyboard.
  const focused = document.activeElement;
  at("sites").append(...MAP.sites.filter((one) => units.has(one.id)).map((one) => one.mark), ...MAP.sites.filter((one) => !units.has(one.id)).map((one) => one.mark));
  if (focused instanceof SVGElement && at("sites").contains(focused)) focused.focus({ preventScroll: true });
  showNames(units);
  paint(result, other, colours);
}

/** @param {Site} site @param {Unit|undefined} unit @param {boolean} before */
function showSite(site, unit, before) {
  const radius = (unit ? 8 + 2 * Math.sqrt(unit.beds) : before ? 8 : 5) * MAP.scale;
  site.radius = radius;
  site.disc.setAttribute("r", radius);
  site.disc.setAttribute("class", unit ? "k-unit e-unit-edge" : before ? "k-land e-unit" : "k-site e-land");
  site.disc.setAttribute("stroke-width", before && !unit ? 2 : 1.5);
  site.hit.setAttribute("r", Math.max(12 * MAP.scale, radius));
  site.beds.setAttribute("font-size", 14 * MAP.scale);
  site.beds.setAttribute("y", site.y + 5 * MAP.scale);
  tell(site.beds, unit ? String(unit.beds) : "");
  if (site.diamond) {
    const [x, y, s] = unit ? [site.x + 0.74 * radius, site.y - 0.74 * radius, 5.5 * MAP.scale] : [site.x, site.y, 6.5 * MAP.scale];
    site.diamond.setAttribute("d", `M${x} ${y - s}l${s} ${s}-${s} ${s}-${s}-${s}z`);
  }
  if (!MAP.data.result) site.mark.setAttribute("aria-pressed", unit ? "true" : "false");
  site.mark.setAttribute("aria-label", siteSaid(site, unit));
}

/** @param {Site} site @param {Unit|undefined} unit */
function siteSaid(site, unit) {
  const k = MAP.data.sites.ids.indexOf(site.id);
  const name = MAP.data.sites.names[k];
  if (unit) return say("map-beds", { name, beds: unit.beds, stays: number(unit.stays, 1) });
  return say(site.diamond ? "map-closed-ambulatory" : "map-closed", { name });
}

/** Names beside open units, where they cover least. @param {Map<string, Unit>} units */
function showNames(units) {
  const open = MAP.sites.filter((one) => units.has(one.id));
  const taken = MAP.sites.map((one) => [one.x - one.radius, one.y - one.radius, one.x + one.radius, one.y + one.radius]);
  const names = open.map((one) => {
    const lines = broken(MAP.data.short[MAP.data.sites.ids.indexOf(one.id)]);
    const place = placeOf(one, lines, taken);
    taken.push(place.box);
    const spans = lines.map((line, k) => draw("tspan", { x: place.x, dy: k ? LINE * MAP.scale : 0 }, line));
    return draw("text", { x: place.x, y: place.y, "text-anchor": place.anchor, "font-size": 13 * MAP.scale, "font-weight": "bold", class: "k-text h" }, ...spans);
  });
  at("names").replaceChildren(...names);
}

/** A name on one line, or on two of about equal length. @param {string} text */
function broken(text) {
  const breaks = [...text.matchAll(/ /g)].map((found) => found.index);
  if (text.length <= ONE_LINE || !breaks.length) return [text];
  const middle = breaks.reduce((best, k) => (Math.abs(k - text.length / 2) < Math.abs(best - text.length / 2) ? k : best));
  return [text.slice(0, middle), text.slice(middle + 1)];
}

/**
 * Where a name covers least: right, left, above or below its unit.
 * @param {Site} site @param {string[]} lines @param {Box[]} taken
 */
function placeOf(site, lines, taken) {
  const [left, top, width, height] = MAP.data.map.frames[MAP.data.map.sites[MAP.data.sites.ids.indexOf(site.id)][2]].box;
  const wide = LETTER * MAP.scale * Math.max(...lines.map((line) => line.length));
  const line = LINE * MAP.scale;
  const high = line * lines.length;
  const gap = site.radius + 5;
  /** @type {[string, number, number][]} */
  const sides = [
    ["start", site.x + gap, site.y - high / 2], ["end", site.x - gap, site.y - high / 2],
    ["middle", site.x, site.y - gap - high], ["middle", site.x, site.y + gap - 2],
  ];
  const boxes = sides.map(([anchor, x, above]) => {
    const start = anchor === "start" ? x : anchor === "end" ? x - wide : x - wide / 2;
    return { anchor, x, y: above + line - 3, box: [start, above, start + wide, above + high] };
  });
  /** @param {{box: Box}} place */
  const bad = ({ box }) =>
    taken.reduce((sum, other) => sum + overlap(box, other), 0) +
    20 * (Math.max(0, left - box[0]) + Math.max(0, box[2] - left - width) + Math.max(0, top - box[1]) + Math.max(0, box[3] - top - height));
  return boxes.reduce((best, one) => (bad(one) < bad(best) - 1 ? one : best));
}

/** @param {Box} a @param {Box} b */
function overlap(a, b) {
  return Math.max(0, Math.min(a[2], b[2]) - Math.max(a[0], b[0])) * Math.max(0, Math.min(a[3], b[3]) - Math.max(a[1], b[1]));
}

// --- colours ---------------------------------------------------------------------------------

/**
 * Colour the areas by minutes, unit, region, or by what changes from plan B; and say what the colours are.
 * @param {Result} result @param {Result|null} other @param {string} colours
 */
function paint(result, other, colours) {
  const shades = shadesOf(other || colours !== "change" ? colours : "minutes", result, other);
  MAP.cells.forEach((group, i) => {
    const ink = shades.of(i);
    const said = pointSaid(i) + (other ? ` (${say("table-beside-b", { change: signed(changeOf(i, result, other)) })})` : "");
    for (const cell of group) {
      attribute(cell, "class", `cell ${ink}`);
      attribute(cell, "aria-label", said);
    }
  });
  const legend = JSON.stringify(shades.keys);
  if (legend === MAP.legend) return;
  MAP.legend = legend;
  at("legend").replaceChildren(...shades.keys.map(([ink, text]) => sample(draw("rect", { width: 22, height: 14, class: `cell ${ink}` }), text)), ...marks());
}

/**
 * An attribute, where it is not so already: what is as it was need not be drawn anew.
 * @param {Element} element @param {string} name @param {*} value
 */
function attribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** @param {any} mark @param {string} text */
function sample(mark, text) {
  return make("li", {}, draw("svg", { class: "cm swatch", viewBox: "0 0 22 14", width: 22, height: 14, "aria-hidden": "true" }, mark), text);
}

/** What the marks on the map mean. */
function marks() {
  const beside = MAP.data.ambulatories.some(Boolean);
  return [
    sample(draw("circle", { cx: 11, cy: 7, r: 6.5, class: "k-unit" }), say("map-unit")),
    ...(beside ? [sample(draw("path", { d: "M11 1l6 6-6 6-6-6z", class: "k-ambulatory" }), say("map-ambulatory"))] : []),
    sample(draw("circle", { cx: 11, cy: 7, r: 4, class: "k-site" }), say("map-site")),
  ];
}

/** @param {string} colours @param {Result} result @param {Result|null} other @returns {Shades} */
function shadesOf(colours, result, other) {
  if (colours === "change" && other) return byChange(result, other);
  return colours === "unit" ? byUnit(result) : colours === "region" ? byRegion() : byMinutes(result);
}

/** @param {Result} result @returns {Shades} */
function byMinutes(result) {
  /** @param {number} minutes */
  const classOf = (minutes) => `k-near-${STEPS.filter((step) => minutes >= step).length}`;
  const keys = STEPS.map((step, k) => [`k-near-${k}`, k ? say("map-between", { low: STEPS[k - 1], high: step }) : say("map-below", { high: step })]);
  keys.push([`k-near-${STEPS.length}`, say("map-above", { low: STEPS[STEPS.length - 1] })]);
  /** @param {number} i */
  const of = (i) => {
    const { minutes } = result.municipalities[i];
    return minutes === null ? "k-land" : classOf(minutes);
  };
  return { of, keys };
}

/** @param {Result} result @returns {Shades} */
function byUnit(result) {
  const order = result.units.map((unit) => unit.site_id);
  /** @param {string|null} site */
  const ink = (site) => (site === null ? "k-land" : `u-${order.indexOf(site) % COLOURS}`);
  /** @param {string} site */
  const short = (site) => MAP.data.short[MAP.data.sites.ids.indexOf(site)];
  return { of: (i) => ink(result.municipalities[i].site_id), keys: order.map((site) => [ink(site), short(site)]) };
}

/** @returns {Shades} */
function byRegion() {
  const { regions, points } = MAP.data;
  return { of: (i) => `u-${points.region[i] % COLOURS}`, keys: regions.names.map((name, k) => [`u-${k % COLOURS}`, name]) };
}

/** @param {Result} result @param {Result} other @returns {Shades} */
function byChange(result, other) {
  /** @param {number} i */
  const of = (i) => {
    const change = changeOf(i, result, other);
    if (Math.abs(change) < 0.5) return "k-same";
    return `k-${change < 0 ? "nearer" : "farther"}-${Math.abs(change) >= FAR ? 2 : 1}`;
  };
  const keys = [
    ["k-nearer-2", "− " + say("map-nearer", { minutes: FAR })], ["k-nearer-1", "− " + say("map-little-nearer")], ["k-same", say("map-same")],
    ["k-farther-1", "+ " + say("map-little-farther")], ["k-farther-2", "+ " + say("map-farther", { minutes: FAR })],
  ];
  return { of, keys };
}

/** @param {number} i @param {Result} result @param {Result} other */
function changeOf(i, result, other) {
  const [now, was] = [result.municipalities[i].minutes, other.municipalities[i].minutes];
  return now === null || was === null ? 0 : now - was;
}

// --- what a place is ---------------------------------------------------------------------------

/** What is said of a demand point: how far, to which unit. @param {number} i */
function pointSaid(i) {
  const { minutes, site_id: site } = MAP.shown.municipalities[i];
  const name = MAP.data.points.names[i];
  if (minutes === null || site === null) return say("table-nowhere", { name });
  return say("map-to", { name, minutes: number(minutes), unit: MAP.data.short[MAP.data.sites.ids.indexOf(site)] });
}

/** @param {*} target */
function detail(target) {
  const mark = target && target.closest("[aria-label][tabindex], .cell");
  tell(at("detail"), mark && mark !== at("map") ? mark.getAttribute("aria-label") : say("table-hint"));
  const site = mark && mark.dataset.site;
  const unit = site === undefined || site === null ? null : MAP.data.sites.ids[Number(site)];
  const open = unit && MAP.shown.units.some((one) => one.site_id === unit);
  MAP.cells.forEach((group, i) => group.forEach((cell) => cell.classList.toggle("else", Boolean(open) && MAP.shown.municipalities[i].site_id !== unit)));
}
