// The state as the fragment of an address, and back: whatever does not fit is left at its start.
import { typeOf } from "./model.js";
import { sanitized } from "./outside.js";

const CHOSEN = ["view", "aside", "cells", "theme"];
// Before the names of values, so that no name of an operator of one's own is taken for a part of the state.
const VALUE = "v.";
const LONGEST_QUOTE = 40;

/** The fragment, without its #, that restores a state. */
export function fragmentOf(state) {
  const found = new URLSearchParams(settingParts(state, ""));
  if (state.held) for (const [key, text] of settingParts(state.held, "held.")) found.append(key, text);
  for (const key of CHOSEN) found.append(key, state[key]);
  if (state.pinned) found.append("pin", `${state.pinned.panel}:${state.pinned.kind}:${state.pinned.index}`);
  if (state.layers) found.append("layers", state.layers.map((layer) => layer.join(":")).join(","));
  return found.toString().replaceAll("%2C", ",").replaceAll("%3A", ":");
}

function settingParts({ type, axes, values }, prefix) {
  const parts = Object.entries(values).map(([key, value]) => [`${prefix}${VALUE}${key}`, written(value)]);
  return [[`${prefix}type`, type], [`${prefix}axes`, String(axes)], ...parts];
}

function written(value) {
  if (!Array.isArray(value)) return String(value);
  return value.map((part) => (Array.isArray(part) ? part.join(":") : String(part))).join(",");
}

/** What a fragment says of the state: a patch of what can be read. */
export function stateFrom(fragment, data) {
  const given = new URLSearchParams(fragment.replace(/^#/, ""));
  const read = {
    ...settingFrom(given, "", data),
    ...Object.fromEntries(CHOSEN.filter((key) => given.has(key)).map((key) => [key, given.get(key)])),
    ...(given.has("pin") ? { pinned: pointingFrom(given.get("pin")) } : {}),
    ...(given.has("layers") ? { layers: layersFrom(given.get("layers")) } : {}),
  };
  const held = settingFrom(given, "held.", data);
  return sanitized(held ? { ...read, held } : read, data);
}

/** What a fragment says that cannot be restored, a line each; state = what is shown instead. */
export function faultsOf(fragment, data, state) {
  const given = new URLSearchParams(fragment.replace(/^#/, ""));
  const parts = [...given.keys()];
  if (!parts.length) return [];
  const known = ["type", "held.type", ...CHOSEN, "pin", "layers"];
  if (!parts.some((key) => known.includes(key))) {
    return [`this link cannot be read; shown is ${nameOfType(state.type)}`];
  }
  const faulty = (key, good) => (given.has(key) && !good(given.get(key)) ? [unreadPart(given, key)] : []);
  return [
    ...settingFaults(given, "", data, `shown is ${nameOfType(state.type)}`),
    ...settingFaults(given, "held.", data, "nothing is held"),
    ...CHOSEN.flatMap((key) => faulty(key, (text) => key in sanitized({ [key]: text }, data))),
    ...faulty("pin", (text) => sanitized({ pinned: pointingFrom(text) }, data).pinned !== null),
    ...faulty("layers", (text) => sanitized({ layers: layersFrom(text) }, data).layers !== null),
  ];
}

/** What is wrong with the parts of one setting: its type, its axes, its values. */
function settingFaults(given, prefix, data, instead) {
  const name = given.get(`${prefix}type`);
  if (name === null) return [];
  const setting = settingFrom(given, prefix, data);
  if (!setting) return [`this link names ${quoted(name)}, which this page does not have; ${instead}`];
  const unread = Object.keys(setting.values)
    .filter((key) => setting.values[key] === undefined)
    .map((key) => unreadPart(given, given.has(prefix + VALUE + key) ? prefix + VALUE + key : prefix + key));
  const axes = `${prefix}axes`;
  const otherAxes = given.has(axes) && Number(given.get(axes)) !== setting.axes;
  return [...(otherAxes ? [unreadPart(given, axes)] : []), ...unread];
}

function unreadPart(given, key) {
  return `this link's ${key.replace(VALUE, "")}=${shortened(given.get(key))} cannot be read`;
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

/** The setting that a fragment has under a prefix, only what can be read of it; null where it has none. */
function settingFrom(given, prefix, data) {
  const type = typeOf(data, given.get(`${prefix}type`) ?? "");
  if (!type) return null;
  const axes = Number(given.get(`${prefix}axes`));
  const count = type.axes.includes(axes) ? axes : type.start.axes;
  const read = type.controls
    .map((control) => [control, givenText(given, prefix, type, control.key)])
    .filter(([, text]) => text !== null)
    .map(([control, text]) => [control.key, valueFrom(control, text, count)]);
  return { type: type.name, axes: count, values: Object.fromEntries(read) };
}

/** The text of a value; links of before the prefix are read where no name can be another's. */
function givenText(given, prefix, type, key) {
  const old = type.name === "own" ? null : given.get(`${prefix}${key}`);
  return given.get(`${prefix}${VALUE}${key}`) ?? old;
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
  return { panel, kind, index: wholeFrom(index ?? "") };
}

function layersFrom(text) {
  return text.split(",").map((layer) => layer.split(":").map(wholeFrom));
}
