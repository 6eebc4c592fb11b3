// The formula panel: what Python derived, its numbers here, and what is counted by running.
import { evaluate } from "./expressions.js";
import { element, formula, mathElement } from "./elements.js";
import { AXIS_NAMES, fits, flattened, hasDefault, holds } from "./legal.js";
import { placesOf, placeValue, variantOf } from "./legal.js";
import { grouped } from "./numerals.js";

const ASKED_AFTER = 350;
const LEAST_FORMULA_FONT = 13;
const NO_WEIGHTS = "only products with weights count; fixed factors do not";
const PANEL_QUANTITIES = [
  ["multiplications", "multiplications"],
  ["mult_adds", "mult-adds"],
  ["parameters", "parameters"],
];

/** Shows the formulas of the state in `host`; `ask` is a second judge, Python with scipy, or null. */
export function panelView(host, store, ask) {
  const body = element("div", { class: "ca-panel" });
  const second = ask ? secondJudge(store, ask) : null;
  host.append(element("h2", {}, ["Formula and count"]), body);
  function draw() {
    const model = store.model();
    if (!model.legal) {
      body.replaceChildren(element("p", { class: "ca-faint" }, ["Not legal as it is: nothing to count."]));
      return;
    }
    const chosen = chosenFormula(model);
    body.replaceChildren(
      ...shapeBlock(model, chosen),
      multiplicationBlock(model, chosen, second),
      restBlock(model, chosen, store.held?.()),
      ...ratioBlock(model, chosen),
      ...nameLegend(model, chosen),
    );
    fitFormulas([...body.querySelectorAll(".ca-formula")]);
  }
  return {
    update(changed) {
      if (!changed.has("model")) return;
      draw();
      second?.asked(store.model().legal);
    },
    destroy() {
      second?.destroy();
      host.replaceChildren();
    },
  };
}

// --- which formula, and its numbers ---

/** The first formula that is for the settings and whose conditions hold, or null. */
function chosenFormula({ type, axes, values }) {
  const flat = flattened(values);
  const found = (type.formulas ?? []).find(({ when, quantities }) =>
    isFormulaFor(when ?? {}, type, axes, values) && conditionsHold(quantities.multiplications, flat));
  return found ?? null;
}

/** The multiplications that the formula of the settings comes to, null where there is none. */
export function formulaCount(model, chosen = chosenFormula(model)) {
  const quantity = chosen?.quantities.multiplications;
  return quantity ? resultOf(quantity.expression, flattened(model.values)) : null;
}

function conditionsHold(quantity, flat) {
  return (quantity?.conditions ?? []).every((condition) => holds(condition.expression ?? condition, flat));
}

/** Whether what a formula is for are these settings. */
function isFormulaFor(when, type, axes, values) {
  if (when.axes !== undefined && when.axes !== axes) return false;
  if (when.linked && !areLinked(type, axes, values)) return false;
  const controls = type.controls.filter(({ key }) => (when.plain ?? []).includes(key));
  if (!fits(when.values ?? {}, axes, values)) return false;
  return controls.every((control) => hasDefault(type, axes, values, control));
}

/** Whether all per-axis values but the input's are alike on all axes, and both sides of each. */
function areLinked(type, axes, values) {
  return type.controls.filter(({ per_axis, key }) => per_axis && key !== "input_size").every((control) => {
    const numbers = placesOf(control, axes).map((place) => placeValue(values[control.key], place));
    return numbers.every((number) => number === numbers[0]);
  });
}

/** What an expression comes to, or null where it cannot be told. */
function resultOf(expression, flat) {
  try {
    const value = evaluate(expression, flat);
    return typeof value === "number" && Number.isFinite(value) ? value : null;
  } catch {
    return null;
  }
}

/** Writes a number with its thousands apart; fractions to four figures. */
function figures(number) {
  if (number === null) return "?";
  return Number.isInteger(number) ? grouped(number) : String(Number(number.toPrecision(4)));
}

// --- its parts ---

function shapeBlock(model, chosen) {
  const { rows, columns } = model.whole;
  const numbers = element("p", { class: "ca-figure" }, [`${figures(rows)} × ${figures(columns)}`]);
  const [outputs, inputs] = [model.whole.outputShape, model.whole.inputShape].map(shapeWords);
  const under = `rows are outputs ${outputs}, columns inputs ${inputs}`;
  const parts = [numbers, element("p", { class: "ca-faint" }, [under])];
  if (chosen?.shape) parts.push(formulaLine(chosen.shape.mathml));
  const shape = panelBlock("shape", "shape", parts);
  const structure = chosen?.structure ?? variantOf(model.type, model.axes, model.values)?.structure;
  if (!structure) return [shape];
  return [shape, panelBlock("structure", "structure", [formulaLine(structure.mathml)])];
}

/** Writes channels and size as one product. */
function shapeWords(shape) {
  return shape.map(figures).join(" × ");
}

/** Multiplications: formula = number, what is counted here, what scipy counts, and whether they agree. */
function multiplicationBlock(model, chosen, second) {
  const counted = model.counted.multiplications;
  const quantity = chosen?.quantities.multiplications;
  const number = formulaCount(model, chosen);
  const parts = [];
  if (quantity) parts.push(...formulaAndNumber(quantity, number));
  else parts.push(element("p", { class: "ca-faint" }, ["No closed form here; counted only."]));
  const said = `counted in this matrix: ${figures(counted)}`;
  const alone = element("p", { class: "ca-figure" }, [figures(counted)]);
  parts.push(quantity ? agreementMark(number === counted, said) : alone);
  if (!model.weights.count) parts.push(element("p", { class: "ca-faint" }, [NO_WEIGHTS]));
  if (second) parts.push(second.node);
  return panelBlock("multiplications", "multiplications", parts);
}

/** A formula and the number it comes to; a formula that is a number itself once. */
function formulaAndNumber({ mathml, expression }, number) {
  const figure = (text) => element("p", { class: "ca-figure" }, [text]);
  if (typeof expression === "number") return [figure(figures(number))];
  return [formulaLine(mathml), figure(`= ${figures(number)}`)];
}

/** A sign and words: that two numbers agree, or that they do not. */
function agreementMark(agrees, said) {
  const sign = element("span", { class: "ca-sign", "aria-hidden": "true" }, [agrees ? "✓" : "✗"]);
  const verdict = agrees ? "agrees" : "DOES NOT AGREE";
  return element("p", { class: `ca-mark ${agrees ? "ca-agrees" : "ca-differs"}` }, [
    sign,
    element("span", {}, [said, " ", element("strong", {}, [verdict])]),
  ]);
}

/** The other counts: name and number, the formula below. */
function restBlock(model, chosen, held) {
  const flat = flattened(model.values);
  const rows = [];
  for (const [key, label] of PANEL_QUANTITIES.slice(1)) {
    const quantity = chosen?.quantities[key];
    if (!quantity || !conditionsHold(quantity, flat)) continue;
    const told = quantity.mathml && typeof quantity.expression !== "number";
    const under = told ? formula(quantity.mathml) : "";
    rows.push(countRow(label, under, figures(resultOf(quantity.expression, flat))));
  }
  const lost = lostOnPadding(model, chosen, flat);
  if (lost !== null) rows.push(countRow(lostWords(model.type), "", lost));
  rows.push(countRow("additions, counted", "", figures(model.counted.additions)));
  if (held) rows.push(countRow("multiplications before", "", figures(held.counted.multiplications)));
  return element("dl", { class: "ca-counts" }, rows);
}

function countRow(label, under, number) {
  return element("div", { class: "ca-count" }, [
    element("dt", {}, [label]),
    element("dd", { class: "ca-count-number" }, [number]),
    ...(under ? [element("dd", { class: "ca-under ca-formula" }, [under])] : []),
  ]);
}

/** Says where mult-adds are lost: a transposed convolution makes values that are cropped. */
function lostWords(type) {
  return type.name === "conv_transpose" ? "lost on what is cropped" : "lost on padding zeros";
}

/** Writes the share of mult-adds that fall on padding zeros; null where there is nothing to lose. */
function lostOnPadding(model, chosen, flat) {
  const all = chosen?.quantities.mult_adds;
  const whole = all && conditionsHold(all, flat) ? resultOf(all.expression, flat) : null;
  const used = model.counted.multiplications;
  if (!whole || !used || used > whole) return null;
  return `${Number((100 * (1 - used / whole)).toFixed(1))} %`;
}

function ratioBlock(model, chosen) {
  if (!chosen?.ratio) return [];
  const ratio = resultOf(chosen.ratio.expression, flattened(model.values));
  const parts = formulaAndNumber(chosen.ratio, ratio);
  return [panelBlock("ratio", "ratio to the standard convolution", parts)];
}

/** What the letters are: H = 4 (input size, height). */
function nameLegend(model, chosen) {
  const flat = flattened(model.values);
  const names = Object.entries(chosen?.names ?? {});
  if (!names.length) return [];
  const items = names.flatMap(([name, key]) => {
    const expression = typeof key === "string" ? { name: key } : key;
    const value = figures(resultOf(expression, flat));
    const where = element("span", { class: "ca-faint" }, [placeName(model, chosen.when?.linked, key)]);
    return [element("dt", {}, [letterOf(name)]), element("dd", {}, [`= ${value}`, where])];
  });
  return [panelBlock("names", "names", [element("dl", { class: "ca-legend" }, items)])];
}

/** Writes a letter of the literature, what follows _ below it. */
function letterOf(name) {
  const [letter, ...below] = name.split("_");
  const parts = below.length ? [letter, element("sub", {}, [below.join(" ")])] : [letter];
  return element("i", { class: "ca-letter" }, parts);
}

/** Writes a flattened key as words, with axis and side where a formula tells them apart. */
function placeName({ type, axes }, linked, key) {
  for (const control of type.controls) {
    const place = placesOf(control, axes).find((one) => one.key === key);
    if (!place) continue;
    const apart = !linked || control.key === "input_size";
    const axis = apart && axes > 1 && place.axis !== null ? [AXIS_NAMES[axes][place.axis]] : [];
    const side = !linked && place.side ? [place.side === "lo" ? "before" : "after"] : [];
    return ` ${[control.key.replaceAll("_", " "), ...axis, ...side].join(", ")}`;
  }
  return "";
}

/** A line with a formula; where it is too long to be written, words. */
function formulaLine(mathml) {
  if (!mathml) return element("p", { class: "ca-faint" }, ["too long to write here; worked out"]);
  return element("p", { class: "ca-formula" }, [formula(mathml)]);
}

/**
 * Makes long formulas smaller, breaks them between factors and terms; beyond that folds them. All are
 * measured together before any is changed: each change between would have the page laid out anew.
 */
function fitFormulas(lines) {
  const widthOf = (node) => node?.getBoundingClientRect().width ?? 0;
  const measured = lines.map((line) => {
    const wide = widthOf(line.firstElementChild);
    const long = line.clientWidth > 0 && wide > line.clientWidth;
    return [line, long ? (Number.parseFloat(getComputedStyle(line).fontSize) * line.clientWidth) / wide : 0];
  });
  const long = measured.filter(([, size]) => size > 0);
  for (const [line, size] of long) {
    line.style.fontSize = `${Math.max(LEAST_FORMULA_FONT, Math.floor(size))}px`;
  }
  const still = long.map(([line]) => line).filter((line) => line.scrollWidth > line.clientWidth);
  const wholes = still.map((line) => line.firstElementChild.cloneNode(true));
  for (const line of still) line.replaceChildren(...brokenFormula(line.firstElementChild));
  const folded = still.map((line) => Math.max(...[...line.children].map(widthOf)) > line.clientWidth);
  still.forEach((line, at) => folded[at] && foldFormula(line, wholes[at]));
}

/** Puts a formula that has no room behind a word that opens it. */
function foldFormula(line, whole) {
  line.style.fontSize = "";
  const scrolled = element("div", { class: "ca-long-formula", tabindex: "0" }, [whole]);
  line.replaceChildren(element("details", {}, [element("summary", {}, ["long formula"]), scrolled]));
}

/** A formula as several, beside or below each other: cut before brackets and after signs. */
function brokenFormula(math) {
  const only = math.childElementCount === 1 ? math.firstElementChild : null;
  const row = only?.localName === "mrow" ? only : math;
  const pieces = [[]];
  let depth = 0;
  let sign = false;
  for (const part of [...row.children]) {
    const text = part.textContent;
    const opens = part.localName === "mo" && text === "(";
    const cut = depth === 0 && (sign || opens || /^\(/.test(text));
    if (cut && pieces[pieces.length - 1].length) pieces.push([]);
    pieces[pieces.length - 1].push(part);
    if (opens) depth += 1;
    if (part.localName === "mo" && text === ")") depth -= 1;
    sign = part.localName === "mo" && "+−-×·⊗".includes(text);
  }
  return pieces.map((parts) => mathElement("math", parts));
}

function panelBlock(key, title, parts) {
  const all = [element("h3", {}, [title]), ...parts];
  return element("section", { class: "ca-block", "data-quantity": key }, all);
}

// --- Python as the second judge ---

/** The formula for this very kernel, stride and padding, which Python can carry further; none for a number. */
function inTheseNumbers(told) {
  const line = formulaLine(told?.mathml ?? "");
  if (!told || line.textContent.replaceAll(",", "") === String(told.value)) return [];
  return [element("p", { class: "ca-faint" }, ["with this kernel, stride and padding"]), line];
}

/** Asks Python for each setting, once it rests; the latest answer wins. */
function secondJudge(store, ask) {
  const node = element("div", { class: "ca-second", role: "status", "aria-live": "polite" });
  let asked = 0;
  let timer = 0;
  const quietly = (text) => node.replaceChildren(element("p", { class: "ca-faint" }, [text]));
  async function question(number) {
    const { type, axes, values } = store.state();
    try {
      const answer = await ask({ type, axes, values });
      if (number === asked) tell(answer, store.model());
    } catch (error) {
      if (number === asked) quietly(`scipy: no answer (${error?.message ?? "not reached"})`);
    }
  }
  function tell(answer, model) {
    const measured = answer?.measured?.multiplications;
    if (measured === undefined || measured === null) {
      quietly(`scipy: ${answer?.reason ?? "not measured"}`);
      return;
    }
    const number = formulaCount(model);
    const [other, named] = number === null ? [model.counted?.multiplications, "count here"]
      : [number, "formula"];
    const said = `scipy: ${figures(measured)} multiplications measured; the ${named}`;
    node.replaceChildren(agreementMark(measured === other, said), ...inTheseNumbers(answer.multiplications));
    fitFormulas([...node.querySelectorAll(".ca-formula")]);
  }
  return {
    node,
    asked(legal) {
      clearTimeout(timer);
      asked += 1;
      node.replaceChildren();
      if (!legal) return;
      quietly("scipy: …");
      const number = asked;
      timer = setTimeout(() => question(number), ASKED_AFTER);
    },
    destroy() {
      clearTimeout(timer);
      asked += 1;
    },
  };
}
