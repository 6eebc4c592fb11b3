// The line of Python that builds what is shown.

/** Return the call that makes the operator: `ca.conv(1, 1, (4, 4), 3, stride=2)`; defaults are left out. */
export function pythonLine(type, values, axes = axesWithin(type, values)) {
  const call = type.call;
  const settled = call.settled ?? {};
  const controls = new Map(type.controls.map((control) => [control.key, control]));
  const written = (key) => {
    if (key in settled) return pythonValue(settled[key]);
    if (controls.has(key)) return shortest(controls.get(key), ofAxes(controls.get(key), values[key], axes));
    return pythonValue(values[key]);
  };
  const known = (key) => key in settled || key in values;
  const keywords = [...new Set([...call.keywords, ...Object.keys(settled)])]
    .filter((key) => known(key) && !call.positional.includes(key))
    .filter((key) => key in settled || !isDefault(controls.get(key), values[key], axes));
  const parts = [
    ...call.positional.filter(known).map(written),
    ...keywords.map((key) => `${key}=${written(key)}`),
  ];
  return `ca.${call.function}(${parts.join(", ")})`;
}

/** Return how many axes values are given for. */
function axesWithin(type, values) {
  const lists = type.controls.filter((control) => control.per_axis).map((control) => values[control.key]);
  return lists.find(Array.isArray)?.length ?? 1;
}

/** Return a control's value with one entry per axis where it has them. */
function ofAxes(control, value, axes) {
  return control.per_axis && Array.isArray(value) ? value.slice(0, axes) : value;
}

/** Say whether a control's value is its default on every axis and side. */
function isDefault(control, value, axes) {
  if (!control || control.default === undefined) return false;
  const given = [ofAxes(control, value, axes)].flat(2);
  const usual = [control.default].flat(2);
  return given.every((one, i) => one === (usual.length === 1 ? usual[0] : usual[i]));
}

/** Write a control's value: once where all axes are alike; pairs only where the sides differ. */
function shortest(control, value) {
  if (!Array.isArray(value)) return pythonValue(value);
  if (control.key === "input_size") return value.length === 1 ? pythonValue(value[0]) : pythonValue(value);
  if (!control.per_axis) return pythonValue(control.sides && value[0] === value[1] ? value[0] : value);
  const entries = control.sides && value.every(([lo, hi]) => lo === hi) ? value.map(([lo]) => lo) : value;
  const alike = entries.every((entry) => !Array.isArray(entry) && entry === entries[0]);
  return pythonValue(alike ? entries[0] : entries);
}

/** Write a number, a text, on or off, nothing, or a tuple of them as Python does. */
function pythonValue(value) {
  if (Array.isArray(value)) {
    const inside = value.map(pythonValue).join(", ");
    return value.length === 1 ? `(${inside},)` : `(${inside})`;
  }
  if (typeof value === "boolean") return value ? "True" : "False";
  if (value === null || value === undefined) return "None";
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
