// The state as the fragment of an address, and back: whatever does not fit is left at its start.
import { startOf, withAxes } from "./store.js";
import { typeOf } from "./model.js";

const VIEWS = ["alone", "transpose", "factors", "held"];
const ASIDES = ["grids", "overlap", "field", "effect"];
const CELLS = ["names", "values", "none"];
const THEMES = ["auto", "light", "dark"];
const KINDS = ["entry", "row", "column", "weight"];
const MOST_LAYERS = 12;
const LONGEST_QUOTE = 40;

/** The fragment, without its #, that restores a state. */
export function fragmentOf(state) {
  const found = new URLSearchParams(settingParts(state, ""));
  if (state.held) for (const [key, text] of settingParts(state.held, "held.")) found.append(key, text);
  for (const key of ["view", "aside", "cells", "theme"]) found.append(key, state[key]);
  if (state.pinned) found.append("pin", `${state.pinned.panel}:${state.pinned.kind}:${state.pinned.index}`);
  if (state.layers) found.append("layers", state.layers.map((layer) => layer.join(":")).join(","));
  return found.toString().replaceAll("%2C", ",").replaceAll("%3A", ":");
}

function settingParts({ type, axes, values }, prefix) {
  const parts = Object.entries(values).map(([key, value]) => [`${prefix}${key}`, written(value)]);
  return [[`${prefix}type`, type], [`${prefix}axes`, String(axes)], ...parts];
}

function written(value) {
  if (!Array.isArray(value)) return String(value);
  return value.map((part) => (Array.isArray(part) ? part.join(":") : String(part))).join(",");
}

/** What a fragment says of the state: a patch of what can be read. */
export function stateFrom(fragment, data) {
  const given = new URLSearchParams(fragment.replace(/^#/, ""));
  const setting = settingFrom(given, "", data);
  const held = settingFrom(given, "held.", data);
  const oneOf = (key, list) => (list.includes(given.get(key)) ? { [key]: given.get(key) } : {});
  return {
    ...(setting ?? {}),
    ...(held ? { held } : {}),
    ...oneOf("view", VIEWS),
    ...oneOf("aside", ASIDES),
    ...oneOf("cells", CELLS),
    ...oneOf("theme", THEMES),
    ...(given.has("pin") ? { pinned: pointingFrom(given.get("pin")) } : {}),
    ...(given.has("layers") ? { layers: layersFrom(given.get("layers")) } : {}),
  };
}

/** What a fragment says that cannot be restored, a line each; state = what is shown instead. */
export function faultsOf(fragment, data, state) {
  const given = new URLSearchParams(fragment.replace(/^#/, ""));
  const parts = [...given.keys()];
  if (!parts.length) return [];
  const known = ["type", "held.type", "view", "aside", "cells", "theme", "pin", "layers"];
  if (!parts.some((key) => known.includes(key))) {
    return [`this link cannot be read; shown is ${nameOfType(state.type)}`];
  }
  const faulty = (key, good) => (given.has(key) && !good(given.get(key)) ? [unreadPart(given, key)] : []);
  return [
    ...settingFaults(given, "", data, `shown is ${nameOfType(state.type)}`),
    ...settingFaults(given, "held.", data, "nothing is held"),
    ...faulty("view", (text) => VIEWS.includes(text)),
    ...faulty("aside", (text) => ASIDES.includes(text)),
    ...faulty("cells", (text) => CELLS.includes(text)),
    ...faulty("theme", (text) => THEMES.includes(text)),
    ...faulty("pin", (text) => pointingFrom(text) !== null),
    ...faulty("layers", (text) => layersFrom(text) !== null),
  ];
}

/** What is wrong with the parts of one setting: its type, its axes, its values. */
function settingFaults(given, prefix, data, instead) {
  const name = given.get(`${prefix}type`);
  if (name === null) return [];
  const type = typeOf(data, name);
  if (!type) return [`this link names ${quoted(name)}, which this page does not have; ${instead}`];
  const setting = settingFrom(given, prefix, data);
  const unread = type.controls
    .filter(({ key }) => given.has(`${prefix}${key}`))
    .filter((control) => valueFrom(control, given.get(`${prefix}${control.key}`), setting.axes) === undefined)
    .map(({ key }) => unreadPart(given, `${prefix}${key}`));
  const axes = `${prefix}axes`;
  const otherAxes = given.has(axes) && Number(given.get(axes)) !== setting.axes;
  return [...(otherAxes ? [unreadPart(given, axes)] : []), ...unread];
}

function unreadPart(given, key) {
  return `this link's ${key}=${shortened(given.get(key))} cannot be read`;
}

function quoted(text) {
  return `“${shortened(text)}”`;
}

function shortened(text) {
  return text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text;
}

function nameOfType(name) {
  return name === "own" ? "this operator" : name.replaceAll("_", " ");
}

function settingFrom(given, prefix, data) {
  const type = typeOf(data, given.get(`${prefix}type`) ?? "");
  if (!type) return null;
  const axes = Number(given.get(`${prefix}axes`));
  const start = startOf(type);
  const shared = type.axes.includes(axes) ? axes : start.axes;
  const values = withAxes(type, shared);
  for (const control of type.controls) {
    const read = given.has(`${prefix}${control.key}`)
      ? valueFrom(control, given.get(`${prefix}${control.key}`), shared)
      : undefined;
    if (read !== undefined) values[control.key] = read;
  }
  return { type: type.name, axes: shared, values };
}

/** One value as its control takes it; undefined where it cannot be read. */
function valueFrom(control, text, axes) {
  if (control.kind === "flag") return text === "true" ? true : text === "false" ? false : undefined;
  if (control.kind === "choice") return control.options.find((option) => String(option) === text);
  const parts = text.split(",");
  const read = control.sides ? parts.map((part) => part.split(":").map(wholeFrom)) : parts.map(wholeFrom);
  if (read.flat().some((number) => number === undefined)) return undefined;
  if (control.sides && read.some((pair) => pair.length !== 2)) return undefined;
  if (!control.per_axis) return read.length === 1 ? read[0] : undefined;
  return read.length === axes ? read : undefined;
}

function wholeFrom(text) {
  return /^-?\d{1,7}$/.test(text) ? Number(text) : undefined;
}

function pointingFrom(text) {
  const [panel, kind, index] = text.split(":");
  const at = wholeFrom(index ?? "");
  return KINDS.includes(kind) && at !== undefined && at >= 0 ? { panel, kind, index: at } : null;
}

function layersFrom(text) {
  const layers = text.split(",").map((layer) => layer.split(":").map(wholeFrom));
  const good = layers.every((layer) => layer.length === 4 && !layer.includes(undefined));
  return good && layers.length <= MOST_LAYERS ? layers : null;
}
