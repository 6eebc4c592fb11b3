// The operator matrix as a picture that one points at, zooms and walks through.
import { canvasTheme } from "./canvastheme.js";
import { cellFaces } from "./cells.js";
import { LEGEND_HEIGHT, MOST_CELLS, composePicture, paintLayer } from "./composing.js";
import { marginsOf } from "./edges.js";
import { element } from "./elements.js";
import { nearestEntry, nearestInRow, rowOfEntry, walkedEntry } from "./entries.js";
import { listenToGestures } from "./gestures.js";
import { grouped } from "./numerals.js";
import { COLOUR_OF_SEVERAL } from "./palette.js";
import { boundedView, fittedView, indentOf, pannedView, viewWith, zoomedView } from "./viewport.js";

const LEAST_HEIGHT = 120;
const HIT_REACH = 4;
const ZOOM_STEP = 1.5;
// What stands above and below the matrix in the window, so that all is seen at once.
const BESIDES = 320;
const LEAST_MOST = 280;
const NARROW = 400;
const MOST_LOOKED_AT = 20000;
const MATRIX_HELP = "Arrow keys walk the entries, Enter pins, Escape lets go, + and - zoom.";

/** The picture of a panel's matrix: {update(changed), cells(), fit(), zoom(factor), canvas, destroy()}. */
export function matrixView(host, store, panelId) {
  const parts = layOutMatrix(host);
  const { canvas } = parts;
  const layer = document.createElement("canvas");
  let panel = null;
  let faces = null;
  let margins = null;
  let frame = null;
  let view = null;
  let fitted = true;
  let scene = null;
  let stale = true;
  let waiting = 0;
  let walked = -1;
  let shownWidth = 0;

  const matrixOf = () => panel?.matrix ?? null;
  const pointingHere = () => {
    const pointing = store.pointing ? store.pointing() : store.state().pinned;
    return pointing?.panel === panelId ? pointing : null;
  };
  const lightHere = () => {
    const lit = store.light()?.[panelId];
    return lit && (lit.entries.size || lit.rows.length || lit.columns.length) ? lit : null;
  };

  function schedule({ anew }) {
    stale ||= anew;
    waiting ||= requestAnimationFrame(draw);
  }

  function draw() {
    if (waiting) cancelAnimationFrame(waiting);
    waiting = 0;
    if (!matrixOf() || !frame) return;
    if (stale) drawLayer();
    composePicture(canvas, layer, scene, lightHere(), pointingHere());
  }

  function takePanel() {
    const next = store.panels().find(({ id }) => id === panelId) ?? null;
    if (next?.matrix === matrixOf() && next?.model === panel?.model) return;
    const alike = next && panel && next.matrix.rows === panel.matrix.rows
      && next.matrix.columns === panel.matrix.columns;
    panel = next;
    if (!panel) return;
    const { matrix } = panel;
    faces = cellFaces(matrix, panel.model);
    margins = marginsOf(matrix);
    fitted ||= !alike;
    walked = -1;
    const count = matrix.starts[matrix.rows];
    const size = `${grouped(matrix.rows)} × ${grouped(matrix.columns)}`;
    const entries = `${grouped(count)} ${count === 1 ? "entry" : "entries"}`;
    parts.title.textContent = panel.title;
    parts.size.textContent = `${size}, ${entries}`;
    const spoken = `Matrix ${panel.title}: ${size.replace("×", "by")}, ${entries}`;
    canvas.setAttribute("aria-label", `${spoken}. ${MATRIX_HELP}`);
    parts.sums.hidden = !hasSums(matrix, faces);
    takeSize();
  }

  function takeSize() {
    const width = host.clientWidth;
    shownWidth = width;
    const matrix = matrixOf();
    if (!matrix || !width) return;
    const inner = Math.max(width - margins.left - margins.right, 40);
    const { rows, columns } = matrix;
    const whole = fittedView({ width: inner, height: Infinity, rows, columns });
    const around = margins.top + margins.bottom;
    const most = Math.max(LEAST_MOST, Math.min(Math.max(width, NARROW), window.innerHeight - BESIDES));
    const wanted = Math.ceil(whole.scale * matrix.rows) + around;
    const legend = matrix.starts[matrix.rows] > MOST_CELLS ? LEGEND_HEIGHT : 0;
    const height = Math.min(Math.max(wanted, LEAST_HEIGHT), most) + legend;
    const ratio = window.devicePixelRatio || 1;
    for (const each of [canvas, layer]) {
      each.width = Math.round(width * ratio);
      each.height = Math.round(height * ratio);
    }
    canvas.style.height = `${height}px`;
    frame = { width: inner, height: height - around - legend, rows, columns };
    view = fitted || !view ? fittedView(frame) : boundedView(view, frame);
    parts.zoomOut.disabled = fitted;
    schedule({ anew: true });
  }

  /** The box in which cells are seen. */
  function boxOf() {
    return {
      x: margins.left + indentOf(view, frame),
      y: margins.top,
      width: Math.min(frame.width, (frame.columns - view.left) * view.scale),
      height: Math.min(frame.height, (frame.rows - view.top) * view.scale),
    };
  }

  /** What the drawing needs to know; what was seen last is kept in it. */
  function drawLayer() {
    const { matrix } = panel;
    const box = boxOf();
    scene = { matrix, faces, frame, view, box, theme: canvasTheme(canvas), what: store.state().cells };
    Object.assign(scene, paintLayer(layer, scene));
    const { bins } = scene;
    canvas.dataset.drawn = bins ? (bins.single ? "taps" : "density") : "cells";
    stale = false;
  }

  /** What is at a place of the canvas: an entry, an empty cell, a row or a column, or nothing. */
  function pointingAt(x, y) {
    if (!matrixOf() || !view) return null;
    const box = boxOf();
    const column = Math.floor(view.left + (x - box.x) / view.scale);
    const row = Math.floor(view.top + (y - box.y) / view.scale);
    const across = x >= box.x && x < box.x + box.width;
    const down = y >= box.y && y < box.y + box.height;
    if (across && down) {
      const reach = view.scale > 2 * HIT_REACH ? 0 : Math.ceil(HIT_REACH / view.scale);
      const index = nearestEntry(matrixOf(), row, column, reach);
      if (index >= 0) return { panel: panelId, kind: "entry", index };
      return { panel: panelId, kind: "empty", index: row * frame.columns + column };
    }
    if (down && x < box.x) return { panel: panelId, kind: "row", index: row };
    if (across && y < box.y) return { panel: panelId, kind: "column", index: column };
    return null;
  }

  function moveTo(next) {
    const changed = next.scale !== view.scale || next.left !== view.left || next.top !== view.top;
    if (!changed) return false;
    view = next;
    fitted = view.scale <= fittedView(frame).scale * 1.0001;
    canvas.style.touchAction = fitted ? "pan-y" : "none";
    parts.zoomOut.disabled = fitted;
    schedule({ anew: true });
    return true;
  }

  /** Zooms about a place of the canvas; without one, about what is pointed at or an entry in the middle. */
  function zoom(factor, x, y) {
    if (!frame) return false;
    const [atX, atY] = x === undefined ? middle() : [x - margins.left, y - margins.top];
    return moveTo(zoomedView(view, frame, factor, atX, atY));
  }

  function middle() {
    const { matrix } = panel;
    const pointing = pointingHere();
    const row = Math.floor(view.top + Math.min(frame.height / view.scale, frame.rows) / 2);
    const column = Math.floor(view.left + Math.min(frame.width / view.scale, frame.columns) / 2);
    const index = pointing?.kind === "entry" ? pointing.index : nearestInRow(matrix, row, column);
    const seen = index < 0 ? row : rowOfEntry(matrix, index);
    const x = ((index < 0 ? column : matrix.indices[index]) + 0.5 - view.left) * view.scale;
    const y = (seen + 0.5 - view.top) * view.scale;
    const inside = x >= 0 && x <= frame.width && y >= 0 && y <= frame.height;
    return inside ? [x + indentOf(view, frame), y] : [frame.width / 2, frame.height / 2];
  }

  function fit() {
    fitted = true;
    if (frame) moveTo(fittedView(frame));
  }

  function tap(x, y) {
    const next = pointingAt(x, y);
    const pinned = store.state().pinned;
    if (next?.kind === "entry") walked = next.index;
    const lasting = next && next.kind !== "empty" && !(pinned && samePlace(next, pinned));
    store.pin(lasting ? next : null);
    if (next?.kind === "empty") store.point(next);
  }

  function walk(event) {
    const pointing = pointingHere();
    const from = pointing?.kind === "entry" ? pointing.index : walked;
    const index = walkedEntry(matrixOf(), from, event.key, event.ctrlKey || event.metaKey);
    if (index === null) return false;
    walked = index;
    const next = { panel: panelId, kind: "entry", index };
    moveTo(viewWith(view, frame, rowOfEntry(matrixOf(), index), matrixOf().indices[index]));
    if (store.state().pinned) store.pin(next);
    else store.point(next);
    return true;
  }

  const keys = {
    Escape: () => {
      store.pin(null);
      store.point(null);
    },
    Enter: () => pinWalked(),
    " ": () => pinWalked(),
    "+": () => zoom(ZOOM_STEP),
    "=": () => zoom(ZOOM_STEP),
    "-": () => zoom(1 / ZOOM_STEP),
    0: () => fit(),
  };

  function pinWalked() {
    const pointing = pointingHere();
    if (pointing && pointing.kind !== "empty") store.pin(pointing);
  }

  /** Points at what is there; an empty cell does not take the place of what is pinned. */
  function hover(x, y) {
    const next = pointingAt(x, y);
    store.point(next?.kind === "empty" && store.state().pinned ? null : next);
  }

  function onKey(event) {
    if (!matrixOf() || event.altKey) return;
    const plain = !event.ctrlKey && !event.metaKey && Object.hasOwn(keys, event.key);
    if (plain) keys[event.key]();
    if (plain || walk(event)) event.preventDefault();
  }

  const redraw = () => schedule({ anew: true });
  const stopGestures = listenToGestures(canvas, {
    hover,
    leave: () => store.point(null),
    tap,
    pan: (dx, dy) => (frame ? moveTo(pannedView(view, frame, dx, dy)) : false),
    zoom,
  });
  const darkness = window.matchMedia("(prefers-color-scheme: dark)");
  const resized = new ResizeObserver(() => {
    if (host.clientWidth === shownWidth) return;
    takeSize();
    draw();
  });
  resized.observe(host);
  darkness.addEventListener("change", redraw);
  canvas.addEventListener("keydown", onKey);
  canvas.addEventListener("focus", () => schedule({ anew: false }));
  canvas.addEventListener("blur", () => schedule({ anew: false }));
  parts.zoomIn.addEventListener("click", () => zoom(ZOOM_STEP));
  parts.zoomOut.addEventListener("click", () => zoom(1 / ZOOM_STEP));
  parts.fit.addEventListener("click", fit);

  return {
    canvas,
    fit,
    zoom,
    update(changed) {
      if (changed.has("model")) takePanel();
      schedule({ anew: changed.has("model") || changed.has("state") });
    },
    cells() {
      if (waiting) draw();
      return scene?.drawn ?? [];
    },
    destroy() {
      if (waiting) cancelAnimationFrame(waiting);
      resized.disconnect();
      stopGestures();
      darkness.removeEventListener("change", redraw);
      host.replaceChildren();
    },
  };
}

function layOutMatrix(host) {
  const button = (text, label) => {
    return element("button", { type: "button", class: "ca-zoom", "aria-label": label }, [text]);
  };
  const parts = {
    title: element("strong", { class: "ca-matrix-title" }),
    size: element("span", { class: "ca-matrix-size" }),
    sums: element("span", { class: "ca-matrix-sums", hidden: "" }, ["dark: sum of several products"]),
    zoomOut: button("−", "Zoom out"),
    zoomIn: button("+", "Zoom in"),
    fit: button("fit", "Show the whole matrix"),
    canvas: element("canvas", {
      class: "ca-matrix-canvas",
      tabindex: "0",
      role: "application",
      "aria-roledescription": "matrix picture",
    }),
  };
  const spring = element("span", { class: "ca-spring" });
  const bar = element("div", { class: "ca-matrix-bar" }, [
    parts.title, parts.size, parts.sums, spring,
  ]);
  // After the canvas, which one reaches first by keys; the looks put them beside the bar.
  const zooms = element("span", { class: "ca-zooms" }, [parts.zoomOut, parts.zoomIn, parts.fit]);
  Object.assign(bar.style, { display: "flex", flexWrap: "wrap", alignItems: "center", gap: "8px" });
  spring.style.flex = "1";
  const style = { display: "block", width: "100%", outline: "none", touchAction: "pan-y" };
  Object.assign(parts.canvas.style, style);
  host.replaceChildren(bar, parts.canvas, zooms);
  return parts;
}

/** Whether cells have the colour of sums of unlike products; of very many entries the first are asked. */
function hasSums({ starts, rows, told, termStarts }, faces) {
  if (told === false) return true;
  const count = termStarts ? Math.min(starts[rows], MOST_LOOKED_AT) : 0;
  for (let at = 0; at < count; at += 1) {
    if (termStarts[at + 1] - termStarts[at] > 1 && faces.colour(at) === COLOUR_OF_SEVERAL) return true;
  }
  return false;
}

const samePlace = (a, b) => a.panel === b.panel && a.kind === b.kind && a.index === b.index;
