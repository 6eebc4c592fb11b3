// Elements made without markup: what a user wrote can only become text.

const MATH_SPACE = "http://www.w3.org/1998/Math/MathML";
const NOT_TAKEN = /^on|href$|^src$/i;
// Styles are taken out before anything is parsed: the page's policy forbids them, and says so even then.
const STYLE_ATTRIBUTE = / style="[^"]*"/g;

/** An element with attributes and children. */
export function element(name, attributes = {}, children = []) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** A formula that Python wrote as MathML, nothing where it wrote none; nothing else is ever parsed. */
export function formula(mathml) {
  if (!mathml) return document.createTextNode("");
  const parsed = new DOMParser().parseFromString(mathml.replace(STYLE_ATTRIBUTE, ""), "application/xml");
  const broken = parsed.querySelector("parsererror");
  return broken ? document.createTextNode("") : mathNode(parsed.documentElement);
}

/** A part of a formula, made anew in MathML's own space, without what could do more than show. */
function mathNode(part) {
  if (part.nodeType !== Node.ELEMENT_NODE) return document.createTextNode(part.textContent);
  const made = mathElement(part.localName);
  for (const { name, value } of part.attributes) {
    if (name !== "xmlns" && !NOT_TAKEN.test(name)) made.setAttribute(name, value);
  }
  made.append(...[...part.childNodes].map(mathNode));
  return made;
}

/** An element of MathML with its children. */
export function mathElement(name, children = []) {
  const made = document.createElementNS(MATH_SPACE, name);
  made.append(...children);
  return made;
}
