// A column that scrolls by itself: as high as there is room in the window, faded where there is more.

const PADDING = 24;

/** Keeps a column within the window, and marks it with `ca-more` while more of it is below. */
export function fadingColumn(column) {
  const window = column.ownerDocument.defaultView;
  let waiting = 0;

  function measure() {
    waiting = 0;
    // What stands above it in the page takes of the room only until it is scrolled away.
    const topOf = (node) => node.getBoundingClientRect().top;
    const above = topOf(column.parentElement) - topOf(column.getRootNode().host) + PADDING;
    const top = Math.min(Math.max(topOf(column), 0), Math.max(above, 0));
    column.style.setProperty("--above", `${Math.round(top)}px`);
    const hidden = column.scrollHeight - column.clientHeight - column.scrollTop;
    column.classList.toggle("ca-more", hidden > 4);
  }

  const soon = () => (waiting ||= window.requestAnimationFrame(measure));
  const resized = new ResizeObserver(soon);
  for (const node of [column, ...column.children]) resized.observe(node);
  const scrolled = { capture: true, passive: true };
  window.addEventListener("scroll", soon, scrolled);
  column.addEventListener("scroll", soon, { passive: true });
  window.addEventListener("resize", soon);
  return {
    update: soon,
    destroy() {
      if (waiting) window.cancelAnimationFrame(waiting);
      resized.disconnect();
      window.removeEventListener("scroll", soon, scrolled);
      window.removeEventListener("resize", soon);
    },
  };
}
