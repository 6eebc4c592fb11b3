// From one type to another: what a setting keeps, so that the new type is what its name says.
import { reasonsAgainst } from "./legal.js";
import { withAxes } from "./store.js";

const MOST_GROWN = 64;

/** The setting of a type that comes after another: {type, axes, values}, legal wherever its start is. */
export function settingAfter(type, before, typeBefore) {
  const { axes, values } = type.start;
  const fresh = { type: type.name, axes, values };
  return grownSetting(type, sharedSetting(type, before, typeBefore)) ?? fresh;
}

/** The start of a type with what both types require; an option begins as the type's own start has it. */
function sharedSetting(type, before, typeBefore) {
  const axes = type.axes.includes(before.axes) ? before.axes : type.start.axes;
  const others = new Map(typeBefore.controls.map((control) => [control.key, control]));
  const kept = type.controls
    .filter((control) => isRequired(control) && isRequired(others.get(control.key)))
    .filter((control) => !control.per_axis || axes === before.axes)
    .filter((control) => takesValue(control, before.values[control.key]))
    .map(({ key }) => [key, before.values[key]]);
  return { type: type.name, axes, values: { ...withAxes(type, axes), ...Object.fromEntries(kept) } };
}

function isRequired(control) {
  return control !== undefined && (control.default === null || control.default === undefined);
}

function takesValue(control, value) {
  if (control.kind === "choice") return control.options.includes(value);
  return value !== undefined && Array.isArray(value) === Boolean(control.per_axis);
}

/** The setting with an input just so much larger that it is legal; null where no size makes it so. */
function grownSetting(type, setting) {
  const { axes, values } = setting;
  const sizes = values.input_size;
  for (let more = 0; more <= (Array.isArray(sizes) ? MOST_GROWN : 0); more += 1) {
    const grown = more ? { ...values, input_size: sizes.map((size) => size + more) } : values;
    const reasons = reasonsAgainst(type, axes, grown);
    if (!reasons.length) return { ...setting, values: grown };
    if (!reasons.some(({ controls }) => controls.includes("input_size"))) return null;
  }
  return null;
}
