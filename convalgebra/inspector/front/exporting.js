// What is seen, taken along: pictures, the page itself, the line of Python, the link.
import { element } from "./elements.js";
import { fragmentOf } from "./link.js";
import { pythonLine } from "./python.js";
import { linesOfText, svgOf } from "./svg.js";

const PICTURE_MARGIN = 24;
const PICTURE_HEAD = 40;
const PICTURE_LINE = 26;
const PICTURE_LETTER = 9.5;
const PAGE_DATA = /(<script type="application\/json" id="convalgebra-data">)([\s\S]*?)(<\/script>)/;
const SHOWN_FOR = 4000;
const SHOWN_LONGER = 12000;
const MORTAL = "it works while the command runs; “page” keeps it";

/** Buttons that export what the store shows; places: { standalone: async () -> text of a page, linked }. */
export function exportBar(host, store, places = {}) {
  const said = element("p", { class: "ca-said", role: "status", "aria-live": "polite" });
  const code = element("code", { class: "ca-code", tabindex: "0" });
  const root = () => host.getRootNode();
  const named = (ending) => fileName(store.state(), ending);
  const jobs = [
    ["PNG", "the matrix as a picture", async () => saveFile(await pngOf(root(), store), named("png"))],
    ["SVG", "the matrix as a drawing", async () => saveFile(svgBlob(root(), store), named("svg"))],
  ];
  if (places.standalone) {
    jobs.push(["page", "this page as one file that needs no network",
      async () => saveFile(await pageBlob(places, store), named("html"))]);
  }
  if (places.linked) {
    jobs.push(["link", "copy a link that restores what is shown",
      () => copyText(linkOf(store), host, "link", store.data.place === "server" ? MORTAL : "")]);
  }
  let timer = 0;
  function tell(text) {
    said.textContent = text;
    clearTimeout(timer);
    timer = setTimeout(() => (said.textContent = ""), text.includes(MORTAL) ? SHOWN_LONGER : SHOWN_FOR);
  }
  const buttons = jobs.map(([label, title, job]) => jobButton(label, title, job, tell));
  const copy = jobButton("copy", "copy the line of Python",
    () => copyText(code.textContent, host, "line"), tell);
  host.append(
    element("h2", {}, ["Take it along"]),
    element("div", { class: "ca-line" }, [code, copy]),
    element("div", { class: "ca-buttons" }, buttons),
    said,
  );
  return {
    update(changed) {
      if (!changed.has("state")) return;
      const { axes, values } = store.state();
      const { type, legal } = store.model();
      code.textContent = pythonLine(type, values, axes);
      copy.disabled = !type.call || !legal;
      for (const button of buttons) button.disabled = !legal && ["PNG", "SVG"].includes(button.dataset.job);
    },
    destroy() {
      clearTimeout(timer);
      host.replaceChildren();
    },
  };
}

function jobButton(label, title, job, tell) {
  const attributes = { type: "button", class: "ca-button", title, "data-job": label };
  const button = element("button", attributes, [label]);
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      const done = await job();
      if (done) tell(done);
    } catch (error) {
      tell(`did not work: ${error?.message ?? error}`);
    }
    button.disabled = false;
  });
  return button;
}

/** Return a name for a file: conv-4x4-kernel-3x3.svg. */
function fileName({ type, axes, values }, ending) {
  const times = (value) => (Array.isArray(value) ? value : Array(axes).fill(value)).join("x");
  const parts = [
    type.replaceAll("_", "-"),
    ...("input_size" in values ? [times(values.input_size)] : []),
    ...("kernel_size" in values ? ["kernel", times(values.kernel_size)] : []),
  ];
  return `${parts.join("-")}.${ending}`;
}

/** Hand a file to the browser to keep. */
function saveFile(blob, name) {
  const address = URL.createObjectURL(blob);
  const anchor = element("a", { href: address, download: name });
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
  setTimeout(() => URL.revokeObjectURL(address), SHOWN_FOR);
  return `${name} saved`;
}

/** The address of this page with all of its state. */
function linkOf(store) {
  return `${window.location.href.split("#")[0]}#${fragmentOf(store.state())}`;
}

/** Copy a text; where the browser does not let one, show it selected in a field; `note` is said of it. */
async function copyText(text, host, what, note = "") {
  const noted = (done) => (note ? `${done}; ${note}` : done);
  try {
    await navigator.clipboard.writeText(text);
    host.querySelector(".ca-copied")?.remove();
    return noted(`${what} copied`);
  } catch {
    host.querySelector(".ca-copied")?.remove();
    const attributes = { class: "ca-copied", readonly: "", "aria-label": `the ${what}, to copy` };
    const field = element("input", attributes);
    field.value = text;
    host.append(field);
    field.focus();
    field.select();
    return noted("selected below: copy it with Ctrl+C");
  }
}

/** The page as a file that begins with what is shown now. */
async function pageBlob(places, store) {
  const text = await places.standalone(store.state());
  return text instanceof Blob ? text : new Blob([startingWith(text, store.state())], { type: "text/html" });
}

/** The text of a page with another first state in its data; as it is where no data are found. */
function startingWith(text, state) {
  return text.replace(PAGE_DATA, (whole, before, json, after) => {
    const data = { ...JSON.parse(json), start: state };
    const written = JSON.stringify(data).replaceAll("</", "<\\/").replaceAll("<\u0021--", "\\u003c!--");
    return `${before}${written}${after}`;
  });
}

// --- pictures ---

/** The colours of the page as they are now. */
function exportColours(root) {
  const style = getComputedStyle(root.host ?? document.documentElement);
  const told = (name, usual) => style.getPropertyValue(name).trim() || usual;
  return {
    paper: told("--paper", "#ffffff"),
    ink: told("--ink", "#14181f"),
    faint: told("--faint", "#5b6472"),
    line: told("--line", "#d5dae1"),
    accent: told("--accent", "#0b5cad"),
  };
}

function svgBlob(root, store) {
  const text = svgOf(store.panels(), store.light(), exportColours(root), store.state().cells);
  return new Blob([text], { type: "image/svg+xml" });
}

/** The canvases of the matrices as they are seen, with titles and what is lit in words. */
function pngOf(root, store) {
  const all = [...root.querySelectorAll(".ca-matrix canvas")];
  const canvases = all.filter(({ width, height }) => width && height);
  if (!canvases.length) throw new Error("there is no picture yet");
  const boxes = canvases.map((canvas) => canvas.getBoundingClientRect());
  const [left, top] = ["left", "top"].map((side) => Math.min(...boxes.map((box) => box[side])));
  const [right, bottom] = ["right", "bottom"].map((side) => Math.max(...boxes.map((box) => box[side])));
  const ratio = Math.max(2, window.devicePixelRatio || 1);
  const colours = exportColours(root);
  const picture = element("canvas");
  picture.width = Math.ceil((right - left + 2 * PICTURE_MARGIN) * ratio);
  const lines = linesOfText(store.light()?.text ?? "", (right - left) / PICTURE_LETTER);
  const below = bottom - top + PICTURE_MARGIN + PICTURE_HEAD;
  picture.height = Math.ceil((below + 2 * PICTURE_MARGIN + lines.length * PICTURE_LINE) * ratio);
  const context = picture.getContext("2d");
  context.scale(ratio, ratio);
  context.fillStyle = colours.paper;
  context.fillRect(0, 0, picture.width, picture.height);
  const place = (box) => [box.left - left + PICTURE_MARGIN, box.top - top + PICTURE_MARGIN + PICTURE_HEAD];
  canvases.forEach((canvas, i) => {
    context.drawImage(canvas, ...place(boxes[i]), boxes[i].width, boxes[i].height);
  });
  const write = (text, y, font, colour) => {
    context.font = font;
    context.fillStyle = colour;
    context.textBaseline = "middle";
    context.fillText(text, PICTURE_MARGIN, y, right - left);
  };
  const { type, values, axes } = store.model();
  write(pythonLine(type, values, axes), PICTURE_MARGIN + 8, "16px ui-monospace, monospace", colours.ink);
  lines.forEach((line, i) => {
    const y = below + PICTURE_MARGIN + (i + 0.5) * PICTURE_LINE;
    write(line, y, "18px system-ui, sans-serif", colours.ink);
  });
  return new Promise((resolve, reject) => {
    const told = (blob) => (blob ? resolve(blob) : reject(new Error("the browser gave no picture")));
    picture.toBlob(told, "image/png");
  });
}
