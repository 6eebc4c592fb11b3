// The one state of a page, and who is told when it changes.
import { transposed } from "./sparse.js";
import { lightOf } from "./light.js";
import { modelOf, typeOf } from "./model.js";

const FIRST = {
  type: "conv",
  axes: 2,
  values: {},
  view: "alone",
  aside: "grids",
  cells: "names",
  held: null,
  pinned: null,
  layers: null,
  theme: "auto",
};
const REBUILT = ["type", "axes", "values"];

/** The settings that a type starts with, those of another kept where both have them. */
export function startOf(type, before) {
  const { axes, values } = type.start;
  if (!before) return { type: type.name, axes, values };
  const shared = type.axes.includes(before.axes) ? before.axes : axes;
  const kept = Object.fromEntries(
    type.controls
      .filter(({ key, per_axis }) => key in before.values && (!per_axis || shared === before.axes))
      .filter((control) => allows(control, before.values[control.key]))
      .map(({ key }) => [key, before.values[key]]),
  );
  return { type: type.name, axes: shared, values: { ...withAxes(type, shared), ...kept } };
}

function allows(control, value) {
  if (control.kind === "choice") return control.options.includes(value);
  return Array.isArray(value) === Boolean(control.per_axis);
}

/** The first settings of a type for so many axes: the values of the last axis are repeated. */
export function withAxes(type, axes, values = type.start.values) {
  const per = new Set(type.controls.filter(({ per_axis }) => per_axis).map(({ key }) => key));
  const stretched = (list) => Array.from({ length: axes }, (_, at) => list[Math.min(at, list.length - 1)]);
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, per.has(key) ? stretched(value) : value]),
  );
}

/** The store of a page for the data that Python gave it. */
export function createStore(data) {
  const told = new Set();
  const first = typeOf(data, data.start.type) ?? data.own ?? data.types[0];
  let state = { ...FIRST, ...startOf(first), ...data.start };
  let model = modelOf(data, state);
  let legal = model.legal ? model : null;
  let held = null;
  let panels = null;
  let pointing = null;
  let light = null;

  function tell(...changed) {
    light = null;
    for (const listener of [...told]) listener(new Set(changed));
  }

  function heldModel() {
    if (!state.held) return null;
    if (!held || held.setting !== state.held) held = { setting: state.held, model: modelOf(data, state.held) };
    return held.model.legal ? held.model : null;
  }

  const store = {
    data,
    state: () => state,
    model: () => model,
    shown: () => legal,
    held: heldModel,
    panels: () => (panels ??= panelsOf(legal, state.view, heldModel())),
    pointing: () => pointing ?? state.pinned,
    light: () => (light ??= lightOf(store.panels(), store.pointing())),
    set(patch) {
      const rebuilt = REBUILT.some((key) => key in patch);
      const next = { ...state, ...patch };
      const built = rebuilt ? modelOf(data, next) : model;
      [state, model] = [next, built];
      if (model.legal) legal = model;
      if (rebuilt || "view" in patch || "held" in patch) {
        panels = null;
        pointing = null;
        if (!("pinned" in patch)) state = { ...state, pinned: null };
      }
      tell("state", ...(rebuilt || panels === null ? ["model"] : []), "light");
    },
    point(next) {
      if (same(next, pointing)) return;
      pointing = next;
      tell("light");
    },
    pin(next) {
      state = { ...state, pinned: next };
      pointing = null;
      tell("state", "light");
    },
    subscribe(listener) {
      told.add(listener);
      return () => told.delete(listener);
    },
  };
  return store;
}

function same(a, b) {
  return a === b || (a && b && a.panel === b.panel && a.kind === b.kind && a.index === b.index);
}

/** What stands side by side in a view. */
function panelsOf(model, view, held) {
  if (!model) return [];
  const whole = { id: "C", title: "C", matrix: model.whole, model };
  if (view === "transpose") return [whole, { id: "T", title: "Cᵀ", matrix: transposed(model.whole), model }];
  if (view === "factors") {
    const factors = model.stages.map((matrix, at) => ({ id: `F${at}`, title: model.titles[at], matrix, model }));
    return [whole, ...(factors.length > 1 ? factors : [])];
  }
  if (view === "held" && held) {
    return [{ id: "H", title: "before", matrix: held.whole, model: held }, { ...whole, title: "after" }];
  }
  return [whole];
}
