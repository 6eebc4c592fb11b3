// Which values of a control are legal: found by trying, with the conditions that Python sends.
import { evaluate } from "./expressions.js";

export const AXIS_NAMES = { 1: ["length"], 2: ["height", "width"], 3: ["depth", "height", "width"] };
const MOST_TRIED = 512;
const RELATIONS = {">=": "≥", "<=": "≤", ">": ">", "<": "<", "==": "=", "!=": "≠"};
const OPPOSITES = {">=": "<", "<=": ">", ">": "≤", "<": "≥", "==": "≠", "!=": "="};

/** The variant of a type that a setting selects, or undefined. */
export function variantOf(type, axes, values) {
  return type.variants.find(({ when }) => fits(when, axes, values));
}

/** The places of a control: for each its axis, its side ("lo", "hi") and its flattened key. */
export function placesOf(control, axes) {
  const along = control.per_axis ? [...Array(axes).keys()] : [null];
  const sides = control.sides ? ["lo", "hi"] : [null];
  return along.flatMap((axis) => sides.map((side) => {
    const key = [control.key, axis, side].filter((part) => part !== null).join("_");
    return { axis, side, key };
  }));
}

/** What a control's value is at a place. */
export function placeValue(value, place) {
  const ofAxis = Array.isArray(value) && place.axis !== null ? value[place.axis] : value;
  return Array.isArray(ofAxis) && place.side !== null ? ofAxis[place.side === "lo" ? 0 : 1] : ofAxis;
}

/** A control's value with a new number at some places; the given one is left as it is. */
export function withPlaceValue(control, axes, value, places, number) {
  if (!control.per_axis && !control.sides) return number;
  const given = new Set(places.map(({ key }) => key));
  const told = (place) => (given.has(place.key) ? number : placeValue(value, place));
  const all = placesOf(control, axes);
  const ofAxis = (axis) => {
    const here = all.filter((place) => place.axis === axis).map(told);
    return control.sides ? here : here[0];
  };
  return control.per_axis ? [...Array(axes).keys()].map(ofAxis) : ofAxis(null);
}

/** What a control is at a place unless it is given: a value, or worked out from others along its axis. */
function defaultAt(type, values, control, place) {
  const side = Array.isArray(control.default) && place.side === "hi" ? 1 : 0;
  const usual = Array.isArray(control.default) ? control.default[side] : control.default;
  if (usual === null || typeof usual !== "object") return usual;
  const along = { axis: place.axis, side: null };
  const read = type.controls.map(({ key }) => [key, placeValue(values[key], along)]);
  return evaluate(usual, Object.fromEntries(read));
}

/** Whether a control has its default at every place; one without a default never has. */
export function hasDefault(type, axes, values, control) {
  if (control.default === null || control.default === undefined) return false;
  return placesOf(control, axes).every((place) =>
    placeValue(values[control.key], place) === defaultAt(type, values, control, place));
}

/** The settings under the names that expressions use: kernel_size_0, padding_1_lo, in_channels. */
export function flattened(values) {
  const flat = {};
  for (const [key, value] of Object.entries(values)) {
    if (!Array.isArray(value)) flat[key] = value;
    else value.forEach((part, axis) => {
      if (Array.isArray(part)) [flat[`${key}_${axis}_lo`], flat[`${key}_${axis}_hi`]] = part;
      else flat[`${key}_${axis}`] = part;
    });
  }
  return flat;
}

/** Whether a setting is one that a variant or a formula is for; a list is any of its values. */
export function fits(when, axes, values) {
  return Object.entries(when).every(([key, wanted]) => {
    const is = key === "axes" ? axes : values[key];
    return Array.isArray(wanted) ? wanted.includes(is) : wanted === is;
  });
}

/** Whether a condition holds; one that cannot be told for these numbers does not. */
export function holds(expression, flat) {
  try {
    return Boolean(evaluate(expression, flat));
  } catch {
    return false;
  }
}

/** The names in an expression. */
function namesWithin(expression, found = new Set()) {
  if (expression === null || typeof expression !== "object") return found;
  if ("name" in expression) found.add(expression.name);
  for (const part of expression.args ?? []) namesWithin(part, found);
  return found;
}

/** The controls that an expression speaks of. */
function controlsWithin(type, axes, expression) {
  const names = namesWithin(expression);
  return type.controls
    .filter((control) => placesOf(control, axes).some((place) => names.has(place.key)))
    .map((control) => control.key);
}

/** The places whose value is outside the bounds or the options of their control. */
function outOfBounds(type, axes, flat) {
  const found = [];
  for (const control of type.controls) {
    for (const place of placesOf(control, axes)) {
      const text = boundsBroken(control, flat[place.key]);
      if (text) found.push({ text, mathml: null, here: null, controls: [control.key], keys: [place.key] });
    }
  }
  return found;
}

/** What is wrong with a value by itself, or null. */
function boundsBroken(control, value) {
  const name = control.key.replaceAll("_", " ");
  if (control.kind === "flag") return typeof value === "boolean" ? null : `${name} is on or off`;
  if (control.kind === "choice") {
    return control.options.includes(value) ? null : `${name} is one of ${control.options.join(", ")}`;
  }
  if (!Number.isInteger(value)) return `${name} is a whole number`;
  if (Number.isFinite(control.least) && value < control.least) {
    return `${name} ${signedText(value)}: at least ${signedText(control.least)}`;
  }
  if (Number.isFinite(control.most) && value > control.most) {
    return `${name} ${value}: at most ${control.most} on this page`;
  }
  return null;
}

/** Why values are not legal, [] where they are: { text, mathml, here, controls, keys } each. */
export function reasonsAgainst(type, axes, values) {
  const flat = flattened(values);
  const bounds = outOfBounds(type, axes, flat);
  if (bounds.length) return bounds;
  const variant = variantOf(type, axes, values);
  if (!variant) return [noVariant(type, axes, values)];
  const broken = variant.conditions.filter((condition) => !holds(condition.expression, flat));
  return broken.map((condition) => ({
    text: condition.text,
    mathml: condition.mathml,
    here: failureIn(condition.expression, flat),
    controls: controlsWithin(type, axes, condition.expression),
    keys: [...namesWithin(condition.expression)],
  }));
}

/** Says that there is no structure for a setting, and of which controls that depends. */
function noVariant(type, axes, values) {
  const asked = new Set(type.variants.flatMap(({ when }) => Object.keys(when)));
  const controls = type.controls.map(({ key }) => key).filter((key) => asked.has(key));
  const settled = controls.map((key) => `${key.replaceAll("_", " ")} ${values[key]}`).join(", ");
  const text = type.axes.includes(axes) ? `${settled}: this page does not hold that setting`
    : `axes = ${axes}: ${type.name} has ${type.axes.join(", ")} here`;
  return { text, mathml: null, here: null, controls, keys: [] };
}

/** Whether a number at some places of a control breaks nothing that speaks of them. */
function isLegalAt(type, axes, values, flat, control, places, number) {
  if (boundsBroken(control, number)) return false;
  const keys = new Set(places.map((place) => place.key));
  const tried = { ...flat };
  for (const key of keys) tried[key] = number;
  const value = withPlaceValue(control, axes, values[control.key], places, number);
  const changed = { ...values, [control.key]: value };
  const variant = variantOf(type, axes, changed);
  if (!variant) return false;
  const structural = control.kind !== "size";
  return variant.conditions.every((condition) => {
    const speaks = structural || [...namesWithin(condition.expression)].some((name) => keys.has(name));
    return !speaks || holds(condition.expression, tried);
  });
}

/** The legal values at some places of a control, least first, the others being as they are. */
export function legalValues(type, axes, values, control, places) {
  const flat = flattened(values);
  return valuesToTry(control).filter((value) =>
    isLegalAt(type, axes, values, flat, control, places, value));
}

/** The values to try for a control. */
function valuesToTry(control) {
  if (control.kind === "flag") return [false, true];
  if (control.kind === "choice") return control.options;
  const least = control.least ?? 1;
  const most = Math.min(control.most ?? least + MOST_TRIED, least + MOST_TRIED);
  return Array.from({ length: Math.max(0, most - least + 1) }, (_, i) => least + i);
}

/** The one of some numbers that is nearest, the lower of two; null of none. */
export function nearestOf(numbers, wanted) {
  const closer = (best, number) => Math.abs(number - wanted) < Math.abs(best - wanted) ? number : best;
  return numbers.length ? numbers.reduce(closer) : null;
}

/** Writes legal numbers shortly: "1 … 4", "1, 2, 4", "1, 3, 5 … 63". */
export function rangeText(numbers) {
  if (!numbers.length) return "none";
  const [first, last] = [numbers[0], numbers[numbers.length - 1]];
  if (numbers.length === 1) return `only ${signedText(first)}`;
  const whole = last - first === numbers.length - 1;
  if (whole && numbers.length > 2) return `${signedText(first)} … ${signedText(last)}`;
  if (numbers.length <= 5) return numbers.map(signedText).join(", ");
  return `${numbers.slice(0, 3).map(signedText).join(", ")} … ${signedText(last)}`;
}

/** Writes a number with a true minus sign. */
export function signedText(number) {
  return String(number).replace("-", "−");
}

/** Write what the numbers make of a condition that does not hold: "3 < 5", "3 mod 2 = 1, not 0". */
function failureIn(expression, flat) {
  if (expression === null || typeof expression !== "object") return null;
  if (expression.op === "and") {
    const part = expression.args.find((one) => !holds(one, flat));
    return part === undefined ? null : failureIn(part, flat);
  }
  if (!(expression.op in OPPOSITES)) return spelled(expression, flat);
  const [left, right] = expression.args.map((side) => settledNumber(side, flat));
  const put = spelled(expression.args[0], flat);
  if (expression.op === "==" && put !== left) return `${put} = ${left}, not ${right}`;
  return `${left} ${OPPOSITES[expression.op]} ${right}`;
}

/** Writes what an expression comes to. */
function settledNumber(expression, flat) {
  try {
    const value = evaluate(expression, flat);
    return signedText(Number.isInteger(value) ? value : Number(value.toPrecision(4)));
  } catch {
    return "?";
  }
}

/** Writes an expression with numbers in place of its names. */
function spelled(expression, flat, tightness = 0) {
  if (expression === null || typeof expression !== "object") return bracketed(expression, tightness);
  if ("name" in expression) return bracketed(flat[expression.name] ?? expression.name, tightness);
  const { op, args } = expression;
  const inside = (text, own) => own < tightness ? `(${text})` : text;
  if (op in RELATIONS) return inside(args.map((a) => spelled(a, flat, 1)).join(` ${RELATIONS[op]} `), 0);
  if (op === "and" || op === "or") return inside(args.map((a) => spelled(a, flat, 1)).join(` ${op} `), 0);
  if (op === "+") return inside(spelledSum(args, flat), 1);
  if (op === "*") return inside(args.map((a) => spelled(a, flat, 2)).join("·"), 2);
  if (op === "/") return inside(args.map((a) => spelled(a, flat, 3)).join("/"), 2);
  if (op === "^") return inside(`${spelled(args[0], flat, 4)}^${spelled(args[1], flat, 4)}`, 3);
  if (op === "mod") return inside(args.map((a) => spelled(a, flat, 3)).join(" mod "), 2);
  if (op === "floor") return `⌊${spelled(args[0], flat)}⌋`;
  if (op === "ceil") return `⌈${spelled(args[0], flat)}⌉`;
  if (op === "abs") return `|${spelled(args[0], flat)}|`;
  return `${op}(${args.map((a) => spelled(a, flat)).join(", ")})`;
}

/** Writes a number, in brackets where it is negative within something. */
function bracketed(value, tightness) {
  const text = signedText(value);
  return tightness > 1 && text.startsWith("−") ? `(${text})` : text;
}

/** Writes a sum, what is subtracted with a minus, what is positive first. */
function spelledSum(terms, flat) {
  const split = terms.map((term) => {
    const negative = minusOf(term);
    return { minus: negative !== null, text: spelled(negative ?? term, flat, 1) };
  });
  const ordered = [...split.filter((term) => !term.minus), ...split.filter((term) => term.minus)];
  return ordered.map((term, i) => {
    const minus = term.minus !== term.text.startsWith("−");
    const text = term.text.replace(/^−/, "");
    if (i === 0) return minus ? `−${text}` : text;
    return `${minus ? "−" : "+"} ${text}`;
  }).join(" ");
}

/** The x of -x, -2*x as 2*x, or null for what is not subtracted. */
function minusOf(term) {
  if (typeof term === "number") return term < 0 ? -term : null;
  if (!term || term.op !== "*") return null;
  const at = term.args.findIndex((factor) => typeof factor === "number" && factor < 0);
  if (at < 0) return null;
  const rest = term.args.filter((_, i) => i !== at);
  if (term.args[at] === -1) return rest.length === 1 ? rest[0] : { op: "*", args: rest };
  return { op: "*", args: [-term.args[at], ...rest] };
}
