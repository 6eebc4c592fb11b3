// The settings of the operator: its type, its axes, and a control for each argument.
import { settingAfter } from "./changingtype.js";
import { element, formula } from "./elements.js";
import { AXIS_NAMES, legalValues, placesOf, placeValue, reasonsAgainst, withPlaceValue } from "./legal.js";
import { nearestOf, rangeText, signedText } from "./legal.js";
import { withAxes } from "./store.js";
import { transposedNote } from "./transposednote.js";
import { typesFound } from "./typesearch.js";

const FAMILIES = {
  1: "One filter, sliding",
  2: "Many channels",
  3: "Along depth too",
  4: "1 × 1",
  5: "Stride and padding",
  6: "Transposed",
  7: "Dilated",
  8: "Separable in space",
  9: "Depthwise",
  10: "Flattened",
  11: "Grouped",
  12: "Shuffled",
  13: "1 × 1 in groups",
  0: "Other forms, pooling, resampling",
};
const SIDE_NAMES = { height: ["top", "bottom"], width: ["left", "right"] };
const MOST_SEGMENTS = 4;
const MOST_MENDS = 3;
const MOST_REASONS = 2;
const MOST_FOUND = 3;

/** Shows the controls of the state's type in `host`; what is not legal stays, marked, with its reason. */
export function controlsView(host, store) {
  const local = { linked: new Map(), drafts: new Map(), last: null, left: new Map() };
  const chooser = typeChooser(store, local);
  const axes = element("div");
  const settings = element("div", { class: "ca-settings" });
  const note = transposedNote(store);
  host.append(chooser.node, note.node, axes, settings);
  let built = "";
  let rows = [];

  function layout() {
    const { type, axes: count } = store.state();
    const linked = store.model().type.controls.map((control) => linkedWays(control, store, local));
    return `${type} ${count} ${linked.join(" ")}`;
  }

  function update(changed) {
    if (changed && !changed.has("state") && !changed.has("model")) return;
    chooser.update();
    if (layout() !== built) {
      const focused = host.getRootNode().activeElement?.id ?? "";
      built = layout();
      axes.replaceChildren(...axesChooser(store));
      rows = store.model().type.controls.map((control) => controlRow(control, store, local, update));
      settings.replaceChildren(...rows.map(({ node }) => node));
      if (focused) host.getRootNode().getElementById?.(focused)?.focus();
    }
    const { axes: count, values } = store.state();
    const reasons = reasonsAgainst(store.model().type, count, values);
    const more = store.model().legal || reasons.length ? [] : store.model().reasons;
    const sorted = firstOfLast(reasons, local);
    const culprit = culpritOf(sorted, local);
    const place = rows.find(({ key }) => key === culprit) ?? rows[0];
    for (const row of rows) row.update(reasons, row === place ? [...sorted, ...more] : []);
    note.update();
  }
  return { update, destroy: () => host.replaceChildren() };
}

/** Put those reasons first that speak of what was changed last. */
function firstOfLast(reasons, local) {
  const speaks = ({ controls }) => controls.includes(local.last);
  return [...reasons.filter(speaks), ...reasons.filter((reason) => !speaks(reason))];
}

/** Return the control that the first reason names: what was changed last if it does, else its own first. */
function culpritOf([reason], local) {
  if (!reason) return undefined;
  return reason.controls.includes(local.last) ? local.last : reason.controls[0];
}

/** The whole catalogue as one list, by family, with a field that narrows it. */
function typeChooser(store, local) {
  const select = element("select", { id: "ca-type", class: "ca-select" });
  const filter = element("input", { type: "search", class: "ca-search", placeholder: "find a type",
    "aria-label": "Find a type", autocomplete: "off", spellcheck: "false" });
  const summary = element("p", { class: "ca-summary" });
  const found = element("p", { class: "ca-found", role: "status" });
  let listed = "";
  const fill = (wanted) => {
    const searched = wanted.trim() !== "";
    const fitting = typesFound(kindsOf(store.data), wanted, toldOf);
    const named = (store.data.named ?? []).map((name) => typeNamed(store, name));
    const missed = !fitting.some(({ name }) => name === shown());
    const groups = [
      ...(missed ? [["Shown now", [typeNamed(store, shown()) ?? store.model().type]]] : []),
      ...(named.length && !searched ? [["Asked for", named]] : []),
      ...(searched ? [["Found", fitting]] : familyGroups(fitting)),
    ].filter(([, kinds]) => kinds.length);
    select.replaceChildren(...groups.map(([label, kinds]) => {
      const options = kinds.map(({ name }) => element("option", { value: name }, [titleOfType(name)]));
      return element("optgroup", { label }, options);
    }));
    select.value = shown();
    listed = shown();
    found.textContent = searched ? foundText(fitting) : "";
    return fitting;
  };
  const shown = () => store.state().type;
  select.addEventListener("change", () => chooseType(store, local, select.value));
  filter.addEventListener("input", () => fill(filter.value));
  filter.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    const [first] = fill(filter.value);
    if (first && filter.value.trim()) chooseType(store, local, first.name);
    filter.value = "";
    fill("");
    select.focus();
  });
  fill("");
  const label = element("label", { class: "ca-label", for: "ca-type" }, ["type"]);
  const head = element("div", { class: "ca-type-head" }, [label, filter]);
  filter.hidden = kindsOf(store.data).length < 8;
  return {
    node: element("div", { class: "ca-type" }, [head, found, select, summary]),
    update() {
      if (listed !== shown()) fill(filter.value);
      select.value = shown();
      summary.textContent = (store.model().type.summary ?? "").replaceAll("C.T", "Cᵀ");
    },
  };
}

/** All types of a page, one's own first. */
function kindsOf(data) {
  return [...(data.own ? [{ ...data.own, name: "own" }] : []), ...data.types];
}

function typeNamed(store, name) {
  return kindsOf(store.data).find((kind) => kind.name === name);
}

/** Return what is said of a type, for a search. */
function toldOf(kind) {
  return `${titleOfType(kind.name)} ${kind.summary} ${familyOf(kind)}`;
}

/** Say what a search found: the first few by name. */
function foundText(kinds) {
  if (!kinds.length) return "no type matches";
  const names = kinds.slice(0, MOST_FOUND).map(({ name }) => titleOfType(name)).join(", ");
  return kinds.length > MOST_FOUND ? `${names} and ${kinds.length - MOST_FOUND} more` : names;
}

function titleOfType(name) {
  return name === "own" ? "this operator" : name.replaceAll("_", " ");
}

function familyOf(kind) {
  return kind.name === "own" ? "Your own" : FAMILIES[kind.family] ?? String(kind.family ?? "");
}

/** Types by family, in the order in which the families come. */
function familyGroups(kinds) {
  const groups = new Map();
  for (const kind of kinds) groups.set(familyOf(kind), [...(groups.get(familyOf(kind)) ?? []), kind]);
  return [...groups];
}

/** Take another type: as it was left before, else its start with the sizes that both require. */
function chooseType(store, local, name) {
  const { type, axes, values } = store.state();
  if (name === type) return;
  local.left.set(type, { type, axes, values });
  local.drafts.clear();
  const kind = typeNamed(store, name);
  const left = local.left.get(name);
  const good = left && !reasonsAgainst(kind, left.axes, left.values).length;
  store.set(good ? left : { ...settingAfter(kind, { axes, values }, store.model().type), type: name });
}

/** Buttons for the numbers of axes that a type has; nothing where there is no choice. */
function axesChooser(store) {
  const { type, axes, values } = store.state();
  const allowed = store.model().type.axes;
  if (allowed.length < 2) return [];
  const choose = (count) => store.set({ axes: count, values: withAxes(store.model().type, count, values) });
  const labels = allowed.map((count) => [count, `${count}-D`]);
  return [segmentBar("axes", "axes", labels, axes, choose, `ca-axes-${type}`).node];
}

/** One of a few values, side by side: radio buttons that look like one bar. */
function segmentBar(title, key, choices, chosen, choose, name) {
  const inputs = new Map();
  const parts = choices.map(([value, label]) => {
    const id = `ca-${key}-${value}`;
    const input = element("input", { type: "radio", name, id, value: String(value) });
    input.checked = value === chosen;
    input.addEventListener("change", () => choose(value));
    inputs.set(value, input);
    return element("span", { class: "ca-segment" }, [input, element("label", { for: id }, [label])]);
  });
  const bar = element("div", { class: "ca-segments" }, parts);
  const legend = element("legend", { class: "ca-label" }, [title]);
  return { inputs, node: element("fieldset", { class: "ca-control ca-choice" }, [legend, bar]) };
}

// --- which places of a control are set together ---

/** Says how a control is linked: "axes sides", each only where it is wanted and true of the values. */
function linkedWays(control, store, local) {
  const { axes, values } = store.state();
  const wanted = local.linked.get(`${store.state().type} ${control.key}`) ?? { axes: true, sides: true };
  const value = values[control.key];
  const number = (axis, side) => placeValue(value, { axis: control.per_axis ? axis : null, side });
  const along = [...Array(axes).keys()];
  const alike = (axis, side) => number(axis, side) === number(0, side);
  const sides = control.sides ? ["lo", "hi"] : [null];
  const axesAlike = along.every((axis) => sides.every((side) => alike(axis, side)));
  const sidesAlike = along.every((axis) => number(axis, "lo") === number(axis, "hi"));
  const linked = [];
  if (control.per_axis && wanted.axes && axesAlike) linked.push("axes");
  if (control.sides && wanted.sides && sidesAlike) linked.push("sides");
  return linked.join("+");
}

/** Groups of places that are set together, each with its name. */
function groupsOfPlaces(control, axes, link) {
  const oneAxis = !control.per_axis || axes === 1 || link.includes("axes");
  const oneSide = !control.sides || link.includes("sides");
  const groups = new Map();
  for (const place of placesOf(control, axes)) {
    const key = `${oneAxis ? "" : place.axis} ${oneSide ? "" : place.side}`;
    const name = nameOfPlace(place, axes, oneAxis, oneSide);
    groups.set(key, { name, places: [...(groups.get(key)?.places ?? []), place] });
  }
  return [...groups.values()];
}

function nameOfPlace({ axis, side }, axes, oneAxis, oneSide) {
  const at = side === "lo" ? 0 : 1;
  if (oneAxis) return oneSide ? "" : ["before", "after"][at];
  const name = AXIS_NAMES[axes]?.[axis] ?? `axis ${axis}`;
  if (oneSide) return name;
  return axes === 2 ? SIDE_NAMES[name][at] : `${name} ${["before", "after"][at]}`;
}

// --- the controls themselves ---

/** A control with all that belongs to it: its label, links, fields, and what is wrong with it. */
function controlRow(control, store, local, refresh) {
  const set = (value) => {
    local.last = control.key;
    store.set({ values: { ...store.state().values, [control.key]: value } });
  };
  const made = control.kind === "choice" ? choiceControl(control, store, set)
    : control.kind === "flag" ? flagControl(control, store, set)
      : sizeControl(control, store, local, set, refresh);
  const why = element("div", { class: "ca-why", role: "alert" });
  if (control.help) made.node.title = control.help;
  made.node.dataset.key = control.key;
  made.node.append(why);
  return {
    key: control.key,
    node: made.node,
    update(reasons, told) {
      const draft = local.drafts.get(control.key);
      const involved = reasons.some(({ controls }) => controls.includes(control.key));
      const wrong = Boolean(draft) || (involved && told.length > 0);
      made.node.classList.toggle("ca-wrong", wrong);
      made.node.classList.toggle("ca-involved", involved && !wrong);
      made.update(wrong);
      const unread = draft && { text: `“${draft.text}” is not a whole number`, controls: [], keys: [] };
      const heading = unread ? `: ${keyWords(control.key)}` : saidOf(told, store, local);
      tellWhy(why, unread ? [unread] : told, heading, store, local);
    },
  };
}

/** Write why something is not legal, and buttons that mend it, one value each. */
function tellWhy(host, reasons, heading, store, local) {
  if (!reasons.length) {
    host.replaceChildren();
    return;
  }
  const lines = unlike(reasons).slice(0, MOST_REASONS).map((reason) => reasonLine(reason));
  lines.unshift(element("strong", {}, [`Not legal${heading}`]));
  host.replaceChildren(...lines, mendsFor(reasons, store, local));
}

/** Leaves out reasons that say the same of another axis. */
function unlike(reasons) {
  const told = ({ text, here }) => (here ? `${text.split(": ")[0]} ${here}` : text);
  return reasons.filter((reason, i) => reasons.findIndex((other) => told(other) === told(reason)) === i);
}

/** One reason: the condition in the literature's names, then with the numbers put in. */
function reasonLine({ mathml, text, here }) {
  if (!here) return element("p", {}, [text ?? "", ...(!text && mathml ? [formula(mathml)] : [])]);
  const words = text.includes(": ") ? `${text.split(": ")[0]}: ` : "";
  const said = mathml ? [words, element("span", { class: "ca-needed" }, [formula(mathml)])] : [text];
  return element("p", {}, [...said, element("span", { class: "ca-here" }, [`here ${here}`])]);
}

/** Name the control that the first reason speaks of, with its value there: ": kernel size 5". */
function saidOf(reasons, store, local) {
  const key = culpritOf(reasons, local);
  const control = store.model().type.controls.find((one) => one.key === key);
  if (!control) return "";
  const { axes, values } = store.state();
  const places = placesOf(control, axes);
  const spoken = places.filter((place) => reasons[0].keys.includes(place.key));
  const told = (spoken.length ? spoken : places).map((place) => placeValue(values[key], place));
  return `: ${keyWords(key)} ${[...new Set(told)].map(signedText).join(", ")}`;
}

/** Buttons that set one control to the legal value that is nearest: those after which less is wrong. */
function mendsFor(reasons, store, local) {
  const type = store.model().type;
  const { axes, values } = store.state();
  const spoken = new Set(reasons.flatMap(({ controls }) => controls));
  const first = (control) => (control.key === local.last ? 0 : 1);
  const controls = type.controls.filter(({ key }) => spoken.has(key)).sort((a, b) => first(a) - first(b));
  const mends = controls.flatMap((control) => mendsOf(type, axes, values, control, reasons, store, local));
  const buttons = mends.slice(0, MOST_MENDS).map(({ label, key, value }) => {
    const button = element("button", { type: "button", class: "ca-mend" }, [label]);
    button.addEventListener("click", () => {
      local.drafts.clear();
      local.last = key;
      store.set({ values: { ...store.state().values, [key]: value } });
    });
    return button;
  });
  if (!buttons.length && spoken.size) {
    const button = element("button", { type: "button", class: "ca-mend" }, ["back to the first setting"]);
    button.addEventListener("click", () => store.set({ axes: type.start.axes, values: type.start.values }));
    buttons.push(button);
  }
  return element("p", { class: "ca-mends" }, buttons);
}

function mendsOf(type, axes, values, control, reasons, store, local) {
  const keys = new Set(reasons.flatMap((reason) => reason.keys));
  const found = [];
  for (const { name, places } of groupsOfPlaces(control, axes, linkedWays(control, store, local))) {
    if (keys.size && !places.some(({ key }) => keys.has(key))) continue;
    const legal = legalValues(type, axes, values, control, places);
    const now = placeValue(values[control.key], places[0]);
    const others = legal.filter((value) => value !== now);
    const nearest = control.kind === "size" ? nearestOf(others, now) : others[0] ?? null;
    if (nearest === null) continue;
    const value = withPlaceValue(control, axes, values[control.key], places, nearest);
    if (reasonsAgainst(type, axes, { ...values, [control.key]: value }).length >= reasons.length) continue;
    const shown = typeof nearest === "number" ? signedText(nearest) : String(nearest);
    const title = `${keyWords(control.key)}${name ? ` (${name})` : ""}`;
    found.push({ label: `${title} → ${shown}`, key: control.key, value });
  }
  return found;
}

/** Writes a key as words. */
function keyWords(key) {
  return key.replaceAll("_", " ");
}

/** A choice: a bar of a few, else a list; what is not legal with the others as they are cannot be taken. */
function choiceControl(control, store, set) {
  const options = control.options.map((option) => [option, String(option)]);
  const short = options.length <= MOST_SEGMENTS;
  const made = short
    ? segmentBar(keyWords(control.key), control.key, options, null, set, `ca-choice-${control.key}`)
    : choiceList(control, options, set);
  return {
    node: made.node,
    update() {
      const { axes, values } = store.state();
      const places = placesOf(control, axes).filter(({ side }) => side !== "hi");
      const legal = legalValues(store.model().type, axes, values, control, places);
      for (const [option, input] of made.inputs) {
        const chosen = values[control.key] === option;
        input.disabled = !chosen && legal.length > 0 && !legal.includes(option);
        if (short) input.checked = chosen;
        else if (chosen) input.selected = true;
      }
    },
  };
}

function choiceList(control, options, set) {
  const id = `ca-${control.key}`;
  const inputs = new Map(options.map(([value, label]) => [value, element("option", {}, [label])]));
  const select = element("select", { id, class: "ca-select" }, [...inputs.values()]);
  select.addEventListener("change", () => set(options[select.selectedIndex][0]));
  const label = element("label", { class: "ca-label", for: id }, [keyWords(control.key)]);
  return { inputs, node: element("div", { class: "ca-control" }, [label, select]) };
}

/** Something that is on or off. */
function flagControl(control, store, set) {
  const id = `ca-${control.key}`;
  const input = element("input", { type: "checkbox", id, class: "ca-switch", role: "switch" });
  input.addEventListener("change", () => set(input.checked));
  const label = element("label", { class: "ca-label", for: id }, [keyWords(control.key)]);
  return {
    node: element("div", { class: "ca-control ca-flag" }, [input, label]),
    update() {
      const { axes, values } = store.state();
      const legal = legalValues(store.model().type, axes, values, control, placesOf(control, axes));
      input.checked = values[control.key] === true;
      input.disabled = legal.length > 0 && !legal.includes(!input.checked);
    },
  };
}

/** A size: a field with a stepper and a slider for each group of places that are set together. */
function sizeControl(control, store, local, set, refresh) {
  const { axes } = store.state();
  const groups = groupsOfPlaces(control, axes, linkedWays(control, store, local));
  const fields = groups.map((group, i) => sizeField(control, group, i, store, local, set, refresh));
  const head = element("div", { class: "ca-control-head" }, [
    element("label", { class: "ca-label", for: fields[0].id }, [keyWords(control.key)]),
    ...linkButtons(control, store, local, refresh),
  ]);
  const named = control.key === "padding" && control.sides ? [paddingButtons(control, store, set)] : [];
  const node = element("div", { class: "ca-control", role: "group", "aria-label": keyWords(control.key) }, [
    head,
    ...named.map((part) => part.node),
    ...fields.map((field) => field.node),
  ]);
  return {
    node,
    update(wrong) {
      for (const part of [...fields, ...named]) part.update(wrong);
    },
  };
}

/** Toggles: all axes alike, both sides alike. Taking them up sets all to the first. */
function linkButtons(control, store, local, refresh) {
  const { axes } = store.state();
  const link = linkedWays(control, store, local);
  const offered = [
    ...(control.per_axis && axes > 1 ? [["axes", "all axes alike"]] : []),
    ...(control.sides ? [["sides", "both sides alike"]] : []),
  ];
  const buttons = offered.map(([what, title]) => {
    const on = link.split("+").includes(what);
    const id = `ca-${control.key}-link-${what}`;
    const attributes = { type: "button", class: "ca-link", id, "aria-pressed": String(on), title };
    const button = element("button", attributes, [what === "axes" ? "axes alike" : "sides alike"]);
    button.addEventListener("click", () => toggleLink(control, store, local, what, !on, refresh));
    return button;
  });
  return buttons.length ? [element("span", { class: "ca-links" }, buttons)] : [];
}

function toggleLink(control, store, local, what, on, refresh) {
  const { type, axes, values } = store.state();
  const key = `${type} ${control.key}`;
  const before = local.linked.get(key) ?? { axes: true, sides: true };
  const now = linkedWays(control, store, local).split("+");
  const kept = { axes: before.axes && now.includes("axes"), sides: before.sides && now.includes("sides") };
  local.linked.set(key, { ...before, ...kept, [what]: on });
  if (!on) {
    refresh(new Set(["state"]));
    return;
  }
  let value = values[control.key];
  for (const place of placesOf(control, axes)) {
    const side = what === "sides" && place.side ? "lo" : place.side;
    const first = { axis: what === "axes" ? 0 : place.axis, side };
    value = withPlaceValue(control, axes, value, [place], placeValue(value, first));
  }
  local.last = control.key;
  store.set({ values: { ...values, [control.key]: value } });
}

/** Buttons for the paddings that have names: none, as many outputs as inputs, every overlap. */
function paddingButtons(control, store, set) {
  const titles = {
    valid: "no padding",
    same: "as many outputs as inputs at stride 1; the extra after",
    full: "every tap meets every input",
  };
  const buttons = Object.keys(titles).map((name) => {
    const button = element("button", { type: "button", class: "ca-named", title: titles[name] }, [name]);
    button.addEventListener("click", () => set(namedPadding(name, control, store)));
    return [name, button];
  });
  return {
    node: element("div", { class: "ca-named-bar" }, buttons.map(([, button]) => button)),
    update() {
      const { axes, values } = store.state();
      const type = store.model().type;
      for (const [name, button] of buttons) {
        const value = namedPadding(name, control, store);
        const pressed = JSON.stringify(value) === JSON.stringify(values[control.key]);
        button.setAttribute("aria-pressed", String(pressed));
        const worse = reasonsAgainst(type, axes, { ...values, [control.key]: value }).length > 0;
        button.disabled = worse && !pressed && store.model().legal;
      }
    },
  };
}

/** The padding of a name for the kernel as it is. */
function namedPadding(name, control, store) {
  const { axes, values } = store.state();
  const at = (key, axis, usual) => placeValue(values[key] ?? usual, { axis, side: null });
  return [...Array(axes).keys()].map((axis) => {
    const reach = at("dilation", axis, 1) * (at("kernel_size", axis, 1) - 1);
    const less = Math.floor(reach / 2);
    return { valid: [0, 0], same: [less, reach - less], full: [reach, reach] }[name];
  });
}

/** A field with minus, plus and a slider over the legal values; the legal range beside it. */
function sizeField(control, { name, places }, index, store, local, set, refresh) {
  const id = `ca-${control.key}-${index}`;
  const title = `${keyWords(control.key)}${name ? `, ${name}` : ""}`;
  const input = element("input", { type: "text", inputmode: "numeric", id, class: "ca-number",
    role: "spinbutton", autocomplete: "off", "aria-label": title, "aria-describedby": `${id}-range` });
  const step = (label, words) => element("button", { type: "button", class: "ca-step", tabindex: "-1",
    "aria-label": `${title}: ${words}` }, [label]);
  const [less, more] = [step("−", "less"), step("+", "more")];
  const sliding = { type: "range", class: "ca-slider", min: "0", step: "1", "aria-label": title };
  const slider = element("input", sliding);
  const range = element("span", { class: "ca-range", id: `${id}-range` });
  let legal = [];
  const now = () => placeValue(store.state().values[control.key], places[0]);
  const put = (number) => {
    local.drafts.delete(control.key);
    const { axes, values } = store.state();
    if (number === now()) refresh(new Set(["state"]));
    else set(withPlaceValue(control, axes, values[control.key], places, number));
  };
  const stepped = (by) => {
    const beyond = legal.filter((value) => (by > 0 ? value > now() : value < now()));
    if (by < 0) beyond.reverse();
    if (beyond.length) put(beyond[Math.min(Math.abs(by), beyond.length) - 1]);
  };
  input.addEventListener("input", () => {
    const text = input.value.trim().replace("−", "-");
    if (/^-?\d{1,7}$/.test(text)) put(Number(text));
    else {
      if (["", "-"].includes(text)) local.drafts.delete(control.key);
      else local.drafts.set(control.key, { text: input.value, id });
      refresh(new Set(["state"]));
    }
  });
  input.addEventListener("blur", () => {
    if (local.drafts.get(control.key)?.id !== id) input.value = signedText(now());
  });
  input.addEventListener("keydown", (event) => {
    const by = { ArrowUp: 1, ArrowDown: -1, PageUp: 5, PageDown: -5 }[event.key];
    if (!by) return;
    event.preventDefault();
    stepped(by);
  });
  less.addEventListener("click", () => stepped(-1));
  more.addEventListener("click", () => stepped(1));
  slider.addEventListener("input", () => put(legal[Number(slider.value)]));
  const stepper = element("span", { class: "ca-stepper" }, [less, input, more]);
  const node = element("div", { class: "ca-field" }, [
    ...(name ? [element("label", { class: "ca-place", for: id }, [name])] : []), stepper, slider, range]);
  return {
    id,
    node,
    update(wrong) {
      const { axes, values } = store.state();
      legal = legalValues(store.model().type, axes, values, control, places);
      const value = now();
      const draft = local.drafts.get(control.key)?.id === id;
      const begun = ["", "-", "−"].includes(input.value.trim());
      const typing = begun && input.getRootNode().activeElement === input;
      if (!draft && !typing && input.value !== signedText(value)) input.value = signedText(value);
      const mine = draft || (wrong && !legal.includes(value));
      input.setAttribute("aria-invalid", String(mine));
      const [least, most] = [legal[0], legal[legal.length - 1]];
      const told = { "aria-valuenow": value, "aria-valuemin": least, "aria-valuemax": most };
      for (const [key, number] of Object.entries(told)) {
        if (number === undefined) input.removeAttribute(key);
        else input.setAttribute(key, String(number));
      }
      slider.max = String(Math.max(0, legal.length - 1));
      slider.disabled = legal.length < 2;
      const nearest = nearestOf(legal, value);
      slider.value = String(Math.max(0, legal.indexOf(nearest)));
      slider.setAttribute("aria-valuetext", String(value));
      less.disabled = !legal.some((one) => one < value);
      more.disabled = !legal.some((one) => one > value);
      range.textContent = rangeText(legal);
    },
  };
}
