// The panels as SVG: cells where there are few, a picture of their density where there are many.
import { cellFaces } from "./cells.js";
import { densityColour, inkOn } from "./palette.js";

const SVG_SPACE = "http://www.w3.org/2000/svg";
const SVG_MOST_CELLS = 20000;
const SVG_MOST_LABELS = 2000;
const SVG_CELL = 48;
const SVG_LEAST_CELL = 4;
const SVG_WIDEST = 1600;
const SVG_GAP = 48;
const SVG_HEAD = 64;
const SVG_LINE = 24;
const SVG_INDEX_ROOM = 28;
const SVG_DENSE = 400;
const SVG_LETTER = 8.5;
const SVG_FONT = "system-ui, sans-serif";

/** Panels side by side as the text of an SVG document; cells: what is written, as in the state. */
export function svgOf(panels, light, colours, cells) {
  const svg = svgNode("svg", { "font-family": SVG_FONT });
  const drawn = panels.map((panel) => svgPanel(panel, light?.[panel.id], colours, cells));
  const widths = drawn.map(({ width }) => width);
  const width = widths.reduce((sum, one) => sum + one, 0) + SVG_GAP * (panels.length + 1);
  const tallest = Math.max(0, ...drawn.map(({ height }) => height));
  const lines = linesOfText(light?.text ?? "", (width - 2 * SVG_GAP) / SVG_LETTER);
  const height = tallest + SVG_HEAD + SVG_GAP + lines.length * SVG_LINE;
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("width", width);
  svg.setAttribute("height", height);
  svg.append(svgNode("rect", { width, height, fill: colours.paper }));
  let left = SVG_GAP;
  for (const { group, width: own } of drawn) {
    group.setAttribute("transform", `translate(${left} ${SVG_HEAD})`);
    svg.append(group);
    left += own + SVG_GAP;
  }
  lines.forEach((line, i) => {
    const y = tallest + SVG_HEAD + SVG_GAP / 2 + (i + 0.5) * SVG_LINE;
    svg.append(svgLabel(line, SVG_GAP, y, 16, colours.ink, "start"));
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(svg)}\n`;
}

function svgNode(name, attributes) {
  const made = document.createElementNS(SVG_SPACE, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function svgLabel(text, x, y, size, fill, anchor = "middle") {
  const attributes = { x, y, "font-size": size, fill, "text-anchor": anchor };
  const made = svgNode("text", { ...attributes, "dominant-baseline": "central" });
  made.textContent = text;
  return made;
}

/** One panel as a group with its size. */
function svgPanel(panel, lit, colours, cells) {
  const { matrix } = panel;
  const most = Math.max(matrix.rows, matrix.columns, 1);
  const cell = Math.max(SVG_LEAST_CELL, Math.min(SVG_CELL, SVG_WIDEST / most));
  const few = matrix.indices.length <= SVG_MOST_CELLS && matrix.rows * cell <= 4 * SVG_WIDEST;
  const scale = few ? cell : SVG_DENSE / most;
  const [width, height] = [matrix.columns * scale, matrix.rows * scale];
  const group = svgNode("g", {});
  const title = `${panel.title}  (${matrix.rows} × ${matrix.columns})`;
  group.append(svgLabel(title, 0, -44, 16, colours.ink, "start"));
  group.append(...svgIndices(matrix, scale, colours.faint));
  if (few) group.append(...svgCells(panel, scale, lit, colours, cells));
  else group.append(svgDensity(matrix, width, height));
  group.append(...svgChannelLines(matrix, scale, colours.ink));
  group.append(svgNode("rect", { width, height, fill: "none", stroke: colours.ink, "stroke-width": 1 }));
  return { group, width, height };
}

/** A square for each stored entry, its weight written in it, what is lit framed. */
function svgCells(panel, scale, lit, colours, cells) {
  const { matrix } = panel;
  const made = [];
  const frames = [];
  const labelled = scale >= 20 && matrix.indices.length <= SVG_MOST_LABELS;
  const faces = cellFaces(matrix, panel.model);
  const dim = lit && (lit.entries?.size || lit.rows?.length || lit.columns?.length);
  for (let row = 0; row < matrix.rows; row += 1) {
    for (let at = matrix.starts[row]; at < matrix.starts[row + 1]; at += 1) {
      const column = matrix.indices[at];
      const colour = faces.colour(at);
      const text = labelled ? faces.text(at, cells) : "";
      const shown = lit?.entries?.has(at) || lit?.rows?.includes(row) || lit?.columns?.includes(column);
      const place = { x: column * scale, y: row * scale, width: scale, height: scale };
      made.push(svgNode("rect", { ...place, fill: colour, stroke: colours.paper, "stroke-width": scale / 32,
        ...(dim && !shown ? { opacity: 0.35 } : {}) }));
      if (text) made.push(...svgWords(text, place.x, place.y, scale, inkOn(colour)));
      const frame = { fill: "none", stroke: colours.ink, "stroke-width": scale / 10 };
      if (shown) frames.push(svgNode("rect", { ...place, ...frame }));
    }
  }
  return [...made, ...frames];
}

/** A text in a square, in two lines where it is long. */
function svgWords(text, x, y, scale, ink) {
  const commas = [...text.matchAll(/[,*+]/g)].map(({ index }) => index + 1);
  const middle = commas.reduce((best, at) =>
    Math.abs(at - text.length / 2) < Math.abs(best - text.length / 2) ? at : best, 0);
  const lines = text.length > 5 && middle ? [text.slice(0, middle), text.slice(middle)] : [text];
  const longest = Math.max(...lines.map((line) => line.length));
  const size = Math.min(scale * 0.3, (1.7 * scale) / (longest + 1));
  const [across, first] = [x + scale / 2, y + scale / 2 - ((lines.length - 1) / 2) * size * 1.2];
  return lines.map((line, i) => svgLabel(line, across, first + i * size * 1.2, size, ink));
}

/** The numbers of rows and columns, as many as there is room for. */
function svgIndices(matrix, scale, ink) {
  const step = [1, 2, 5, 10, 20, 50, 100, 200, 500].find((one) => one * scale >= SVG_INDEX_ROOM) ?? 1000;
  const every = (count) => Array.from({ length: Math.ceil(count / step) }, (_, i) => i * step);
  return [
    ...every(matrix.columns).map((at) => svgLabel(String(at), (at + 0.5) * scale, -14, 13, ink)),
    ...every(matrix.rows).map((at) => svgLabel(String(at), -8, (at + 0.5) * scale, 13, ink, "end")),
  ];
}

/** A text in lines of at most so many letters, broken at spaces. */
export function linesOfText(text, most) {
  const lines = [];
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const last = lines.pop();
    if (last === undefined) lines.push(word);
    else if (last.length + 1 + word.length <= most) lines.push(`${last} ${word}`);
    else lines.push(last, word);
  }
  return lines;
}

/** Lines between the channels of outputs and of inputs. */
function svgChannelLines(matrix, scale, ink) {
  const made = [];
  const [height, width] = [matrix.rows * scale, matrix.columns * scale];
  const block = (count, shape) => count / Math.max(1, shape?.[0] ?? 1);
  const [tall, wide] = [block(matrix.rows, matrix.outputShape), block(matrix.columns, matrix.inputShape)];
  for (let y = tall; y < matrix.rows; y += tall) {
    made.push(svgNode("path", { d: `M0 ${y * scale}H${width}`, stroke: ink, "stroke-width": 1 }));
  }
  for (let x = wide; x < matrix.columns; x += wide) {
    made.push(svgNode("path", { d: `M${x * scale} 0V${height}`, stroke: ink, "stroke-width": 1 }));
  }
  return made;
}

/** An image of how dense the entries are, for a matrix with many. */
function svgDensity(matrix, width, height) {
  const most = Math.max(matrix.rows, matrix.columns);
  const down = Math.max(1, Math.min(matrix.rows, Math.round((SVG_DENSE * matrix.rows) / most)));
  const across = Math.max(1, Math.min(matrix.columns, Math.round((SVG_DENSE * matrix.columns) / most)));
  const counts = new Float64Array(down * across);
  for (let row = 0; row < matrix.rows; row += 1) {
    const y = Math.floor((row * down) / matrix.rows) * across;
    for (let at = matrix.starts[row]; at < matrix.starts[row + 1]; at += 1) {
      counts[y + Math.floor((matrix.indices[at] * across) / matrix.columns)] += 1;
    }
  }
  const canvas = document.createElement("canvas");
  canvas.width = across;
  canvas.height = down;
  const context = canvas.getContext("2d");
  const highest = counts.reduce((a, b) => Math.max(a, b), 1);
  counts.forEach((count, i) => {
    if (!count) return;
    context.fillStyle = densityColour(count / highest);
    context.fillRect(i % across, Math.floor(i / across), 1, 1);
  });
  const image = { width, height, href: canvas.toDataURL("image/png"), preserveAspectRatio: "none" };
  return svgNode("image", { ...image, "image-rendering": "pixelated" });
}
