// Paths through the factors of a product. Level 0 are the rows of the first factor, level 1 its columns,
// which are the rows of the next, and so on to the columns of the last. An entry of a factor is a step.
// Where there are too many steps only the first are followed, and what is told of them is `cut`.
import { rowOfEntry } from "./entries.js";
import { columnIndexOf, entryAt } from "./places.js";

export const MOST_STEPS = 300000;

const freshRoom = () => ({ left: MOST_STEPS, cut: false });

/** Takes one of the steps that are left; without any the paths are cut. */
function roomForOne(room) {
  if (room.left === 0) room.cut = true;
  else room.left -= 1;
  return !room.cut;
}

/** Follows all steps from nodes of a level towards the outputs: steps per factor, nodes per level. */
function climbed(factors, level, nodes, room) {
  const steps = factors.map(() => []);
  const levels = [];
  levels[level] = new Set(nodes);
  for (let at = level - 1; at >= 0; at -= 1) {
    const index = columnIndexOf(factors[at]);
    levels[at] = new Set();
    for (const node of levels[at + 1]) {
      for (let k = index.starts[node]; k < index.starts[node + 1] && roomForOne(room); k += 1) {
        steps[at].push(index.entries[k]);
        levels[at].add(index.rows[k]);
      }
    }
  }
  return { steps, levels };
}

/** Follows all steps from nodes of a level towards the inputs. */
function descended(factors, level, nodes, room) {
  const steps = factors.map(() => []);
  const levels = [];
  levels[level] = new Set(nodes);
  for (let at = level; at < factors.length; at += 1) {
    const matrix = factors[at];
    levels[at + 1] = new Set();
    for (const node of levels[at]) {
      const end = matrix.starts[node + 1];
      for (let entry = matrix.starts[node]; entry < end && roomForOne(room); entry += 1) {
        steps[at].push(entry);
        levels[at + 1].add(matrix.indices[entry]);
      }
    }
  }
  return { steps, levels };
}

/** All paths through a node of a level: {steps: entries per factor, tops: rows, bottoms: columns, cut}. */
export function pathsThrough(factors, level, node) {
  const room = freshRoom();
  const up = climbed(factors, level, [node], room);
  const down = descended(factors, level, [node], room);
  const steps = factors.map((_, at) => (at < level ? up.steps[at] : down.steps[at]));
  return { steps, tops: up.levels[0], bottoms: down.levels[factors.length], cut: room.cut };
}

/** All paths that use an entry of a factor. */
export function pathsUsing(factors, factor, entry) {
  const room = freshRoom();
  const up = climbed(factors, factor, [rowOfEntry(factors[factor], entry)], room);
  const down = descended(factors, factor + 1, [factors[factor].indices[entry]], room);
  const steps = factors.map((_, at) => (at < factor ? up.steps[at] : down.steps[at]));
  steps[factor] = [entry];
  return { steps, tops: up.levels[0], bottoms: down.levels[factors.length], cut: room.cut };
}

/** All paths from a row to a column of the product. */
export function pathsBetween(factors, row, column) {
  const [above, below] = [freshRoom(), freshRoom()];
  const up = climbed(factors, factors.length, [column], above);
  const down = descended(factors, 0, [row], below);
  const steps = down.steps.map((entries, at) =>
    entries.filter((entry) => up.levels[at + 1].has(factors[at].indices[entry])),
  );
  return { steps, tops: new Set([row]), bottoms: new Set([column]), cut: above.cut || below.cut };
}

/** The entries of the product that some paths make up: {entries: sorted, cut: some are left out}. */
export function entriesOfPaths(product, paths) {
  const entries = [];
  let { cut } = paths;
  for (const row of paths.tops) {
    for (const column of paths.bottoms) {
      const entry = entryAt(product, row, column);
      if (entry < 0) continue;
      if (entries.length === MOST_STEPS) cut = true;
      else entries.push(entry);
    }
    if (entries.length === MOST_STEPS && cut) break;
  }
  return { entries: Int32Array.from(entries).sort(), cut };
}
