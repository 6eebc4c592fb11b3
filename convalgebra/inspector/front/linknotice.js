// What a link says that the page cannot restore, told in a line that one can close.
import { element } from "./elements.js";
import { faultsOf } from "./link.js";

const MOST_TOLD_FAULTS = 3;

/** A line in `host` for a link's faults: {tell(fragment)}; nothing where the link is whole. */
export function linkNotice(host, store) {
  const said = element("p", {});
  const attributes = { type: "button", class: "ca-notice-close", "aria-label": "Close this notice" };
  const close = element("button", attributes, ["×"]);
  const notice = element("div", { class: "ca-notice", role: "status" }, [said, close]);
  notice.hidden = true;
  close.addEventListener("click", () => (notice.hidden = true));
  host.before(notice);
  return {
    tell(fragment) {
      const faults = faultsOf(fragment, store.data, store.state());
      const more = faults.length - MOST_TOLD_FAULTS;
      const told = faults.slice(0, MOST_TOLD_FAULTS).join("; ");
      said.textContent = more > 0 ? `${told}; and ${more} more` : told;
      notice.hidden = !faults.length;
    },
  };
}
