// How many products each output receives: even, or the checkerboard of transposed convolutions.
import { commonDivisor } from "./expressions.js";
import { placeAt, productOfSizes } from "./sizes.js";
import { transposed } from "./sparse.js";
import { modelOf } from "./model.js";
import { factorTitle, operatorNames } from "./naming.js";
import { cellGrid, heatColour, heatInk, viewColours, whenShownAnew } from "./viewparts.js";
import { timesText, viewButton, viewChoice, viewNode } from "./viewparts.js";

/** How many products each row sums up: the terms of its entries. */
function productsPerRow(matrix) {
  return productsPart(matrix, 0, matrix.columns);
}

/** The products of each row whose inputs lie in the columns `from` to before `to`. */
function productsPart({ rows, starts, indices, termStarts }, from, to) {
  const found = new Int32Array(rows);
  for (let row = 0; row < rows; row += 1) {
    for (let at = starts[row]; at < starts[row + 1]; at += 1) {
      if (indices[at] >= from && indices[at] < to) found[row] += termStarts
        ? termStarts[at + 1] - termStarts[at] : 1;
    }
  }
  return found;
}

const spatialOf = (shape) => (shape.length > 1 ? shape.slice(1) : [...shape]);
const pixelsOf = (shape) => productOfSizes(spatialOf(shape));

/**
 * The products that each pixel of an output channel receives: {counts, shape, channels}. Where every input
 * channel that reaches it gives as many, they are those of one of them, and `channels` is how many do.
 */
export function overlapOf(matrix, outputChannel = 0) {
  const shape = spatialOf(matrix.outputShape);
  const [many, each] = [pixelsOf(matrix.outputShape), pixelsOf(matrix.inputShape)];
  const cut = (counts) => counts.slice(outputChannel * many, (outputChannel + 1) * many);
  const inputChannels = matrix.columns / each;
  const parts = Array.from({ length: inputChannels },
    (_, at) => cut(productsPart(matrix, at * each, (at + 1) * each)));
  const reaching = parts.filter((counts) => counts.some((count) => count > 0));
  const alike = reaching.every((counts) => counts.every((count, at) => count === reaching[0][at]));
  if (reaching.length && alike) return { counts: reaching[0], shape, channels: reaching.length };
  return { counts: cut(productsPerRow(matrix)), shape, channels: 1 };
}

/**
 * What the counts say: {least, most, even, inside}. `even` is "everywhere", "inside" or "no"; the inside is
 * what is left without a border on each side, and holds every residue of the steps at least once.
 */
export function evennessOf(counts, shape, steps) {
  const { least, most } = counts.reduce((so, count) => ({ least: Math.min(so.least, count),
    most: Math.max(so.most, count) }), { least: Infinity, most: 0 });
  if (least === most) return { least, most, even: "everywhere", inside: most };
  const borders = shape.map((size, axis) => borderOf(alongAxis(counts, shape, axis), steps[axis] ?? 1));
  if (borders.includes(null)) return { least, most, even: "no", inside: null };
  let inside = null;
  const constant = counts.every((count, at) => {
    const place = placeAt(at, shape);
    if (place.some((one, axis) => one < borders[axis] || one >= shape[axis] - borders[axis])) return true;
    inside ??= count;
    return count === inside;
  });
  return constant ? { least, most, even: "inside", inside } : { least, most, even: "no", inside: null };
}

/** The largest count at each position of an axis. */
function alongAxis(counts, shape, axis) {
  const line = new Array(shape[axis]).fill(0);
  counts.forEach((count, at) => {
    const one = placeAt(at, shape)[axis];
    line[one] = Math.max(line[one], count);
  });
  return line;
}

/** How wide a border leaves a constant line at least so long; null where none does. */
function borderOf(line, least) {
  for (let border = 0; line.length - 2 * border >= Math.max(least, 1); border += 1) {
    const rest = line.slice(border, line.length - border);
    if (rest.every((count) => count === rest[0])) return border;
  }
  return null;
}

/**
 * Why a transposed convolution with these values overlaps unevenly: its numbers, or too small an image.
 */
function unevenReason({ kernel_size: kernels, stride: strides, dilation }) {
  if (!Array.isArray(kernels) || !Array.isArray(strides)) return "";
  for (const [axis, kernel] of kernels.entries()) {
    const stride = strides[axis];
    const spacing = dilation?.[axis] ?? 1;
    if (kernel % stride) return `kernel ${kernel} is not a multiple of stride ${stride}`;
    const shared = commonDivisor(BigInt(stride), BigInt(spacing)) > 1n;
    if (shared) return `stride ${stride} and dilation ${spacing} share a factor`;
  }
  return "the image is too small to have an inside";
}

/** The sentence under the picture; `reason` is said only where the counts are uneven inside. */
function overlapSentence({ least, most, even, inside }, channels, reason) {
  const products = (many) => (many === "1" ? "1 product" : `${many} products`);
  const range = products(least === most ? String(most) : `${least} to ${most}`);
  const each = channels > 1 ? ` from each of ${channels} input channels` : "";
  const start = `${range} per output${each}: `;
  if (even === "everywhere") return `${start}even everywhere.`;
  if (even === "inside") {
    const border = most === inside ? "fewer at the borders" : "uneven at the borders";
    return `${start}even inside (${inside} each), ${border}.`;
  }
  return `${start}uneven${reason ? `, ${reason}` : ""}.`;
}

const shortSizes = (sizes) => timesText(sizes, { short: true });

const isTurned = (model, target) => model.type.name.includes("transpose") !== (target === "T");

/** For another kernel to compare with: the next multiple of the stride, or one more than a multiple. */
function otherKernel({ kernel_size: kernels, stride: strides }) {
  if (!Array.isArray(kernels) || !strides?.some((stride) => stride > 1)) return null;
  const odd = kernels.some((kernel, axis) => kernel % strides[axis]);
  return kernels.map((kernel, axis) =>
    (odd ? Math.ceil(kernel / strides[axis]) * strides[axis] : kernel + 1));
}

/** The view of the overlap: numbers on the output grid, what they say, another kernel beside it. */
export function overlapView(host, store) {
  const choices = viewNode("div", "ca-view-choices");
  const pictures = viewNode("div", "ca-view-pictures");
  const said = viewNode("p", "ca-view-said");
  said.setAttribute("aria-live", "polite");
  const pointed = viewNode("p", "ca-view-pointed");
  pointed.setAttribute("aria-live", "polite");
  const odena = viewNode("p", "ca-view-note",
    "Odena, Dumoulin and Olah (2016): a transposed convolution whose "
    + "kernel size is not a multiple of its stride paints a checkerboard; a multiple, or enlarging first "
    + "and then convolving, does not.");
  const root = viewNode("section", "ca-overlap-view", choices, said, pictures, pointed, odena);
  root.setAttribute("aria-label", "Overlap");
  host.append(root);
  let chosen = null;
  let channel = 0;
  let slice = null;
  let cursor = null;
  let hadView = null;
  let shownAs = "";

  function matrixOf(model, target) {
    if (target === "T") return transposed(model.whole);
    return target === "C" ? model.whole : model.stages[Number(target.slice(1))];
  }

  function stepsOf(model, matrix) {
    const [outs, ins] = [spatialOf(matrix.outputShape), spatialOf(matrix.inputShape)];
    const strides = Array.isArray(model.values.stride) ? model.values.stride : [];
    return outs.map((out, axis) => Math.max(strides[axis] ?? 1, Math.round(out / (ins[axis] ?? out)) || 1));
  }

  function redraw() {
    const model = store.shown();
    if (!model) return;
    const state = store.state();
    if (hadView !== state.view) chosen = null;
    hadView = state.view;
    shownAs = `${state.view} ${state.theme}`;
    const { whole, turned: back } = operatorNames(model.type);
    const targets = [["C", whole], ["T", back]].map(([key, { lead, reads, writes }]) =>
      [key, `${lead}: ${writes} = ${lead} ${reads}`]);
    if (model.stages.length > 1) model.stages.forEach((_, at) =>
      targets.push([`F${at}`, factorTitle(model, at)]));
    const target = targets.some(([key]) => key === chosen) ? chosen : state.view === "transpose" ? "T"
      : "C";
    const matrix = matrixOf(model, target);
    const shape = spatialOf(matrix.outputShape);
    const channels = matrix.outputShape.length > 1 ? matrix.outputShape[0] : 1;
    channel = Math.min(channel, channels - 1);
    const found = overlapOf(matrix, channel);
    const told = evennessOf(found.counts, shape, stepsOf(model, matrix));
    const deep = productOfSizes(shape.slice(0, -2));
    const level = slice === null || slice >= deep ? Math.floor(deep / 2) : slice;
    choices.replaceChildren(viewChoice("Products of", targets, target, (key) => {
      chosen = key;
      cursor = null;
      redraw();
    }));
    const counted = (many) => Array.from({ length: many }, (_, at) => [at, String(at)]);
    if (channels > 1) choices.append(viewChoice("output channel", counted(channels), channel, (at) => {
      channel = at;
      redraw();
    }));
    if (deep > 1) choices.append(viewChoice("slice", counted(deep), level, (at) => {
      slice = at;
      redraw();
    }));
    const turned = isTurned(model, target);
    said.textContent = overlapSentence(told, found.channels, turned && told.even === "no"
      ? unevenReason(model.values) : "");
    const other = turned && target !== "T" && !target.startsWith("F") ? compared(model, channel, level)
      : null;
    odena.hidden = !turned;
    const width = Math.max(160, (host.clientWidth || 640) - 8);
    const beside = other && width > 480 ? width / 2 - 16 : width;
    const top = Math.max(told.most, other ? other.told.most : 0);
    pictures.replaceChildren(heatPicture({ found, told, level, top, width: beside, matrix, target,
      title: kernelTitle(model.values, turned) }));
    if (other) pictures.append(heatPicture({ ...other, level: Math.min(level, other.deep - 1), top,
      width: beside }));
    pictures.append(legendOf([found, other?.found], top));
  }

  function compared(model, at, level) {
    const kernels = otherKernel(model.values);
    if (!kernels) return null;
    const setting = { type: store.state().type, axes: model.axes,
      values: { ...model.values, kernel_size: kernels } };
    const made = modelOf(store.data, setting);
    if (!made.legal) return null;
    const found = overlapOf(made.whole, Math.min(at, made.whole.outputShape[0] - 1));
    const told = evennessOf(found.counts, found.shape, stepsOf(made, made.whole));
    const deep = productOfSizes(found.shape.slice(0, -2));
    const use = viewButton(`Use kernel ${shortSizes(kernels)}`, () => store.set(setting));
    return { found, told, deep, title: kernelTitle(made.values, true), use, level,
      said: overlapSentence(told, found.channels, told.even === "no" ? unevenReason(made.values) : "") };
  }

  function kernelTitle(values, turned) {
    if (!turned || !Array.isArray(values.kernel_size)
      || !Array.isArray(values.stride)) return "Products per output";
    const [kernel, stride] = [values.kernel_size, values.stride].map(shortSizes);
    return `kernel ${kernel}, stride ${stride}`;
  }

  /** One heat map; only that of a matrix shown beside points at its rows. */
  function heatPicture({ found, told, level, top, width, title, matrix, target, use, said: words }) {
    const [rows, columns] = found.shape.length > 1 ? found.shape.slice(-2) : [1, found.shape[0]];
    const at = (y, x) => (level * rows + y) * columns + x;
    const pixel = (y, x) => (found.shape.length > 1 ? `[${y}, ${x}]` : `[${x}]`);
    const rowOf = (y, x) => channel * pixelsOf(matrix.outputShape) + at(y, x);
    const panel = matrix && store.panels().some(({ id }) => id === target) ? target : null;
    const tell = (y, x) => {
      const many = found.counts[at(y, x)];
      pointed.textContent = `Output ${pixel(y, x)}: ${many} ${many === 1 ? "product" : "products"}`
        + (found.channels > 1 ? ` from each of ${found.channels} input channels` : "");
    };
    const grid = cellGrid(`${title}: ${words ?? said.textContent}`, {
      point(y, x) {
        if (y === null) {
          pointed.textContent = "";
          if (panel) store.point(null);
          return;
        }
        tell(y, x);
        if (panel) store.point({ panel, kind: "row", index: rowOf(y, x) });
      },
      pick(y, x) {
        cursor = matrix && y !== null ? [y, x] : null;
        if (y !== null) tell(y, x);
        if (matrix) paint();
        if (panel) store.pin(y === null ? null : { panel, kind: "row", index: rowOf(y, x) });
      },
    });
    const paint = () => {
      const colours = viewColours(host);
      grid.draw({ rows, columns, width, cursor: matrix ? cursor : null, cell(y, x) {
        const count = found.counts[at(y, x)];
        const here = matrix && cursor && cursor[0] === y && cursor[1] === x;
        return { fill: countColour(count, top, colours), text: String(count), edge: here ? colours.warn
          : null };
      } });
    };
    paint();
    const name = viewNode("figcaption", "ca-view-caption", `${title}: ${timesText(found.shape)} outputs`);
    const figure = viewNode("figure", "ca-view-figure", name, viewNode("div", "ca-view-scroll", grid.node),
      words ? viewNode("p", "ca-view-small", words) : null, use);
    figure.style.maxWidth = `${Math.floor(width)}px`;
    return figure;
  }

  function legendOf(shown, top) {
    const values = [...new Set(shown.filter(Boolean).flatMap(({ counts }) => [...counts]))].sort((a, b) =>
      a - b);
    const thinned = values.length <= 12 ? values
      : [0, 1, 2, 3, 4, 5].map((at) => values[Math.round((at * (values.length - 1)) / 5)]);
    const legend = viewNode("div", "ca-view-legend", "products per output");
    const colours = viewColours(host);
    for (const value of thinned) {
      const mark = viewNode("span", "ca-view-mark", String(value));
      mark.style.backgroundColor = countColour(value, top, colours);
      mark.style.color = heatInk(countColour(value, top, colours));
      legend.append(mark);
    }
    return legend;
  }

  const end = whenShownAnew(host, redraw);
  redraw();
  return {
    update(changed) {
      const { view, theme } = store.state();
      if (changed.has("model") || shownAs !== `${view} ${theme}`) redraw();
    },
    destroy() {
      end();
      root.remove();
    },
  };
}

function countColour(count, top, { paper, dark }) {
  return count === 0 ? paper : heatColour(top > 1 ? (count - 1) / (top - 1) : 0.5, dark);
}
