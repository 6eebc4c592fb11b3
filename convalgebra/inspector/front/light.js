// What belongs together: from what is pointed at in a panel to what is lit in every panel, and its text.
import { rowOfEntry } from "./entries.js";
import { cellOfEmpty, entryAt, entriesOfRow, entriesOfColumn, entrySet } from "./places.js";
import { placeAt, flatIndex } from "./sizes.js";
import { placeOfWeight } from "./weights.js";
import { pathsThrough, pathsUsing, pathsBetween, entriesOfPaths } from "./paths.js";
import { entriesOfWeight, weightsOfEntries } from "./contents.js";
import { textOf, sentenceOf } from "./wording.js";

const ONLY_SOME = " … (only some are lit)";

/**
 * What a pointing means, whichever panel it was made in:
 * pair (an entry of the product, or none), node (a pixel of a level, 0 the outputs), step (in a factor),
 * gap (none in a factor), weight.
 */
function meaningOf(panel, { kind, index }) {
  const { matrix, id } = panel;
  if (kind === "weight") return { is: "weight", id: index };
  const factor = id[0] === "F" ? Number(id.slice(1)) : -1;
  const last = panel.model.stages.length;
  if (kind === "entry") {
    if (factor >= 0) return { is: "step", factor, entry: index };
    const [row, column] = [rowOfEntry(matrix, index), matrix.indices[index]];
    return id === "T" ? { is: "pair", row: column, column: row } : { is: "pair", row, column };
  }
  if (kind === "empty") {
    const [row, column] = cellOfEmpty(matrix, index);
    if (factor >= 0) return { is: "gap", factor, row, column };
    return id === "T" ? { is: "pair", row: column, column: row } : { is: "pair", row, column };
  }
  const atOutput = (kind === "row") === (id !== "T");
  if (factor >= 0) return { is: "node", level: kind === "row" ? factor : factor + 1, index };
  return { is: "node", level: atOutput ? 0 : last, index };
}

/** The same pixels, or the weight of the same name, in another operator; null where it has none. */
function carried(meaning, from, to) {
  const across = (index, key) => flatIndex(placeAt(index, from.whole[key]), to.whole[key]);
  if (meaning.is === "weight") {
    const id = sameWeight(meaning.id, from.weights, to.weights);
    return id < 0 ? null : { is: "weight", id };
  }
  if (meaning.is === "pair") {
    const row = across(meaning.row, "outputShape");
    const column = across(meaning.column, "inputShape");
    return row < 0 && column < 0 ? null : { is: "pair", row, column };
  }
  if (meaning.is === "node" && meaning.level === 0) {
    const index = across(meaning.index, "outputShape");
    return index < 0 ? null : { is: "node", level: 0, index };
  }
  if (meaning.is === "node" && meaning.level === from.stages.length) {
    const index = across(meaning.index, "inputShape");
    return index < 0 ? null : { is: "node", level: to.stages.length, index };
  }
  return null;
}

/** The weight at the same place of the array of the same name, -1 where there is none. */
function sameWeight(id, from, to) {
  const { array, indices } = placeOfWeight(from, id);
  const other = to.list.find(({ name }) => name === array.name);
  const at = other ? flatIndex(indices, other.shape) : -1;
  return at < 0 ? -1 : other.offset + at;
}

/** The paths through the factors of a model that a meaning stands for. */
function pathsOf(meaning, { stages }) {
  if (meaning.is === "pair") return pathsBetween(stages, meaning.row, meaning.column);
  if (meaning.is === "node") return pathsThrough(stages, meaning.level, meaning.index);
  return pathsUsing(stages, meaning.factor, meaning.entry);
}

/** What is lit in a panel; `weights` are those in the entries, or given; `cut`: not all is lit. */
function lit(panel, { rows = [], columns = [], entries = [], weights = null, cut = false }) {
  const sorted = Int32Array.from(entries);
  const inside = weights ? { weights, cut: false } : weightsOfEntries(panel, sorted);
  return { rows, columns, entries: entrySet(sorted), weights: inside.weights, cut: cut || inside.cut };
}

/** What is lit in a panel that shows a whole operator, C, its transpose or the held one. */
function litInWhole(panel, meaning, paths) {
  const { matrix, model, id } = panel;
  const turned = id === "T";
  if (meaning.is === "pair") {
    const [row, column] = turned ? [meaning.column, meaning.row] : [meaning.row, meaning.column];
    const entry = row < 0 || column < 0 ? -1 : entryAt(matrix, row, column);
    const some = (index) => (index < 0 ? [] : [index]);
    return lit(panel, { rows: some(row), columns: some(column), entries: some(entry) });
  }
  const outer = meaning.is === "node" && (meaning.level === 0 || meaning.level === model.stages.length);
  if (outer && (meaning.level === 0) !== turned) {
    return lit(panel, { rows: [meaning.index], entries: entriesOfRow(matrix, meaning.index) });
  }
  if (outer) {
    return lit(panel, { columns: [meaning.index], entries: entriesOfColumn(matrix, meaning.index) });
  }
  const { tops, bottoms, cut } = paths();
  const way = turned ? { tops: bottoms, bottoms: tops, cut } : { tops, bottoms, cut };
  return lit(panel, entriesOfPaths(matrix, way));
}

/** What is lit in the panel of a factor. */
function litInFactor(panel, meaning, paths) {
  const at = Number(panel.id.slice(1));
  const { matrix, model } = panel;
  const { steps, cut } = paths();
  const entries = Int32Array.from(new Set(steps[at])).sort();
  const last = model.stages.length;
  let [rows, columns] = [[], []];
  if (meaning.is === "pair") {
    rows = at === 0 ? [meaning.row] : [];
    columns = at === last - 1 ? [meaning.column] : [];
  } else if (meaning.is === "node") {
    rows = meaning.level === at ? [meaning.index] : [];
    columns = meaning.level === at + 1 ? [meaning.index] : [];
  } else if (meaning.factor === at) {
    rows = [rowOfEntry(matrix, meaning.entry)];
    columns = [matrix.indices[meaning.entry]];
  }
  return lit(panel, { rows, columns, entries, cut });
}

function litIn(panel, meaning, paths) {
  if (!meaning) return lit(panel, { weights: new Set() });
  if (meaning.is === "weight") {
    return lit(panel, { ...entriesOfWeight(panel, meaning.id), weights: new Set([meaning.id]) });
  }
  if (meaning.is === "gap") {
    const own = panel.id === `F${meaning.factor}`;
    const [rows, columns] = own ? [[meaning.row], [meaning.column]] : [[], []];
    return lit(panel, { rows, columns, weights: new Set() });
  }
  return panel.id[0] === "F" ? litInFactor(panel, meaning, paths) : litInWhole(panel, meaning, paths);
}

function inRange({ matrix, model }, { kind, index }) {
  const entries = matrix.starts[matrix.rows];
  const ends = {
    entry: entries,
    empty: matrix.rows * matrix.columns,
    row: matrix.rows,
    column: matrix.columns,
    weight: model.weights.count,
  };
  if (!Number.isInteger(index) || index < 0 || index >= (ends[kind] ?? 0)) return false;
  return kind !== "empty" || entryAt(matrix, ...cellOfEmpty(matrix, index)) < 0;
}

/** The panel pointed at, null where the pointing is for nothing that is shown. */
function pointedPanel(panels, pointing) {
  const panel = pointing ? panels.find(({ id }) => id === pointing.panel) : null;
  return panel && inRange(panel, pointing) ? panel : null;
}

/** The panel that says the same from the other side: Cᵀ beside C, C beside Cᵀ. */
function mirrorOf(panels, panel) {
  return panels.find(({ id }) => (panel.id === "C" && id === "T") || (panel.id === "T" && id === "C"));
}

/** What a panel calls what is lit in it: the kind and the index, null where it is no single thing. */
function ownPointing({ matrix }, { rows, columns, entries }, meaning) {
  if (meaning.is === "weight") return { kind: "weight", index: meaning.id };
  if (meaning.is === "pair" && !entries.size && rows.length && columns.length) {
    return { kind: "empty", index: rows[0] * matrix.columns + columns[0] };
  }
  if (meaning.is === "pair" && entries.size === 1) return { kind: "entry", index: [...entries][0] };
  if (meaning.is === "node" && rows.length) return { kind: "row", index: rows[0] };
  if (meaning.is === "node" && columns.length) return { kind: "column", index: columns[0] };
  return null;
}

/** The sentence of what is pointed at, for a screen reader; empty where nothing is. */
function spokenText(panels, pointing) {
  const panel = pointedPanel(panels, pointing);
  return panel ? sentenceOf(panel, pointing.kind, pointing.index) : "";
}

/**
 * What is lit in every panel: {panel id: {rows, columns, entries, weights, cut, empty}, text, spoken}.
 * rows and columns are those pointed at, entries what belongs to it; a mirrored text is a second line.
 */
export function lightOf(panels, pointing) {
  const light = {};
  const panel = pointedPanel(panels, pointing);
  const own = panel ? meaningOf(panel, pointing) : null;
  const known = new Map();
  for (const each of panels) {
    const { model } = each;
    const meaning = !own || model === panel.model ? own : carried(own, panel.model, model);
    const paths = () => {
      if (!known.has(model)) known.set(model, pathsOf(meaning, model));
      return known.get(model);
    };
    light[each.id] = litIn(each, meaning, paths);
    light[each.id].empty = pointing?.kind === "empty" && !light[each.id].entries.size;
  }
  const mirror = panel ? mirrorOf(panels, panel) : null;
  const there = mirror ? ownPointing(mirror, light[mirror.id], own) : null;
  const texts = panel ? [textOf(panel, pointing.kind, pointing.index, Boolean(there))] : [];
  if (there) texts.push(textOf(mirror, there.kind, there.index, true));
  if (panel && panels.some(({ id }) => light[id].cut)) texts[0] += ONLY_SOME;
  light.text = texts.join("\n");
  light.spoken = spokenText(panels, pointing);
  return light;
}
