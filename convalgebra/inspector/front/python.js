// The line of Python that builds what is shown.
import { hasDefault } from "./legal.js";

/** The line that makes the operator: `ca.conv(1, 1, (4, 4), 3, stride=2)`; one's own has Python's. */
export function pythonLine(type, values, axes = axesWithin(type, values)) {
  return type.call.python ? withNumbers(type.call.python, values) : writtenCall(type, values, axes);
}

function withNumbers(written, values) {
  const numbers = Object.entries(values).map(([name, value]) => `${name}=${pythonValue(value)}`);
  const whole = / (@|\+) /.test(written) ? `(${written})` : written;
  return numbers.length ? `${whole}.subs(${numbers.join(", ")})` : written;
}

/** The call of the catalogue's function; defaults are left out. */
function writtenCall(type, values, axes) {
  const { function: name, positional, keywords, settled = {} } = type.call;
  const controls = new Map(type.controls.map((control) => [control.key, control]));
  const given = (key) => shortest(controls.get(key), values[key]);
  const written = (key) => (key in settled ? pythonValue(settled[key]) : given(key));
  const known = (key) => key in settled || controls.has(key);
  const told = (key) => key in settled || !hasDefault(type, axes, values, controls.get(key));
  const all = new Set([...keywords, ...Object.keys(settled)]);
  const named = [...all].filter((key) => !positional.includes(key));
  const parts = [
    ...positional.filter(known).map(written),
    ...named.filter((key) => known(key) && told(key)).map((key) => `${key}=${written(key)}`),
  ];
  return `ca.${name}(${parts.join(", ")})`;
}

/** How many axes values are given for. */
function axesWithin(type, values) {
  const lists = type.controls.filter((control) => control.per_axis).map((control) => values[control.key]);
  return lists.find(Array.isArray)?.length ?? 1;
}

/** Writes a control's value: once where all axes are alike; pairs only where the sides differ. */
function shortest(control, value) {
  if (control.python && String(value) in control.python) return control.python[value];
  if (!Array.isArray(value)) return pythonValue(value);
  if (control.key === "input_size") return value.length === 1 ? pythonValue(value[0]) : pythonValue(value);
  if (!control.per_axis) return pythonValue(control.sides && value[0] === value[1] ? value[0] : value);
  const entries = control.sides && value.every(([lo, hi]) => lo === hi) ? value.map(([lo]) => lo) : value;
  const alike = entries.every((entry) => !Array.isArray(entry) && entry === entries[0]);
  return pythonValue(alike ? entries[0] : entries);
}

/** Writes a number, a text, on or off, nothing, or a tuple of them as Python does. */
function pythonValue(value) {
  if (Array.isArray(value)) {
    const inside = value.map(pythonValue).join(", ");
    return value.length === 1 ? `(${inside},)` : `(${inside})`;
  }
  if (typeof value === "boolean") return value ? "True" : "False";
  if (value === null || value === undefined) return "None";
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
