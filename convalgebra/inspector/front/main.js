// The page put together: what stands where, and what is made anew when the state changes.
import { askServer, pageFromServer } from "./asking.js";
import { controlsView } from "./controls.js";
import { effectView } from "./effect.js";
import { element } from "./elements.js";
import { exportBar } from "./exporting.js";
import { fieldView } from "./field.js";
import { gridsView } from "./grids.js";
import { fadingColumn } from "./fading.js";
import { fragmentOf, stateFrom } from "./link.js";
import { linkNotice } from "./linknotice.js";
import { matrixView } from "./matrixview.js";
import { operatorNames } from "./naming.js";
import { sanitized } from "./outside.js";
import { unpacked } from "./packing.js";
import { overlapView } from "./overlap.js";
import { pageNote } from "./pagenote.js";
import { panelView } from "./panel.js";
import { createStore } from "./store.js";
import { tourView } from "./tour.js";
import { catalogueIn } from "./wholecatalogue.js";

const VIEW_TABS = [
  ["alone", "C"],
  ["transpose", "C and Cᵀ"],
  ["factors", "product and factors"],
  ["held", "before and after"],
];
const CELL_TABS = [
  ["names", "weights"],
  ["values", "numbers"],
  ["none", "colours"],
];
const ASIDE_TABS = [
  ["grids", "input, kernel, output"],
  ["overlap", "overlap"],
  ["field", "receptive field"],
  ["effect", "a picture"],
];
const ASIDE_VIEWS = { overlap: overlapView, field: fieldView, effect: effectView };
const THEME_TABS = [
  ["auto", "auto"],
  ["light", "light"],
  ["dark", "dark"],
];
// Of a picture beside others, in pixels: its least width, what a column takes, what stands around the cells.
const LEAST_WIDTH = 188;
const FEW_PIXELS = 18;
const MANY_PIXELS = 36;
const AROUND = 50;
const MOST_SPREAD = 64;
const FONT_NAME = "convalgebra math";
const KEEP = "keep for comparison";
const HINT = "Point at an entry of the matrix, a pixel or a weight.";
const NOT_LEGAL = "Not legal: what you see is the last legal setting.";

/**
 * Shows the view in an element; `host` is what the place has: ask, standalone (a page's text), linked, and
 * whole, which reads the types that the page has beside those that it was given. It is `ready` when all is
 * there; the picture comes first.
 */
export function mount(root, given, host = {}) {
  const opened = { ...given, types: unpacked(given.types) };
  const data = { ...opened, start: sanitized(given.start, opened) };
  const shadow = root.shadowRoot ?? root.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(CSS);
  shadow.adoptedStyleSheets = [sheet];
  const store = createStore(data);
  if (host.linked) store.set(stateFrom(root.ownerDocument.defaultView.location.hash, data));
  const page = layOut(shadow);
  pageNote(page.tour, data.note);
  const notice = linkNotice(page.tour, store);
  if (host.linked) notice.tell(root.ownerDocument.defaultView.location.hash);
  const pictures = matrices(page.matrices, store);
  const views = [
    viewTabs(page.views, store),
    tabs(page.themes, "theme", THEME_TABS, store),
    holdButton(page.views, store),
    themed(root, page.page, store),
    pictures,
    spoken(page.status, store),
  ];
  const all = new Set(["state", "model", "light"]);
  for (const view of views) view.update(all);
  const window = root.ownerDocument.defaultView;
  let gone = false;
  const rest = whenPainted(window, async () => {
    if (host.whole) data.types = unpacked(await host.whole());
    if (gone) return;
    loadMathFont(root.ownerDocument);
    const added = [
      controlsView(page.controls, store),
      fadingColumn(page.controls),
      asides(page, store),
      panelView(page.panel, store, host.ask ?? null),
      exportBar(page.exports, store, host),
      tourView(page.tour, store),
      ...(host.linked ? [linked(window, store, data, notice)] : []),
    ];
    for (const view of added) view.update(all);
    views.push(...added);
  });
  const stop = store.subscribe((changed) => views.forEach((view) => view.update(changed)));
  const destroy = () => {
    gone = true;
    window.clearTimeout(rest.timer);
    stop();
    views.forEach((view) => view.destroy?.());
    shadow.replaceChildren();
  };
  return { store, destroy, picture: pictures.of, ready: rest.done };
}

/** Does what can wait once the picture is on the screen; a tab that nobody sees does not wait for that. */
function whenPainted(window, work) {
  const rest = { timer: 0 };
  rest.done = new Promise((done) => {
    const soon = () => (rest.timer = window.setTimeout(() => done(work()), 0));
    if (window.document.hidden) soon();
    else window.requestAnimationFrame(soon);
  });
  return rest;
}

/** Shows the page that this script stands in. */
async function start(document) {
  const data = JSON.parse(document.getElementById("convalgebra-data").textContent);
  const served = data.place === "server";
  const whole = catalogueIn(document);
  // A link may name any type.
  const isNamed = whole && data.place !== "static" && document.location.hash.length > 1;
  if (isNamed) data.types = await whole();
  // What the view draws stands in a shadow: the document stays as it came.
  const itself = async () => `<!doctype html>\n${document.documentElement.outerHTML}`;
  const shown = mount(document.getElementById("convalgebra"), data, {
    linked: data.place !== "static",
    whole: isNamed ? null : whole,
    ask: served ? askServer("ask") : null,
    standalone: served ? pageFromServer("page.html") : itself,
  });
  document.defaultView.convalgebra = shown;
}

function layOut(shadow) {
  const parts = {
    views: element("nav", { class: "ca-tabs ca-views", "aria-label": "What is shown" }),
    themes: element("nav", { class: "ca-tabs ca-themes", "aria-label": "Colours" }),
    tour: element("div", { class: "ca-tour" }),
    controls: element("section", { class: "ca-controls", "aria-label": "The operator" }),
    matrices: element("section", { class: "ca-matrices", "aria-label": "The matrix" }),
    status: element("p", { class: "ca-status", role: "status", "aria-live": "polite" }),
    asideTabs: element("nav", { class: "ca-tabs ca-aside-tabs", "aria-label": "Beside the matrix" }),
    aside: element("section", { class: "ca-aside", "aria-label": "Beside the matrix" }),
    panel: element("section", { class: "ca-formulas", "aria-label": "Formulas" }),
    exports: element("section", { class: "ca-exports", "aria-label": "Export" }),
  };
  const skip = element("button", { type: "button", class: "ca-skip" }, ["to the matrix"]);
  skip.addEventListener("click", () => parts.matrices.querySelector("canvas")?.focus());
  const head = element("header", { class: "ca-head" }, [
    element("h1", {}, ["The operator matrix"]),
    parts.views,
    parts.themes,
  ]);
  const middle = element("main", { class: "ca-middle" }, [
    parts.status,
    parts.matrices,
    parts.asideTabs,
    parts.aside,
  ]);
  const left = element("div", { class: "ca-left" }, [parts.controls]);
  const right = element("div", { class: "ca-right" }, [parts.panel, parts.exports]);
  const body = element("div", { class: "ca-body" }, [left, middle, right]);
  parts.page = element("div", { class: "ca-page" }, [skip, head, parts.tour, body]);
  shadow.replaceChildren(parts.page);
  return parts;
}

/** Buttons of which one is pressed: the state's. */
function tabs(host, key, choices, store) {
  const buttons = choices.map(([value, label]) => {
    const button = element("button", { type: "button", class: "ca-tab", "data-value": value }, [label]);
    button.addEventListener("click", () => {
      if (button.getAttribute("aria-disabled") !== "true") store.set({ [key]: value });
    });
    host.append(button);
    return button;
  });
  return {
    buttons,
    update() {
      for (const button of buttons) {
        button.setAttribute("aria-pressed", String(button.dataset.value === store.state()[key]));
      }
    },
  };
}

/** The buttons of the views, with the names of the type; one that cannot be says why. */
function viewTabs(host, store) {
  const { buttons, update } = tabs(host, "view", VIEW_TABS, store);
  const [alone, both, factors, held] = buttons;
  return {
    update() {
      update();
      const { whole, turned } = operatorNames(store.model().type);
      alone.textContent = whole.lead;
      both.textContent = `${whole.lead} and ${turned.lead}`;
      const single = (store.shown()?.stages.length ?? 0) < 2;
      refuse(factors, single ? "this type is a single factor" : "");
      refuse(held, store.state().held ? "" : `first keep one with '${KEEP}'`);
    },
  };
}

/** Greys a button and says why; without a reason it can be pressed. It can be focused either way. */
function refuse(button, reason) {
  const facts = { "aria-disabled": "true", title: reason, "aria-description": reason };
  for (const [name, value] of Object.entries(facts)) {
    if (reason) button.setAttribute(name, value);
    else button.removeAttribute(name);
  }
}

/** Keeps what is shown, to stand beside what comes. */
function holdButton(host, store) {
  const button = element("button", { type: "button", class: "ca-hold" }, [KEEP]);
  button.title = "Keep this operator, and show what you change beside it";
  button.addEventListener("click", () => {
    const { type, axes, values } = store.state();
    store.set({ held: { type, axes, values }, view: "held" });
  });
  host.append(button);
  return {
    update() {
      button.disabled = !store.model().legal;
    },
  };
}

/** A picture for each panel; what stands in the cells is chosen over the first. */
function matrices(host, store) {
  let shown = [];
  let ids = "";
  const told = { role: "group", "aria-label": "In the cells" };
  const choices = element("div", { class: "ca-tabs ca-cell-tabs", ...told });
  const cells = tabs(choices, "cells", CELL_TABS, store);
  return {
    of: (id) => shown[ids.split(" ").indexOf(id)],
    update(changed) {
      const panels = store.panels();
      const wanted = panels.map(({ id }) => id).join(" ");
      host.classList.toggle("ca-stale", !store.model().legal);
      host.dataset.count = String(panels.length);
      cells.update();
      if (wanted === ids) {
        // A card of the tour may stand among them.
        const places = host.querySelectorAll(":scope > .ca-matrix");
        places.forEach((place, at) => spread(place, panels[at], panels.length));
      }
      if (wanted !== ids) {
        shown.forEach((view) => view.destroy());
        host.replaceChildren();
        ids = wanted;
        shown = panels.map(({ id }) => {
          const place = element("div", { class: "ca-matrix", "data-panel": id });
          host.append(place);
          spread(place, panels.find((panel) => panel.id === id), panels.length);
          return matrixView(place, store, id);
        });
        host.querySelector(".ca-matrix-size")?.after(choices);
        shown.forEach((view) => view.update(new Set(["state", "model", "light"])));
      } else shown.forEach((view) => view.update(changed));
    },
    destroy() {
      shown.forEach((view) => view.destroy());
    },
  };
}

/** Gives a picture so much of the width as it has columns; one alone has all. */
function spread(place, panel, count) {
  const columns = panel?.matrix.columns ?? 1;
  const few = AROUND + FEW_PIXELS * Math.min(columns, MOST_SPREAD);
  place.style.flex = `${Math.min(columns, MOST_SPREAD)} 1 ${Math.max(LEAST_WIDTH, few)}px`;
  const most = Math.max(LEAST_WIDTH, AROUND + MANY_PIXELS * columns);
  place.style.maxWidth = count === 1 ? "100%" : `min(100%, ${most}px)`;
}

/** What stands below the matrix: the grids of every panel that has its own, or another view. */
function asides(page, store) {
  const choice = tabs(page.asideTabs, "aside", ASIDE_TABS, store);
  let shown = [];
  let which = "";
  const clear = () => {
    shown.forEach((view) => view.destroy());
    page.aside.replaceChildren();
  };
  return {
    update(changed) {
      choice.update(changed);
      page.aside.classList.toggle("ca-stale", !store.model().legal);
      const { aside } = store.state();
      const of = aside === "grids" ? store.panels().map(({ id }) => id) : ["C"];
      const wanted = [aside, ...of].join(" ");
      if (wanted !== which) {
        clear();
        which = wanted;
        shown = of.map((id) => {
          const place = element("div", { class: `ca-beside ca-beside-${aside}`, "data-panel": id });
          page.aside.append(place);
          return aside === "grids" ? gridsView(place, store, id) : ASIDE_VIEWS[aside](place, store);
        });
        shown.forEach((view) => view.update(new Set(["state", "model", "light"])));
      } else shown.forEach((view) => view.update(changed));
    },
    destroy: clear,
  };
}

/** The line that says what is lit, read out by a screen reader. */
function spoken(host, store) {
  const seen = element("span", { "aria-hidden": "true" });
  const heard = element("span", { class: "ca-heard" });
  host.append(seen, heard);
  return {
    update() {
      const { text, spoken: told } = store.light();
      const warning = store.model().legal ? "" : NOT_LEGAL;
      const ids = store.panels().map(({ id }) => id);
      host.dataset.lines = ids.includes("T") ? "two" : "one";
      host.classList.toggle("ca-not-legal", Boolean(warning));
      seen.textContent = [warning, text].filter(Boolean).join("\n") || HINT;
      heard.textContent = [warning, told].filter(Boolean).join(" ");
    },
  };
}

function themed(root, page, store) {
  return {
    update() {
      const { theme } = store.state();
      if (theme === "auto") root.removeAttribute("data-theme");
      else root.setAttribute("data-theme", theme);
      page.dataset.theme = theme;
    },
  };
}

/** Keeps the address and the state alike. */
function linked(window, store, data, notice) {
  const addressed = () => window.location.hash.slice(1);
  let seen = addressed();
  let timer = 0;
  const onHash = () => {
    if (addressed() === seen) return;
    seen = addressed();
    store.set(stateFrom(seen, data));
    notice.tell(seen);
  };
  window.addEventListener("hashchange", onHash);
  return {
    update(changed) {
      if (!changed.has("state")) return;
      window.clearTimeout(timer);
      timer = window.setTimeout(() => {
        // An address that was given meanwhile is read, not written over.
        if (addressed() !== seen) {
          onHash();
          return;
        }
        window.history.replaceState(null, "", `#${fragmentOf(store.state())}`);
        seen = addressed();
      }, 150);
    },
    destroy() {
      window.clearTimeout(timer);
      window.removeEventListener("hashchange", onHash);
    },
  };
}

/** A font with stretching signs, from the page itself: formulas look alike everywhere. */
function loadMathFont(document) {
  const { fonts, defaultView } = document;
  if ([...fonts].some(({ family }) => family.includes(FONT_NAME))) return;
  const font = new defaultView.FontFace(FONT_NAME, `url(data:font/woff2;base64,${MATH_FONT})`);
  fonts.add(font);
  font.load().catch(() => fonts.delete(font));
}
