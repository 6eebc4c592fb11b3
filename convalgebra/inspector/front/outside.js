// What comes from outside, of a link, of Python or of a file: what of it is a state of this page.
import { layersWithin } from "./layers.js";
import { typeOf } from "./model.js";
import { startOf, withAxes } from "./store.js";

const ENUMS = {
  view: ["alone", "transpose", "factors", "held"],
  aside: ["grids", "overlap", "field", "effect"],
  cells: ["names", "values", "none"],
  theme: ["auto", "light", "dark"],
};
const KINDS = ["entry", "row", "column", "weight"];
const PANEL = /^([CTH]|F\d{1,4})$/;
const LARGEST = 9999999;

/** The part of a patch that a state can have; a setting is filled from the start of its type. */
export function sanitized(patch, data) {
  if (!isPlain(patch)) return {};
  const setting = "type" in patch ? sanitizedSetting(patch, data) : null;
  const chosen = Object.entries(ENUMS).filter(([key, options]) => options.includes(patch[key]));
  const held = isPlain(patch.held) ? sanitizedSetting(patch.held, data) : null;
  return {
    ...(setting ?? {}),
    ...("held" in patch ? { held } : {}),
    ...Object.fromEntries(chosen.map(([key]) => [key, patch[key]])),
    ...("pinned" in patch ? { pinned: sanitizedPointing(patch.pinned) } : {}),
    ...("layers" in patch ? { layers: layersWithin(patch.layers) } : {}),
  };
}

const isPlain = (part) => part !== null && typeof part === "object" && !Array.isArray(part);

/** A setting of a type that the page has, each value of the right shape; null without such a type. */
function sanitizedSetting({ type: name, axes, values }, data) {
  const type = typeof name === "string" ? typeOf(data, name) : null;
  if (!type) return null;
  const count = type.axes.includes(axes) ? axes : startOf(type).axes;
  const given = isPlain(values) ? values : {};
  const good = type.controls
    .filter((control) => Object.hasOwn(given, control.key) && hasShape(control, given[control.key], count))
    .map(({ key }) => [key, given[key]]);
  const filled = { ...withAxes(type, count), ...Object.fromEntries(good) };
  return { type: type.name, axes: count, values: filled };
}

/** Whether a value is of the shape that a control has: whether it is legal, conditions say. */
function hasShape(control, value, axes) {
  if (control.kind === "flag") return typeof value === "boolean";
  if (control.kind === "choice") return control.options.includes(value);
  const isWhole = (number) => Number.isInteger(number) && Math.abs(number) <= LARGEST;
  const isSide = control.sides ? isListOf(2, isWhole) : isWhole;
  return (control.per_axis ? isListOf(axes, isSide) : isSide)(value);
}

function isListOf(length, isPart) {
  return (list) => Array.isArray(list) && list.length === length && list.every(isPart);
}

function sanitizedPointing(pointing) {
  if (!isPlain(pointing) || typeof pointing.panel !== "string") return null;
  const { panel, kind, index } = pointing;
  const known = PANEL.test(panel) && KINDS.includes(kind) && Number.isSafeInteger(index) && index >= 0;
  return known ? { panel, kind, index } : null;
}
