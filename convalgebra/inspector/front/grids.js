// The grids of a panel: input, kernels, output. Pointing at a pixel or a weight lights what belongs to it.
import { element } from "./elements.js";
import { arraysIn } from "./contents.js";
import { placeAt, productOfSizes } from "./sizes.js";
import { arrayOfWeight } from "./weights.js";
import { cellUnder, tileLayout } from "./gridlayout.js";
import { pageColours, paintBlock } from "./gridpaint.js";
import { kernelCells, outsideOf, pixelCells } from "./gridscene.js";
import { windowGeometry } from "./windows.js";
import { namesOf } from "./wording.js";

const NO_MARGIN = { top: 0, left: 0, bottom: 0, right: 0 };
const BESIDE = 520;
const PAIRWISE = 400;
const CLOSE = 760;
const SPACE = 24;
const MOST_IN_ONE = 4096;
const HELP = "Arrow keys walk, Page Up and Page Down change the channel, Enter pins, Escape lets go.";

const sizeText = (shape) => shape.join(" × ");

/** The blocks of a panel: [{key, title, kind, channels, spatial, offset, lead, array}]. */
function blocksOf(panel) {
  const { inputShape, outputShape } = panel.matrix;
  const { input, output } = namesOf(panel);
  const pixels = (key, kind, name, shape) => {
    const [channels, ...spatial] = shape.length > 1 ? shape : [1, ...shape];
    const own = { key, kind, title: `${key} ${name}`, size: sizeText(shape) };
    return { ...own, channels, spatial, offset: 0, lead: [channels], array: null };
  };
  const { list } = panel.model.weights;
  const kernels = arraysIn(panel).map((array) => kernelBlock(array, list.length === 1 ? "w" : array.name));
  return [
    pixels("input", "column", input, inputShape),
    ...kernels,
    pixels("output", "row", output, outputShape),
  ];
}

/** The block of an array of weights: a tile for each pair of channels; one for all where they are 1x1. */
function kernelBlock(array, name) {
  const lead = array.shape.slice(0, array.shape.length - array.kernel.length);
  const pairs = productOfSizes(lead);
  const flat = productOfSizes(array.kernel) === 1 && lead.length === 2 && pairs <= MOST_IN_ONE;
  return {
    key: "kernel",
    kind: "weight",
    title: `kernel ${name}`,
    size: sizeText(array.shape),
    channels: flat ? 1 : pairs,
    spatial: flat ? lead : array.kernel,
    offset: array.offset,
    lead,
    array,
  };
}

/** The cells around an input (or an output that is sent to) where taps may fall. */
function marginOf(block, geometry) {
  if (!geometry || block.key !== (geometry.sends ? "output" : "input")) return NO_MARGIN;
  const most = Math.max(...block.spatial.slice(-2));
  const [across] = geometry.margins.slice(-1);
  const [down] = geometry.margins.length > 1 ? geometry.margins.slice(-2) : [[0, 0]];
  const cut = (count) => Math.min(count, most);
  return { top: cut(down[0]), bottom: cut(down[1]), left: cut(across[0]), right: cut(across[1]) };
}

/** The channels (for kernels, the pairs of channels) that ought to be seen: those of what is lit. */
function wantedChannels(block, panel, light, cells) {
  const size = productOfSizes(block.spatial);
  const found = new Set();
  if (block.kind === "weight") {
    for (const id of light.weights) {
      const own = arrayOfWeight(panel.model.weights, id) === block.array;
      if (own) found.add(Math.floor((id - block.offset) / size));
    }
    return [...found].sort((a, b) => a - b);
  }
  const pointed = block.kind === "row" ? light.rows : light.columns;
  if (pointed.length) return pointed.map((index) => Math.floor(index / size));
  for (const index of cells.keys()) {
    found.add(Math.floor(index / size));
    if (found.size > 64) break;
  }
  return [...found].sort((a, b) => a - b);
}

/** What a tile is, over it: its channel and slice; of a kernel the first indices of its weights. */
function tileLabel(block, channel, slice, slices) {
  const parts = [];
  if (block.channels > 1 && block.kind === "weight") {
    parts.push(`[${placeAt(channel, block.lead).join(",")}]`);
  } else if (block.channels > 1) parts.push(slices > 1 ? `c ${channel}` : `channel ${channel}`);
  if (slices > 1) parts.push(block.channels > 1 ? `s ${slice}` : `slice ${slice}`);
  return parts.join(", ");
}

/** How wide and high each block may be: beside each other where there is room, else one below the other. */
function roomFor(block, width, blocks) {
  const labels = block.channels > 1 || block.spatial.length > 2;
  const high = blocks.length > 3 ? 220 : 300;
  // A line of values has the whole width, and the next block stands below.
  if (block.spatial.length < 2) return { width, height: high, labels };
  if (width >= BESIDE) {
    const free = width - 2 * SPACE;
    return { width: Math.floor(free * (block.kind === "weight" ? 0.28 : 0.36)), height: high, labels };
  }
  const pairs = width >= PAIRWISE && block.kind !== "weight";
  return { width: pairs ? Math.floor((width - SPACE) / 2) : width, height: high, labels };
}

/** Which operator the grids are of, where several are shown: called as its matrix is. */
function heading(panel) {
  const head = element("div", { class: "ca-grids-head" }, [element("strong", {}, [panel.title])]);
  head.style.flexBasis = "100%";
  return head;
}

/** What stands for a block in the page: its title, its canvas, and the button to the channels not shown. */
function blockElements(block) {
  const spoken = `${block.title}, ${block.size}. ${HELP}`;
  const said = { tabindex: "0", role: "application", "aria-label": spoken };
  const canvas = element("canvas", { class: "ca-grid", ...said });
  canvas.style.display = "block";
  canvas.style.touchAction = "manipulation";
  const size = element("span", { class: "ca-grid-size" }, [` ${block.size}`]);
  const title = element("div", { class: "ca-grid-title" }, [element("strong", {}, [block.title]), size]);
  const more = element("button", { type: "button", class: "ca-grid-more" });
  more.style.marginTop = "4px";
  const box = element("div", { class: `ca-grid-block ca-grid-${block.key}` }, [title, canvas, more]);
  return { canvas, more, box };
}

/** The cell that a key leads to from another; null for a key that leads nowhere. */
function walkedCell(block, at, key) {
  const width = block.spatial[block.spatial.length - 1] ?? 1;
  const size = productOfSizes(block.spatial);
  const count = size * block.channels;
  const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -width, ArrowDown: width };
  Object.assign(steps, { PageUp: -size, PageDown: size });
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  if (!Object.hasOwn(steps, key)) return null;
  const next = at + steps[key];
  return next >= 0 && next < count ? next : at;
}

const POINTING_KEYS = ["panel", "kind", "index"];
const samePointing = (a, b) => Boolean(a && b) && POINTING_KEYS.every((key) => a[key] === b[key]);

/** The grids of a panel in an element: {update(changed), cells(), destroy()}. */
export function gridsView(host, store, panelId) {
  let shown = [];
  let built = null;
  let frame = 0;
  host.style.display = "flex";
  host.style.flexWrap = "wrap";
  host.style.alignItems = "flex-start";
  host.style.gap = `12px ${SPACE}px`;

  const panelNow = () => store.panels().find(({ id }) => id === panelId);

  function build(panel) {
    built = panel.matrix;
    shown = blocksOf(panel).map((block) => {
      const made = { block, ...blockElements(block), layout: null, before: [], cursor: 0, drawn: [] };
      listen(made);
      return made;
    });
    const boxes = shown.map(({ box }) => box);
    const kernels = element("div", { class: "ca-grid-kernels" }, boxes.slice(1, -1));
    kernels.style.display = "grid";
    kernels.style.gap = "12px";
    // Lines of values stand one below the other.
    const basis = shown.every(({ block }) => block.spatial.length < 2) ? "100%" : "";
    for (const box of [boxes[0], kernels, boxes.at(-1)]) box.style.flexBasis = basis;
    const head = store.panels().length > 1 ? [heading(panel)] : [];
    host.replaceChildren(...head, boxes[0], ...(boxes.length > 2 ? [kernels] : []), boxes.at(-1));
  }

  function paint() {
    frame = 0;
    const panel = panelNow();
    if (!panel || !(host.clientWidth > 0)) return;
    if (built !== panel.matrix) build(panel);
    host.classList.toggle("ca-grids-close", host.clientWidth < CLOSE);
    const light = store.light()[panelId];
    const colours = pageColours(host);
    const geometry = windowGeometry(panel);
    const pixels = pixelCells(panel, light, colours.accent);
    const outside = outsideOf(panel, light, geometry);
    const now = { panel, light, colours, geometry, pixels, outside };
    const [input, output] = [shown[0], shown.at(-1)];
    for (const part of shown) layOutPart(part, now);
    const [less, more] = [input, output].map(({ layout }) => layout.cell).sort((a, b) => a - b);
    // Pixels of input and output are drawn in one size where that costs little.
    if (less > 0 && more > less && more <= 2 * less) {
      for (const part of [input, output]) layOutPart(part, now, less);
    }
    for (const part of shown) paintPart(part, now);
  }

  function layOutPart(part, { panel, light, geometry, pixels }, cell) {
    const { block, before } = part;
    const lit = block.key === "input" ? pixels.inputs : pixels.outputs;
    const wanted = wantedChannels(block, panel, light, lit);
    const room = { ...roomFor(block, host.clientWidth, shown), cell };
    part.box.style.maxWidth = `${room.width}px`;
    const margin = marginOf(block, geometry);
    part.layout = tileLayout(block.channels, block.spatial, room, margin, wanted, before);
    part.before = part.layout.shown;
  }

  function paintPart(part, { panel, light, colours, geometry, pixels, outside }) {
    const { block, layout } = part;
    const lit = block.key === "input" ? pixels.inputs : pixels.outputs;
    part.more.hidden = layout.hidden === 0;
    part.more.textContent = `and ${layout.hidden} more ›`;
    const onThis = geometry && block.key === (geometry.sends ? "output" : "input");
    const kernel = block.kind === "weight";
    part.drawn = paintBlock(part.canvas, layout, {
      cells: kernel ? kernelCells(panel, block, layout.shown, light) : lit,
      plain: (index) => (kernel ? null : String(index)),
      outside: onThis ? outside.outside : [],
      outsideChannels: onThis ? outside.channels : new Set(),
      label: (channel, slice) => tileLabel(block, channel, slice, layout.slices),
    }, colours);
  }

  function pointingAt({ block }, index) {
    return index < 0 ? null : { panel: panelId, kind: block.kind, index: block.offset + index };
  }

  function listen(part) {
    const { canvas, more, block } = part;
    const under = (event) => {
      const box = canvas.getBoundingClientRect();
      return part.layout ? cellUnder(part.layout, event.clientX - box.left, event.clientY - box.top) : -1;
    };
    const pin = (pointing) => store.pin(samePointing(pointing, store.state().pinned) ? null : pointing);
    canvas.addEventListener("pointermove", (event) => store.point(pointingAt(part, under(event))));
    canvas.addEventListener("pointerleave", () => store.point(null));
    canvas.addEventListener("click", (event) => {
      const index = under(event);
      if (index >= 0) part.cursor = index;
      pin(pointingAt(part, index));
    });
    canvas.addEventListener("focus", () => {
      if (canvas.matches(":focus-visible")) store.point(pointingAt(part, part.cursor));
    });
    canvas.addEventListener("blur", () => store.point(null));
    canvas.addEventListener("keydown", (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      if (event.key === "Escape") {
        store.pin(null);
        store.point(null);
        return;
      }
      const next = walkedCell(block, part.cursor, event.key);
      if (next === null && event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      if (next === null) pin(pointingAt(part, part.cursor));
      else {
        part.cursor = next;
        store.point(pointingAt(part, next));
      }
    });
    more.addEventListener("click", () => {
      const { channels } = block;
      const from = (part.before[part.before.length - 1] + 1) % channels;
      part.before = part.before.map((_, at) => (from + at) % channels).sort((a, b) => a - b);
      paint();
    });
  }

  function soon() {
    if (!frame) frame = requestAnimationFrame(paint);
  }

  function now() {
    if (frame) cancelAnimationFrame(frame);
    paint();
  }

  const resized = new ResizeObserver(soon);
  resized.observe(host);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", soon);
  return {
    update(changed) {
      if (changed.has("model")) now();
      else soon();
    },
    cells() {
      if (frame) now();
      return shown.flatMap(({ block, canvas, drawn }) =>
        drawn.map((cell) => ({ ...cell, block: block.key, title: block.title, kind: block.kind, canvas })),
      );
    },
    destroy() {
      if (frame) cancelAnimationFrame(frame);
      resized.disconnect();
      dark.removeEventListener("change", soon);
      host.replaceChildren();
    },
  };
}
