// A guided explanation in six steps: why the transposed convolution is C turned round.
import { placeAt } from "./sizes.js";
import { multiplyAll, transposed } from "./sparse.js";
import { cellGrid, heatColour, timesText, viewButton, viewColours, viewNode } from "./viewparts.js";

const TOUR_TITLE = "Why is the transposed convolution Cᵀ?";
const [TITLE_ID, TEXT_ID] = ["ca-tour-title", "ca-tour-text"];
const PHONE = 760;

/** The setting of a step: one channel, two axes, 3 x 3, everything else as the type starts. */
function tourSetting(data, size, stride) {
  const type = data.types.find(({ name }) => name === "conv");
  const values = { ...type.start.values, in_channels: 1, out_channels: 1, groups: 1, padding_mode: "zeros",
    flip: false,
    input_size: [size, size], kernel_size: [3, 3], stride: [stride, stride], padding: [[0, 0], [0, 0]],
    dilation: [1, 1] };
  const known = new Set(type.controls.map(({ key }) => key));
  return { type: "conv", axes: 2,
    values: Object.fromEntries(Object.entries(values).filter(([key]) => known.has(key))) };
}

/** Where an entry is kept in the order of the rows. */
function tourEntry({ starts, indices }, row, column) {
  const at = indices.subarray(starts[row], starts[row + 1]).indexOf(column);
  return at < 0 ? -1 : starts[row] + at;
}

/** The value of an entry, 0 where none is kept. */
function valueAt(matrix, row, column) {
  const at = tourEntry(matrix, row, column);
  return at < 0 ? 0 : matrix.values[at];
}

const perColumn = ({ columns, indices }) => {
  const found = new Array(columns).fill(0);
  for (const column of indices) found[column] += 1;
  return found;
};

function tourPixel(letter, index, shape) {
  return `${letter}[${placeAt(index, shape).join(",")}]`;
}

const imageOf = (shape) => timesText(shape.slice(1));

/** The input that most outputs read, the first such. */
function busiestColumn(matrix) {
  const counts = perColumn(matrix);
  return counts.indexOf(Math.max(...counts));
}

/** How far apart the windows of the first two outputs begin. */
const windowStep = ({ indices, starts }) => indices[starts[1]] - indices[0];

/** The squares that a diagonal entry of CᵀC sums up: 1² + 2², the least first. */
function squaresText({ starts, indices, values, rows }, column) {
  const found = [];
  for (let at = 0; at < starts[rows]; at += 1) if (indices[at] === column) found.push(values[at]);
  return found.sort((a, b) => a - b).map((value) => `${value}²`).join(" + ");
}

const nameOfEntry = (model, matrix, at) => model.label(matrix.monomials[at] - 1);

/** Row and column of the first output and the input in the middle of what it reads. */
function spotOf(matrix) {
  const from = matrix.starts[0];
  const column = matrix.indices[from + Math.floor((matrix.starts[1] - from) / 2)];
  return { row: 0, column, at: tourEntry(matrix, 0, column) };
}

/** One step: what to set, where to point, what to say. All numbers are read off the model. */
const TOUR_STEPS = [
  {
    title: "A row gathers",
    panel: "C",
    pin: () => ({ panel: "C", kind: "row", index: 0 }),
    say: ({ whole }) => [
      `The convolution takes ${imageOf(whole.inputShape)} inputs to ${imageOf(whole.outputShape)} outputs, `
        + `so C has ${whole.rows} rows, one per output, and ${whole.columns} columns, one per input.`,
      `Row 0 computes output ${tourPixel("y", 0, whole.outputShape)} (channel 0, row 0, column 0): its `
        + `${whole.starts[1]} entries are the weights, each in the column of the input it multiplies.`,
    ],
  },
  {
    title: "A column scatters",
    panel: "C",
    pin: ({ whole }) => ({ panel: "C", kind: "column", index: busiestColumn(whole) }),
    say: ({ whole }) => {
      const column = busiestColumn(whole);
      const pixel = tourPixel("x", column, whole.inputShape);
      return [
        `Now read the same matrix down a column. Column ${column} tells where input ${pixel} `
          + `goes: to ${perColumn(whole)[column]} outputs, with a different weight to each.`,
      ];
    },
  },
  {
    title: "Turn the matrix round",
    panel: "T",
    both: true,
    pin: ({ whole }) => ({ panel: "C", kind: "entry", index: spotOf(whole).at }),
    say: (model) => {
      const { row, column, at } = spotOf(model.whole);
      const [x, y] = [tourPixel("x", column, model.whole.inputShape),
        tourPixel("y", row, model.whole.outputShape)];
      return [
        `C[${row}, ${column}] carries ${x} to ${y} with weight ${nameOfEntry(model, model.whole, at)}.`,
        `In Cᵀ it stands at [${column}, ${row}]: the same weight, but ${y} is now what goes in and ${x} what `
          + "comes out. Every entry keeps its weight and swaps input and output.",
      ];
    },
  },
  {
    title: "So Cᵀ scatters with the kernel",
    panel: "T",
    pin: () => ({ panel: "T", kind: "column", index: 0 }),
    say: ({ whole }) => [
      "A transposed convolution takes each value of a small image, multiplies the whole kernel by it and "
        + "adds the result into a larger one. Cᵀ does just that: its column 0 is row 0 of C, so "
        + `${tourPixel("y", 0, whole.outputShape)} times each of the weights is added to `
        + `${whole.starts[1]} pixels.`,
      `All ${whole.rows} values do this, neighbours with windows ${windowStep(whole)} apart; where windows `
        + `overlap (up to ${Math.max(...perColumn(whole))} here) the products add. `
        + `${imageOf(whole.outputShape)} has become ${imageOf(whole.inputShape)}.`,
    ],
  },
  {
    title: "The shape comes back, the values do not",
    panel: "T",
    pin: () => null,
    say: ({ whole, weights }) => {
      const back = multiplyAll([transposed(whole), whole]);
      const middle = spotOf(whole).column;
      const [least, most] = [Math.min(...weights.values), Math.max(...weights.values)];
      return [
        `CᵀC takes ${imageOf(whole.inputShape)} to ${imageOf(whole.inputShape)} again. If Cᵀ were the `
          + "inverse it would be the identity: 1 on the diagonal, 0 elsewhere.",
        `With the weights ${least} to ${most}, [${middle}, ${middle}] is ${squaresText(whole, middle)} = `
          + `${valueAt(back, middle, middle)}, not 1; [${middle}, ${middle + 1}] beside it is `
          + `${valueAt(back, middle, middle + 1)}, not 0. `
          + "Cᵀ is not the inverse: it brings back the shape, not the values.",
      ];
    },
    picture: ({ whole }) => multiplyAll([transposed(whole), whole]),
  },
  {
    title: "Stride: whose is it?",
    panel: "T",
    size: 5,
    stride: 2,
    pin: ({ whole }) => ({ panel: "T", kind: "column", index: 1 % whole.rows }),
    say: ({ whole, values }) => {
      const stride = values.stride[1];
      const step = windowStep(whole);
      return [
        `Stride ${stride} means that C's window moves by ${step}. In Cᵀ neighbours of the `
          + `small image land ${step} apart in the large one, as if ${stride - 1} zero stood between them: `
          + `${imageOf(whole.outputShape)} becomes ${imageOf(whole.inputShape)}.`,
        `A stride (or padding) given to a transposed convolution is that of C: stride ${stride} spreads `
          + `the values ${stride} apart, padding 1 crops 1 pixel at each side.`,
      ];
    },
  },
];

/** The explanation: a button in `host`; each step stands above the panel that it speaks of. */
export function tourView(host, store) {
  const start = viewButton(TOUR_TITLE, open);
  start.classList.add("ca-tour-start");
  const card = viewNode("section", "ca-tour-card");
  card.setAttribute("aria-labelledby", TITLE_ID);
  card.setAttribute("aria-describedby", TEXT_ID);
  const count = viewNode("p", "ca-tour-count");
  let title = viewNode("h2", "ca-tour-title");
  const text = viewNode("div", "ca-tour-text");
  text.id = TEXT_ID;
  const picture = viewNode("div", "ca-tour-picture");
  const back = viewButton("Back", () => go(at - 1));
  const next = viewButton("Next", () => (at === TOUR_STEPS.length - 1 ? finish() : go(at + 1)));
  next.classList.add("ca-tour-next");
  const close = viewButton("Close", () => leave());
  const steps = viewNode("div", "ca-tour-buttons", back, next, close);
  const keys = viewNode("p", "ca-tour-keys", "← → turn the steps, Esc closes");
  card.append(viewNode("div", "ca-tour-head", count, steps), title, text, picture, keys);
  host.append(start);
  let at = -1;
  let before = null;
  let setting = null;

  start.hidden = !store.data.types.some(({ name }) => name === "conv");
  card.addEventListener("keydown", (event) => {
    const act = { ArrowRight: () => next.click(), ArrowLeft: () => at > 0
      && go(at - 1), Escape: leave }[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  });

  function open() {
    before = store.state();
    go(0);
  }

  /** The state as it was before. */
  function leave() {
    const kept = before;
    shut();
    if (kept) store.set(kept);
  }

  /** The last step stays, to be played with. */
  function finish() {
    shut();
  }

  function shut() {
    at = -1;
    before = null;
    card.remove();
    unmark();
    setTouring(false);
    start.hidden = false;
    start.focus();
  }

  function go(to) {
    const step = TOUR_STEPS[to];
    at = to;
    setting = tourSetting(store.data, step.size ?? 4, step.stride ?? 1);
    store.set({ ...setting, view: "transpose", aside: "grids", held: null, pinned: null });
    const model = store.model();
    store.pin(step.pin(model));
    count.textContent = `${at + 1} of ${TOUR_STEPS.length}`;
    // A heading of its own for each step: that it has the focus anew is read out.
    const heading = viewNode("h2", "ca-tour-title", step.title);
    heading.id = TITLE_ID;
    heading.tabIndex = -1;
    title.replaceWith(heading);
    title = heading;
    text.replaceChildren(...step.say(model).map((line) => viewNode("p", "", line)));
    back.disabled = at === 0;
    next.textContent = at === TOUR_STEPS.length - 1 ? "Done" : "Next";
    start.hidden = true;
    setTouring(true);
    place();
    picture.replaceChildren(...(step.picture ? inverseFigures(step.picture(model)) : []));
    title.focus({ preventScroll: true });
    const wide = (host.closest(".ca-page") ?? host).clientWidth;
    card.scrollIntoView({ block: wide > PHONE ? "nearest" : "start" });
  }

  /** The page shows nothing but what the explanation speaks of while it is on. */
  function setTouring(on) {
    host.closest(".ca-page")?.classList.toggle("ca-touring", on);
  }

  /** Puts the card before the panels, and marks the one that it speaks of. */
  function place() {
    const panel = panelNode();
    unmark();
    if (!panel) {
      host.append(card);
      return;
    }
    panel.classList.add("ca-tour-here");
    const all = [...panel.parentElement.querySelectorAll(":scope > .ca-matrix")];
    for (const one of all) one.classList.toggle("ca-tour-other", one !== panel && !TOUR_STEPS[at].both);
    if (card.nextElementSibling !== all[0]) all[0].before(card);
  }

  function panelNode() {
    return host.getRootNode().querySelector(`.ca-matrix[data-panel="${TOUR_STEPS[at].panel}"]`);
  }

  function unmark() {
    host.getRootNode().querySelectorAll(".ca-tour-here, .ca-tour-other").forEach((node) =>
      node.classList.remove("ca-tour-here", "ca-tour-other"));
  }

  /** CᵀC and, beside it, the identity that it is not. */
  function inverseFigures(matrix) {
    const top = matrix.values.reduce((a, b) => Math.max(a, b), 0);
    return [
      squareFigure("CᵀC", matrix.rows, (y, x) => valueAt(matrix, y, x) / top),
      squareFigure("the identity", matrix.rows, (y, x) => Number(x === y)),
    ];
  }

  /** A square of values in 0..1, with its name. */
  function squareFigure(name, size, value) {
    const grid = cellGrid(`${name}, ${timesText([size, size])}`);
    const colours = viewColours(card);
    grid.node.tabIndex = -1;
    grid.draw({ rows: size, columns: size, width: 150, cell(y, x) {
      const found = value(y, x);
      return { fill: found ? heatColour(0.15 + 0.85 * found, colours.dark) : colours.paper };
    } });
    return viewNode("figure", "ca-view-figure", grid.node, viewNode("figcaption", "ca-view-caption", name));
  }

  return {
    update(changed) {
      if (at < 0) return;
      const { type, values, view } = store.state();
      const away = type !== setting.type || view !== "transpose"
        || JSON.stringify(values) !== JSON.stringify(setting.values);
      if (away) shut();
      else if (changed.has("model") || !card.isConnected) place();
    },
    destroy() {
      unmark();
      setTouring(false);
      card.remove();
      start.remove();
    },
  };
}
