// Small parts of the views: nodes, a choice, a grid of cells on a canvas that mouse and keys point at.
import { element } from "./elements.js";

/** A node with a class, texts and nodes in it. */
export function viewNode(tag, className, ...inside) {
  const kept = inside.filter((part) => part !== null && part !== undefined);
  return element(tag, className ? { class: className } : {}, kept);
}

/** A button that does something. */
export function viewButton(text, act) {
  const button = viewNode("button", "ca-view-button", text);
  button.type = "button";
  button.addEventListener("click", act);
  return button;
}

/** A choice with its label: options are [value, text]; `took` gets the value chosen. */
export function viewChoice(label, options, value, took) {
  const select = viewNode("select", "ca-view-select");
  for (const [key, text] of options) {
    const option = viewNode("option", "", text);
    option.value = String(key);
    option.selected = String(key) === String(value);
    select.append(option);
  }
  select.addEventListener("change", () => took(options[select.selectedIndex][0]));
  return viewNode("label", "ca-view-label", label, " ", select);
}

/** Calls `redraw` when the colours of the system or the width of the host change; gives what ends that. */
export function whenShownAnew(host, redraw) {
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  let width = host.clientWidth;
  const observer = new ResizeObserver(() => {
    if (host.clientWidth === width) return;
    width = host.clientWidth;
    redraw();
  });
  observer.observe(host);
  scheme.addEventListener("change", redraw);
  return () => {
    observer.disconnect();
    scheme.removeEventListener("change", redraw);
  };
}

const FALLBACKS = { ink: "#1b1f24", paper: "#ffffff", faint: "#5c6570", line: "#c9d0d8", accent: "#0b62b0",
  soft: "#e6eff8", warn: "#b3470b", good: "#1a7340" };

/** The colours of the page where a node stands, and whether its paper is dark. */
export function viewColours(node) {
  const style = getComputedStyle(node);
  const pen = document.createElement("canvas").getContext("2d");
  const found = {};
  for (const [name, otherwise] of Object.entries(FALLBACKS)) {
    pen.fillStyle = otherwise;
    pen.fillStyle = style.getPropertyValue(`--${name}`).trim() || otherwise;
    found[name] = pen.fillStyle;
  }
  found.dark = lightness(found.paper) < 0.4;
  return found;
}

function lightness(colour) {
  const [r, g, b] = [1, 3, 5].map((at) => (parseInt(colour.slice(at, at + 2), 16) / 255) ** 2.2);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

const RAMP = [[233, 240, 248], [136, 184, 222], [42, 116, 181], [12, 52, 107]];
const DARK_RAMP = [[33, 42, 54], [33, 84, 140], [84, 154, 214], [190, 224, 252]];

/** The colour of t in 0..1 on a ramp of one hue, which any eye can order. */
export function heatColour(t, dark) {
  const stops = dark ? DARK_RAMP : RAMP;
  const at = Math.min(Math.max(t, 0), 1) * (stops.length - 1);
  const low = Math.min(Math.floor(at), stops.length - 2);
  const part = (one) => Math.round(stops[low][one] + (at - low) * (stops[low + 1][one] - stops[low][one]));
  return `#${[0, 1, 2].map((one) => part(one).toString(16).padStart(2, "0")).join("")}`;
}

/** Black or white, whichever is read on a colour #rrggbb. */
export function heatInk(colour) {
  return lightness(colour) > 0.2 ? "#10151b" : "#ffffff";
}

const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
const LARGEST_CELL = 34;

/**
 * A grid of cells: `draw({rows, columns, cell, width, cursor})`, where `cell(y, x)` is {fill, text, edge};
 * a line is drawn after `every` so many rows.
 * `point(y, x)` is told where the mouse is (null: nowhere), `pick(y, x)` what was clicked or walked to.
 */
export function cellGrid(name, { point = () => {}, pick = () => {} } = {}) {
  const canvas = viewNode("canvas", "ca-cells");
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", name);
  let shown = { rows: 0, columns: 0, size: 1, cursor: null };
  const under = (event) => {
    const box = canvas.getBoundingClientRect();
    const y = Math.floor(((event.clientY - box.top) / box.height) * shown.rows);
    const x = Math.floor(((event.clientX - box.left) / box.width) * shown.columns);
    return y >= 0 && x >= 0 && y < shown.rows && x < shown.columns ? [y, x] : null;
  };
  canvas.addEventListener("pointermove", (event) => point(...(under(event) ?? [null, null])));
  canvas.addEventListener("pointerleave", () => point(null, null));
  canvas.addEventListener("click", (event) => {
    const found = under(event);
    if (found) pick(...found);
  });
  canvas.addEventListener("keydown", (event) => {
    if (event.key === "Escape") pick(null, null);
    const way = ARROWS[event.key];
    if (!way) return;
    event.preventDefault();
    event.stopPropagation();
    const [y, x] = shown.cursor ?? [0, 0];
    const kept = (at, length) => Math.min(Math.max(at, 0), length - 1);
    pick(kept(y + way[0], shown.rows), kept(x + way[1], shown.columns));
  });

  function draw({ rows, columns, cell, width, cursor = null, most = LARGEST_CELL, every = 0 }) {
    const size = Math.max(2, Math.min(most, Math.floor((width - 2) / columns)));
    shown = { rows, columns, size, cursor };
    const dense = Math.max(1, window.devicePixelRatio || 1);
    canvas.width = (columns * size + 2) * dense;
    canvas.height = (rows * size + 2) * dense;
    canvas.style.width = `${columns * size + 2}px`;
    canvas.style.height = `${rows * size + 2}px`;
    const pen = canvas.getContext("2d");
    pen.scale(dense, dense);
    pen.translate(1, 1);
    const gap = size > 8 ? 1 : 0;
    const family = getComputedStyle(canvas).fontFamily || "sans-serif";
    pen.font = `${Math.min(15, Math.floor(size * 0.48))}px ${family}`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    const edged = [];
    for (let y = 0; y < rows; y += 1) {
      for (let x = 0; x < columns; x += 1) {
        const { fill, text, edge } = cell(y, x);
        pen.fillStyle = fill;
        pen.fillRect(x * size, y * size, size - gap, size - gap);
        if (text !== undefined && size >= 14 && text.length * size * 0.27 < size) {
          pen.fillStyle = heatInk(fill);
          pen.fillText(text, (x + 0.5) * size - gap / 2, (y + 0.5) * size + 1);
        }
        if (edge) edged.push([y, x, edge]);
      }
    }
    pen.fillStyle = viewColours(canvas).faint;
    for (let y = every; every && y < rows; y += every) pen.fillRect(0, y * size - 1, columns * size - gap, 2);
    const heavy = size > 8 ? 3 : 2;
    pen.lineWidth = heavy;
    for (const [y, x, edge] of edged) {
      pen.strokeStyle = edge;
      pen.strokeRect(x * size + heavy / 2 - 1, y * size + heavy / 2 - 1, size - heavy + 1, size - heavy
        + 1);
    }
  }

  return { node: canvas, draw, name: (text) => canvas.setAttribute("aria-label", text) };
}

/** Sizes as one writes them: 4 x 4, or one number where all are the same and `short`. */
export function timesText(sizes, { short = false } = {}) {
  const one = short && sizes.every((size) => size === sizes[0]);
  return one ? String(sizes[0]) : sizes.join("\u00a0×\u00a0");
}
