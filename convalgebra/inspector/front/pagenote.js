// What a page says of what it shows, in a line above it: the layer of a network, and what is smaller here.
import { element } from "./elements.js";

/** A line before `host` with a text, or nothing where there is none. */
export function pageNote(host, text) {
  if (!text) return;
  host.before(element("div", { class: "ca-notice", role: "note" }, [element("p", {}, [String(text)])]));
}
