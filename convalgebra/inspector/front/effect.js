// What the operator does to a picture: the page's own, or one of the user's that never leaves the page.
import { KERNEL_PRESETS, layPreset, presetFits } from "./kernels.js";
import { flattened, holds, signedText, variantOf } from "./legal.js";
import { stageMatrices } from "./operators.js";
import { greyOf, samplePicture } from "./sample.js";
import { productOfSizes } from "./sizes.js";
import { timesText, viewChoice, viewNode, whenShownAnew } from "./viewparts.js";
import { timesVector } from "./vectors.js";
import { weightsOf } from "./weights.js";

const PICTURE_SIZES = [96, 80, 72, 64, 56, 48, 40, 36, 32, 28, 24, 20, 16, 12, 10, 8];
const WANTED_SIZE = 64;
const MOST_PICTURE_ENTRIES = 1500000;
const MOST_SHOWN = 4;
const MOST_FRAMES = 5;

/** y = C x through the stages, the last first; x and y have real and imaginary parts (null: none). */
export function applyStages(stages, picture) {
  let [real, imaginary] = [picture, null];
  for (const matrix of [...stages].reverse()) [real, imaginary] = timesVector(matrix, real, imaginary);
  return { real, imaginary };
}

/** How values are drawn: what is black, what is white, and that in words. */
function rangeOf(values, { cut }) {
  const [low, high] = values.reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)],
    [Infinity, -Infinity]);
  const text = (value) => signedText(Number(value.toFixed(Math.abs(value) < 10 ? 2 : 0)));
  const said = `values ${text(low)} to ${text(high)}`;
  if (cut) return { black: 0, white: 1,
    said: `${said}; drawn with 0 as black, 1 as white, the rest cut off` };
  if (low < -1e-9) {
    const reach = Math.max(-low, high);
    return { black: -reach, white: reach,
      said: `${said}; drawn with 0 as mid grey, ±${text(reach)} as white and black` };
  }
  const white = high <= 1 + 1e-9 ? 1 : high;
  return { black: 0, white, said: `${said}; drawn with 0 as black, ${text(white)} as white` };
}

/** The setting with a picture's size in the place of the input's. */
function settingAt(setting, size) {
  const { axes, values } = setting;
  const frames = Array.isArray(values.input_size) ? Math.min(values.input_size[0], MOST_FRAMES) : 1;
  const sizes = Array.from({ length: axes }, (_, axis) => (axis < axes - 2 ? frames : size));
  return { ...setting, values: { ...values, input_size: sizes } };
}

/** The variant of a type for a setting, where all its conditions hold; or null. */
function legalVariant(type, { axes, values }) {
  const variant = variantOf(type, axes, values);
  const flat = flattened(values);
  return variant && variant.conditions.every(({ expression }) => holds(expression, flat))
    ? { variant, flat } : null;
}

function stagesAt(type, setting, size, lay) {
  const sized = settingAt(setting, size);
  const legal = legalVariant(type, sized);
  if (!legal) return null;
  const weights = weightsOf(legal.variant.stages, legal.flat);
  lay(weights);
  return { size, stages: stageMatrices(legal.variant.stages, legal.flat, weights), weights };
}

const entriesIn = ({ stages }) => stages.reduce((sum, { indices }) => sum + indices.length, 0);

/** The largest legal picture, up to `wanted`, of which the matrices stay within a bound; or null. */
export function largestStages(type, setting, wanted, lay = () => {}) {
  const known = [];
  for (const size of [...PICTURE_SIZES].reverse()) {
    if (known.length === 2) break;
    const made = size >= 12 || size === wanted ? stagesAt(type, setting, size, () => {}) : null;
    if (made) known.push([size, entriesIn(made)]);
    if (known.length && known.at(-1)[1] > MOST_PICTURE_ENTRIES / 3) break;
  }
  if (!known.length) return null;
  const [[first, few], [second, many]] = [known[0], known.at(-1)];
  const power = second > first ? Math.log(many / few) / Math.log(second / first) : 4;
  const wantedSizes = [...new Set([wanted, ...PICTURE_SIZES])]
    .filter((size) => size <= wanted).sort((a, b) => b - a);
  for (const size of wantedSizes) {
    const expected = many * (size / second) ** Math.max(power, 1);
    const made = expected <= MOST_PICTURE_ENTRIES || size <= first ? stagesAt(type, setting, size, lay)
      : null;
    if (made) return made;
  }
  return null;
}

/** The planes of a picture that an operator reads: of one channel its greys, else its colours in turn. */
function channelsOf(planes, channels) {
  if (channels === 1) return [greyOf(planes)];
  const many = planes.length / 3;
  return Array.from({ length: channels }, (_, at) => planes.slice((at % 3) * many, (at % 3 + 1) * many));
}

/** A picture drawn from values, one pixel for each; three planes are its colours. */
function pictureOf(planes, rows, columns, { black, white }, scale, label) {
  const canvas = viewNode("canvas", "ca-picture");
  canvas.width = columns;
  canvas.height = rows;
  canvas.style.width = `${columns * scale}px`;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", label);
  const pen = canvas.getContext("2d");
  const image = pen.createImageData(columns, rows);
  for (let at = 0; at < rows * columns; at += 1) {
    for (let part = 0; part < 3; part += 1) {
      const value = planes[planes.length === 3 ? part : 0][at];
      image.data[4 * at + part] = Math.round((255 * (value - black)) / (white - black || 1));
    }
    image.data[4 * at + 3] = 255;
  }
  pen.putImageData(image, 0, 0);
  return canvas;
}

/** The view of the effect: the picture before, what is made of it after, and which kernel does it. */
export function effectView(host, store) {
  const choices = viewNode("div", "ca-view-choices");
  const said = viewNode("p", "ca-view-said");
  said.setAttribute("aria-live", "polite");
  const before = viewNode("div", "ca-view-pictures");
  const after = viewNode("div", "ca-view-pictures");
  const root = viewNode("section", "ca-effect-view", choices, said,
    viewNode("div", "ca-effect-sides", before, viewNode("span", "ca-effect-arrow", "→"), after));
  root.setAttribute("aria-label", "Effect on a picture");
  host.append(root);
  let preset = "page";
  let given = null; // a picture of the user's: {name, bitmap}
  let wanted = WANTED_SIZE;
  let timer = 0;
  const samples = new Map();

  function planesAt(size) {
    const key = `${given ? given.name : ""} ${size}`;
    if (!samples.has(key)) samples.set(key, given ? planesOf(given.bitmap, size) : samplePicture(size));
    return samples.get(key);
  }

  function redraw() {
    const model = store.shown();
    if (!model) return;
    const usable = KERNEL_PRESETS.filter(([name]) => model.weights.count
      && presetFits(name, model.weights, model.axes));
    if (!usable.some(([name]) => name === preset)) preset = "page";
    drawChoices(usable);
    if (!Array.isArray(model.values.input_size)) {
      say("This type takes no input size, so no picture can be put in.");
      return;
    }
    const setting = { type: store.state().type, axes: model.axes, values: model.values };
    const turned = isTransposedModel(model);
    const gain = turned && Array.isArray(model.values.stride) ? productOfSizes(model.values.stride) : 1;
    const lay = (weights) => preset !== "page"
      && layPreset(preset, weights, { axes: model.axes, turned, gain });
    const made = largestStages(model.type, setting, wanted, lay);
    if (!made) say("No picture size is legal for these settings.");
    else drawSides(model, made);
  }

  function isTransposedModel({ type, values, weights }) {
    if (!type.name.includes("transpose")) return false;
    return Boolean(values.kernel_size) && weights.count > 0;
  }

  function say(text) {
    said.textContent = text;
    before.replaceChildren();
    after.replaceChildren();
  }

  function drawChoices(usable) {
    const file = viewNode("input", "ca-effect-file");
    file.type = "file";
    file.accept = "image/*";
    file.setAttribute("aria-label", "a picture of yours; it stays in this page");
    file.addEventListener("change", () => take(file.files[0]));
    const parts = [];
    if (usable.length > 1) parts.push(viewChoice("Kernel", usable, preset, (name) => {
      preset = name;
      redraw();
    }));
    const sizes = [32, 48, 64, 96].map((size) => [size, `${size} × ${size}`]);
    parts.push(viewChoice("picture", sizes, wanted, (size) => {
      wanted = size;
      redraw();
    }));
    parts.push(viewNode("label", "ca-view-label ca-effect-own", "your own ", file));
    const focused = host.getRootNode().activeElement;
    const at = [...choices.querySelectorAll("select")].indexOf(focused);
    choices.replaceChildren(...parts);
    if (at >= 0) choices.querySelectorAll("select")[at]?.focus();
  }

  async function take(file) {
    if (!file) return;
    try {
      given?.bitmap.close();
      given = { name: file.name, bitmap: await createImageBitmap(file) };
      samples.clear();
      redraw();
    } catch {
      given = null;
      samples.clear();
      redraw();
      said.textContent = `${file.name} is no picture that this browser reads.`;
    }
  }

  function drawSides(model, { size, stages }) {
    const inputs = stages.at(-1).inputShape;
    const outputs = stages[0].outputShape;
    const frames = model.axes > 2 ? productOfSizes(inputs.slice(1, -2)) : 1;
    const channelCount = stages.at(-1).columns / frames / size ** Math.min(model.axes, 2);
    const planes = channelsOf(planesAt(size), channelCount);
    const scale = Math.max(1, Math.floor(Math.min(224, (host.clientWidth || 640) - 16) / size));
    const { channels, frame } = model.axes === 1 ? rowByRow(stages, planes, size)
      : atOnce(stages, planes, size, frames);
    if (!channels || outputs.length > Math.max(model.axes + 1, 4)) {
      say(`The output has the shape ${timesText(outputs)}, which is no picture.`);
      return;
    }
    const { rows, columns, planes: found } = channels;
    const whole = rangeOf(found.flatMap((plane) => [...rangeEnds(plane)]), { cut: preset === "sharpen" });
    const colour = planes.length === 3;
    before.replaceChildren(figure(colour ? planes
      : planes.slice(0, 1), size, size, { black: 0, white: 1 }, scale,
      `before: ${timesText([size, size])}${colour ? ", in colour" : ""}`));
    const shown = found.slice(0, MOST_SHOWN);
    const parts = colour && found.length === 3 && whole.black === 0
      ? [figure(found, rows, columns, whole, scale, `after: ${timesText([rows, columns])}, in colour`)]
      : shown.map((plane, at) => figure([plane], rows, columns, whole, scale,
        `after: ${timesText([rows, columns])}${found.length > 1 ? `, channel ${at}` : ""}`));
    after.replaceChildren(...parts);
    const hidden = found.length > MOST_SHOWN && parts.length > 1
      ? ` The first ${MOST_SHOWN} of ${found.length} channels.` : "";
    said.textContent = `After: ${whole.said}.${hidden}${frame}`;
  }

  function figure(planes, rows, columns, range, scale, label) {
    return viewNode("figure", "ca-view-figure", viewNode("figcaption", "ca-view-caption", label),
      pictureOf(planes, rows, columns, range, scale, label));
  }

  /** An operator of one axis meets every row of the picture by itself. */
  function rowByRow(stages, planes, size) {
    const shape = stages[0].outputShape;
    const columns = shape.at(-1);
    const many = stages[0].rows / columns;
    const found = Array.from({ length: many }, () => new Float64Array(size * columns));
    for (let row = 0; row < size; row += 1) {
      const line = planes.flatMap((plane) => [...plane.subarray(row * size, (row + 1) * size)]);
      const { real } = applyStages(stages, Float64Array.from(line));
      found.forEach((plane, at) =>
        plane.set(real.subarray(at * columns, (at + 1) * columns), row * columns));
    }
    return { channels: { rows: size, columns, planes: found },
      frame: " Each row of the picture by itself." };
  }

  /**
   * The picture at once; along the third axis it moves a little from frame to frame, and the middle is
   * shown.
   */
  function atOnce(stages, planes, size, frames) {
    const input = new Float64Array(stages.at(-1).columns);
    planes.forEach((plane, at) => {
      for (let one = 0; one < frames; one += 1) {
        input.set(moved(plane, size, one), (at * frames + one) * size * size);
      }
    });
    const shape = stages[0].outputShape;
    const { real } = applyStages(stages, input);
    if (shape.length < 3) return { channels: null, frame: "" };
    const [rows, columns] = shape.slice(-2);
    const deep = productOfSizes(shape.slice(1, -2));
    const at = Math.floor(deep / 2);
    const found = Array.from({ length: shape[0] }, (_, one) => (
      real.slice((one * deep + at) * rows * columns, (one * deep + at + 1) * rows * columns)));
    const moving = ` ${frames} frames, the picture moving by a pixel; frame ${at} of the output is shown.`;
    const frame = frames > 1 ? moving : "";
    return { channels: { rows, columns, planes: found }, frame };
  }

  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(redraw, 40);
  };
  const end = whenShownAnew(host, later);
  redraw();
  return {
    update(changed) {
      if (changed.has("model")) later();
    },
    destroy() {
      clearTimeout(timer);
      end();
      given?.bitmap.close();
      root.remove();
    },
  };
}

const rangeEnds = (plane) => plane
  .reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)], [Infinity, -Infinity]);

function moved(plane, size, by) {
  if (!by) return plane;
  return plane.map((_, at) => plane[at - (at % size) + Math.min((at % size) + by, size - 1)]);
}

/** Three planes of a picture of the user's, its middle square scaled down. */
function planesOf(bitmap, size) {
  const canvas = document.createElement("canvas");
  canvas.width = size;
  canvas.height = size;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.imageSmoothingQuality = "high";
  pen.fillStyle = "#ffffff";
  pen.fillRect(0, 0, size, size);
  const side = Math.min(bitmap.width, bitmap.height);
  pen.drawImage(bitmap, (bitmap.width - side) / 2, (bitmap.height - side) / 2, side, side, 0, 0, size,
    size);
  const { data } = pen.getImageData(0, 0, size, size);
  return Float64Array.from({ length: 3 * size * size },
    (_, at) => data[4 * (at % (size * size)) + Math.floor(at / (size * size))] / 255);
}
