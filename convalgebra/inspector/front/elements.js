// Elements made without markup: what a user wrote can only become text.

/** An element with attributes and children. */
export function element(name, attributes = {}, children = []) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** A formula that Python wrote as MathML; nothing else is ever parsed. */
export function formula(mathml) {
  const parsed = new DOMParser().parseFromString(mathml, "application/xml");
  return parsed.querySelector("parsererror") ? document.createTextNode("") : document.importNode(parsed.documentElement, true);
}
