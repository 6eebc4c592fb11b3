// The receptive field of a chosen output through a composition: exactly which inputs it sees.
import { LAYER_KEYS, MOST_FIELD_LAYERS, layersWithin } from "./layers.js";
import { signedText } from "./legal.js";
import { flatIndex, placeAt, productOfSizes } from "./sizes.js";
import { cellGrid, heatColour, viewColours, whenShownAnew } from "./viewparts.js";
import { timesText, viewButton, viewNode } from "./viewparts.js";

const FIELD_PRESETS = [
  ["three 3×3", [[3, 1, 1, 0], [3, 1, 1, 0], [3, 1, 1, 0]]],
  ["dilated 1-2-4", [[3, 1, 1, 0], [3, 1, 2, 0], [3, 1, 4, 0]]],
  ["strided pyramid", [[3, 2, 1, 1], [3, 2, 1, 1], [3, 2, 1, 1]]],
];
const FIELD_HEADS = [["kernel", "k"], ["stride", "s"], ["dilation", "d"], ["padding", "p"], ["field", "r"],
  ["jump", "j"], ["offset", ""]];
const LARGEST_FIELD_INPUT = 128;
// Cells of all grids together that are drawn.
const MOST_FIELD_CELLS = 150000;

/**
 * What an output of each layer sees along one axis: [{extent, jump, offset}], first that of the input
 * itself. Output o sees from input o*jump + offset on, over `extent`. A layer is [k, s, d, p].
 */
export function layerFields(layers) {
  const found = [{ extent: 1, jump: 1, offset: 0 }];
  for (const [kernel, stride, dilation, padding] of layers) {
    const { extent, jump, offset } = found.at(-1);
    found.push({ extent: extent
      + (kernel - 1) * dilation * jump, jump: jump * stride, offset: offset - padding * jump });
  }
  return found;
}

/** The line of the recurrence for one layer, with its numbers. */
function fieldFormula(before, [kernel, , dilation], after) {
  const put = `${before.extent} + (${kernel} − 1)·${dilation}·${before.jump}`;
  return `r′ = r + (k − 1)·d·j = ${put} = ${after.extent}`;
}

/** The sizes from the input to the last output along an axis; null where some layer has no output. */
export function layerSizes(size, layers) {
  const found = [size];
  for (const [kernel, stride, dilation, padding] of layers) {
    const room = found.at(-1) + 2 * padding - dilation * (kernel - 1) - 1;
    if (room < 0) return null;
    found.push(Math.floor(room / stride) + 1);
  }
  return found;
}

/**
 * The positions seen at each level, the input first, by one position of level `level`; some in the
 * padding.
 */
export function layerSupport(layers, level, position, sizes = null) {
  const found = [new Set([position])];
  for (const [kernel, stride, dilation, padding] of layers.slice(0, level).reverse()) {
    const inner = sizes ? [...found[0]].filter((at) => at >= 0 && at < sizes[level - found.length + 1])
      : [...found[0]];
    const taps = Array.from({ length: kernel }, (_, tap) => tap * dilation - padding);
    found.unshift(new Set(inner.flatMap((at) => taps.map((tap) => at * stride + tap))));
  }
  return found;
}

/**
 * The columns that each stage reads for some rows of stage `at`: one set for each stage from it to the
 * last.
 */
export function stageSupport(matrices, at, rows) {
  const found = [new Set(rows)];
  for (const { starts, indices } of matrices.slice(at)) {
    const read = new Set();
    for (const row of found.at(-1)) {
      for (let entry = starts[row]; entry < starts[row + 1]; entry += 1) read.add(indices[entry]);
    }
    found.push(read);
  }
  return found;
}

/**
 * The input that layers are drawn on: the wanted one, or the least that holds a whole field and three
 * outputs.
 */
function fieldRoom(layers, wanted) {
  const { extent } = layerFields(layers).at(-1);
  let size = wanted;
  while (size < LARGEST_FIELD_INPUT
    && (size < extent || (layerSizes(size, layers)?.at(-1) ?? 0) < 3)) size += 1;
  if (size < LARGEST_FIELD_INPUT || layerSizes(size, layers)) return size;
  return layerSizes(wanted, layers) ? wanted : null;
}

/** The parameters of an operator that is one convolution, an array of layers for each axis; or null. */
function ownLayers(model) {
  const { kernel_size: kernels, stride, dilation, padding, padding_mode: mode } = model.values;
  const plain = model.stages.length === 1 && Array.isArray(kernels)
    && !/transpose|upsample|local/.test(model.type.name);
  if (!plain || (mode && mode !== "zeros")) return null;
  const pairs = kernels.map((_, axis) => padding?.[axis] ?? [0, 0]);
  if (!pairs.every((pair) => Array.isArray(pair))) return null;
  return kernels.map((kernel, axis) =>
    [[kernel, stride?.[axis] ?? 1, dilation?.[axis] ?? 1, pairs[axis][0]]]);
}

/** The columns that rows of the whole read: entries in which all products cancel are none. */
function wholeSupport({ starts, indices, termStarts }, rows) {
  const read = new Set();
  for (const row of rows) {
    for (let at = starts[row]; at < starts[row + 1]; at += 1) {
      if (!termStarts || termStarts[at] < termStarts[at + 1]) read.add(indices[at]);
    }
  }
  return read;
}

/** A place of a picture whose first axes were put below each other, by all its axes. */
function unfolded(shape, place) {
  if (shape.length < 3) return place;
  return [...placeAt(place[0], shape.slice(0, -1)), place.at(-1)];
}

/** The most positions from the first to the last that one output of the whole sees along each axis. */
export function mostSeen({ rows, starts, indices, termStarts, inputShape }) {
  const shape = inputShape.length > 1 ? inputShape.slice(1) : inputShape;
  const pixels = productOfSizes(shape);
  let step = pixels;
  return shape.map((size) => {
    step /= size;
    let most = 0;
    for (let row = 0; row < rows; row += 1) {
      let [low, high] = [size, -1];
      for (let at = starts[row]; at < starts[row + 1]; at += 1) {
        if (termStarts && termStarts[at] === termStarts[at + 1]) continue;
        const place = Math.floor((indices[at] % pixels) / step) % size;
        if (place < low) low = place;
        if (place > high) high = place;
      }
      if (high - low + 1 > most) most = high - low + 1;
    }
    return most;
  });
}

/**
 * The view of the receptive field: the layers with their numbers, and a grid for the input and each
 * output.
 */
export function fieldView(host, store) {
  const choices = viewNode("div", "ca-view-choices");
  const table = viewNode("div", "ca-view-scroll");
  const said = viewNode("p", "ca-view-said");
  said.setAttribute("aria-live", "polite");
  const grids = viewNode("div", "ca-view-pictures ca-field-grids");
  const formulas = viewNode("ul", "ca-field-formulas");
  const root = viewNode("section", "ca-field-view", choices, said, grids, table, formulas);
  root.setAttribute("aria-label", "Receptive field");
  host.append(root);
  let chosen = null; // {level, place}: a cell of one of the grids
  let painted = [];
  let levels = null;
  let drawnFor = "";

  /** What is drawn: shapes of all levels, and what a place of one level sees in those before it. */
  function levelsOf(model, layers) {
    return layers ? levelsOfLayers(model, layers) : levelsOfStages(model);
  }

  function levelsOfLayers(model, layers) {
    const given = Array.isArray(model.values.input_size) ? model.values.input_size.slice(-2) : [9, 9];
    const sizes = given.map((size) => fieldRoom(layers, size));
    if (sizes.includes(null)) return { reason: "These layers need an input larger than this page draws." };
    const lines = sizes.map((size) => layerSizes(size, layers));
    const shapes = lines[0].map((_, level) => lines.map((line) => line[level]));
    if (tooManyCells(shapes)) return { reason: "These layers have more outputs than this page draws." };
    return {
      shapes,
      unfold: (_, place) => place,
      enlarged: sizes.some((size, axis) => size !== given[axis]) ? given : null,
      names: ["input", ...layers.map((_, at) => (at === layers.length - 1 ? "output" : `layer ${at + 1}`))],
      sees(level, place) {
        const sets = place.map((one, axis) => layerSupport(layers, level, one, lines[axis]));
        return shapes.slice(0, level + 1).map((_, at) => productOf(sets.map((seen) => [...seen[at]])));
      },
      fields: sizes.map(() => layerFields(layers)),
      steps: sizes.map(() => layers),
    };
  }

  function levelsOfStages(model) {
    const matrices = model.stages;
    const fully = [...matrices.map(({ outputShape }) => outputShape), matrices.at(-1).inputShape].reverse();
    const shapes = fully.map((shape) => (shape.length > 1 ? shape.slice(1) : shape))
      .map((shape) => [...shape]);
    const flat = shapes.map((shape) =>
      (shape.length > 2 ? [productOfSizes(shape.slice(0, -1)), shape.at(-1)] : shape));
    const steps = ownLayers(model);
    const fields = steps?.map(layerFields) ?? null;
    const seen = fields ? null : mostSeen(model.whole);
    if (tooManyCells(flat)) return { reason: "More cells than this view draws.", fields, steps, seen };
    const names = ["input", ...matrices
      .map((_, at) => (at === matrices.length - 1 ? "output" : `after F${matrices.length - at - 1}`))];
    return {
      shapes: flat,
      full: shapes,
      names,
      unfold: (level, place) => unfolded(shapes[level], place),
      sees(level, place) {
        const pixels = (one) => productOfSizes(flat[one]);
        const index = flatIndex(place, flat[level]);
        const channels = level ? matrices[matrices.length - level].rows / pixels(level) : 1;
        const rows = Array.from({ length: channels }, (_, at) => at * pixels(level) + index);
        const sets = level ? stageSupport(matrices, matrices.length - level, rows).reverse()
          : [new Set([index])];
        if (level === matrices.length) sets[0] = wholeSupport(model.whole, rows);
        return sets.map((seen, at) => [...new Set([...seen].map((one) => one % pixels(at)))].map((one) => (
          flat[at].length > 1 ? [Math.floor(one / flat[at][1]), one % flat[at][1]] : [one])));
      },
      fields,
      steps,
      seen,
    };
  }

  function tooManyCells(shapes) {
    return shapes.reduce((all, shape) => all + shape.reduce((a, b) => a * b, 1), 0) > MOST_FIELD_CELLS;
  }

  function productOf(lists) {
    return lists.reduce((places, list) => places.flatMap((place) => list.map((one) => [...place, one])),
      [[]]);
  }

  function redraw() {
    const model = store.shown();
    if (!model) return;
    const { layers: wanted, theme } = store.state();
    drawnFor = `${theme} ${JSON.stringify(wanted)}`;
    const layers = wanted && layersWithin(wanted);
    drawChoices(model, layers);
    levels = levelsOf(model, layers);
    drawTable(layers);
    painted = [];
    if (levels.reason) {
      said.textContent = levels.reason;
      grids.replaceChildren();
      return;
    }
    const last = levels.shapes.length - 1;
    const fitting = chosen && chosen.level <= last
      && chosen.place.length === levels.shapes[chosen.level].length
      && chosen.place.every((one, axis) => one < levels.shapes[chosen.level][axis]);
    if (!fitting) chosen = { level: last, place: levels.shapes[last]
      .map((size) => Math.floor((size - 1) / 2)) };
    const figures = levels.shapes.map((shape, level) => gridFigure(shape, level));
    grids.replaceChildren(...figures);
    grids.classList.toggle("ca-field-lines", levels.shapes[0].length === 1);
    light(chosen);
  }

  function drawChoices(model, layers) {
    const put = (next) => store.set({ layers: next });
    const mine = viewButton("This operator", () => put(null));
    mine.setAttribute("aria-pressed", String(!layers));
    const own = viewButton("Layers", () => {
      const first = ownLayers(model)?.map((axis) => axis[0])[0] ?? [3, 1, 1, 0];
      put(layers ?? [first, [3, 1, 1, 0]]);
    });
    own.setAttribute("aria-pressed", String(Boolean(layers)));
    const presets = FIELD_PRESETS.map(([text, list]) => {
      const button = viewButton(text, () => put(list));
      button.setAttribute("aria-pressed", String(JSON.stringify(list) === JSON.stringify(layers)));
      return button;
    });
    choices.replaceChildren(mine, own, ...presets);
  }

  function gridFigure(shape, level) {
    const [rows, columns] = shape.length > 1 ? shape : [1, shape[0]];
    const at = (y, x) => (shape.length > 1 ? [y, x] : [x]);
    const grid = cellGrid(`${levels.names[level]}: ${timesText(shape)}`, {
      point: (y, x) => light(y === null ? chosen : { level, place: at(y, x) }),
      pick(y, x) {
        if (y === null) return;
        chosen = { level, place: at(y, x) };
        light(chosen);
      },
    });
    painted.push({ grid, rows, columns, at, shape });
    const name = viewNode("figcaption", "ca-view-caption", `${levels.names[level]} ${timesText(fullShape(level))}`);
    return viewNode("figure", "ca-view-figure", name, viewNode("div", "ca-view-scroll", grid.node));
  }

  /** Lights what a place sees, in its own grid and all before it. */
  function light({ level, place }) {
    const seen = levels.sees(level, place);
    const colours = viewColours(host);
    const width = Math.max(160, (host.clientWidth || 640) - 8);
    const across = levels.shapes.reduce((sum, shape) => sum + shape.at(-1), 0);
    const room = width - 32 * levels.shapes.length;
    const widest = Math.max(...levels.shapes.map((shape) => shape.at(-1)));
    const together = Math.floor(room / across);
    const most = Math.min(28, levels.shapes[0].length > 1 && together >= 11 ? together
      : Math.floor(width / widest));
    painted.forEach(({ grid, rows, columns, at, shape }, one) => {
      const lit = new Set((seen[one] ?? []).map((spot) => spot.join(" ")));
      const hull = hullOf((seen[one] ?? []).map((spot) => levels.unfold(one, spot)));
      const every = fullShape(one).length > 2 ? fullShape(one).at(-2) : 0;
      grid.draw({ rows, columns, width, most, every, cursor: one === level ? cursorOf(place) : null, cell(y, x) {
        const spot = at(y, x);
        const here = one <= level && lit.has(spot.join(" "));
        const between = one <= level && hull
          && levels.unfold(one, spot).every((part, axis) => part >= hull[axis][0] && part <= hull[axis][1]);
        return { fill: here ? colours.accent : between ? mixed(colours) : heatColour(0, colours.dark),
          edge: one === level && here ? colours.warn : null };
      } });
      grid.name(`${levels.names[one]} ${timesText(shape)}${one <= level ? `: ${lit.size} seen` : ""}`);
    });
    said.textContent = sentence(level, place, seen);
  }

  const fullShape = (level) => (levels.full ?? levels.shapes)[level];
  const cursorOf = (place) => (place.length > 1 ? place : [0, place[0]]);
  const mixed = ({ dark }) => (dark ? "#2f4a68" : "#a9c8e6");

  function sentence(level, place, seen) {
    const shape = levels.shapes[0];
    const inside = seen[0].filter((spot) => spot.every((one, axis) => one >= 0 && one < shape[axis]));
    const hull = hullOf(seen[0].map((spot) => levels.unfold(0, spot)));
    const sizes = hull ? hull.map(([low, high]) => high - low + 1) : shape.map(() => 0);
    const at = levels.unfold(level, place);
    const whole = productOfSizes(sizes);
    const padded = seen[0].length - inside.length;
    const name = level === levels.shapes.length - 1 ? "Output" : level ? levels.names[level] : "Input";
    const many = seen[0].length === 1 ? "1 input" : `${seen[0].length} inputs`;
    const parts = [`${name} [${at.join(", ")}] sees ${many} in a window of ${timesText(sizes)}`];
    if (whole > seen[0].length) parts.push(`with ${whole - seen[0].length} holes`);
    if (padded) parts.push(`${padded} in the padding`);
    const text = `${parts.join(", ")}.`;
    return levels.enlarged
      ? `${text} Drawn on ${timesText(shape)}: ${timesText(levels.enlarged)} is too small here.`
      : text;
  }

  function drawTable(layers) {
    formulas.replaceChildren();
    if (!layers && !levels.fields) {
      const words = `Looked at in the matrix: one output sees at most ${timesText(levels.seen)} inputs.`;
      table.replaceChildren(viewNode("p", "ca-view-small", words));
      return;
    }
    const count = layers ? layers.length : 1;
    const fields = levels.fields ?? [layerFields(layers)];
    const steps = levels.steps ?? [layers];
    const heads = FIELD_HEADS.map(([word, letter]) => {
      const told = viewNode("span", "ca-field-word", `${word} `);
      return viewNode("th", letter ? "" : "ca-field-offset", told, letter);
    });
    const head = viewNode("tr", "", viewNode("th"), ...heads, viewNode("th"));
    const rows = [head, fieldRow("input", ["", "", "", ""], fields.map((field) => field[0]))];
    for (let at = 0; at < count; at += 1) {
      const cells = LAYER_KEYS.map(([key, least, most], part) => (layers
        ? numberInput(`layer ${at + 1} ${key}`, layers[at][part], least, most, (value) =>
          changeLayer(at, part, value))
        : timesText(steps.map((list) => list[at][part]), { short: true })));
      const drop = layers && count > 1
        ? viewButton("×", () => store.set({ layers: layers.filter((_, one) => one !== at) })) : null;
      drop?.setAttribute("aria-label", `remove layer ${at + 1}`);
      rows.push(fieldRow(layers ? `layer ${at + 1}`
        : "this operator", cells, fields.map((field) => field[at + 1]), drop));
      const lines = new Set(fields.map((field, axis) =>
        fieldFormula(field[at], steps[axis][at], field[at + 1])));
      for (const line of lines) formulas.append(viewNode("li", "", line));
    }
    const add = layers && count < MOST_FIELD_LAYERS
      ? viewButton("add a layer", () => store.set({ layers: [...layers, [3, 1, 1, 0]] })) : null;
    table.replaceChildren(viewNode("table", "ca-field-table", viewNode("tbody", "", ...rows)),
      ...(add ? [add] : []));
  }

  function fieldRow(name, cells, fields, drop = null) {
    const numbers = ["extent", "jump", "offset"].map((key) => viewNode("td",
      key === "offset" ? "ca-field-number ca-field-offset" : "ca-field-number",
      timesText(fields.map((field) => signedText(field[key])), { short: true })));
    return viewNode("tr", "", viewNode("th", "", name), ...cells.map((cell) => viewNode("td", "", cell)),
      ...numbers, viewNode("td", "", drop));
  }

  function numberInput(label, value, least, most, took) {
    const input = viewNode("input", "ca-field-input");
    Object.assign(input, { type: "number", min: least, max: most, value });
    input.setAttribute("aria-label", label);
    input.addEventListener("change", () => {
      const given = Math.round(Number(input.value));
      took(Number.isFinite(given) ? Math.min(Math.max(given, least), most) : value);
    });
    return input;
  }

  function changeLayer(at, part, value) {
    const label = LAYER_KEYS[part][0];
    const { layers } = store.state();
    store.set({ layers: layers.map((layer, one) =>
      (one === at ? layer.map((old, k) => (k === part ? value : old)) : layer)) });
    table.querySelector(`[aria-label="layer ${at + 1} ${label}"]`)?.focus();
  }

  const end = whenShownAnew(host, redraw);
  redraw();
  return {
    update(changed) {
      const { layers, theme } = store.state();
      if (changed.has("model") || drawnFor !== `${theme} ${JSON.stringify(layers)}`) redraw();
    },
    destroy() {
      end();
      root.remove();
    },
  };
}

/** From where to where places reach along each axis; null for none. */
function hullOf(places) {
  if (!places.length) return null;
  return places[0].map((_, axis) => {
    const along = places.map((place) => place[axis]);
    return [Math.min(...along), Math.max(...along)];
  });
}
