// The one state of a page, and who is told when it changes.
import { transposed } from "./sparse.js";
import { lightOf } from "./light.js";
import { modelOf, typeOf } from "./model.js";
import { factorTitle, operatorNames, typeWords } from "./naming.js";

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

/** The setting that a type starts with. */
export function startOf(type) {
  const { axes, values } = type.start;
  return { type: type.name, axes, values };
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
  const names = operatorNames(model.type);
  const whole = { id: "C", title: names.whole.title, matrix: model.whole, model };
  if (view === "transpose") {
    return [whole, { id: "T", title: names.turned.title, matrix: transposed(model.whole), model }];
  }
  if (view === "factors" && model.stages.length > 1) {
    const factor = (matrix, at) => ({ id: `F${at}`, title: factorTitle(model, at), matrix, model });
    return [whole, ...model.stages.map(factor)];
  }
  if (view === "held" && held) {
    const was = `before: ${typeWords(held.type)}`;
    const is = `after: ${typeWords(model.type)}`;
    return [
      { id: "H", title: was, lead: "before", matrix: held.whole, model: held },
      { ...whole, title: is, lead: "after" },
    ];
  }
  return [whole];
}
