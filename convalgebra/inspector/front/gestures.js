// Wheel, drag, pinch and tap on a canvas, as four plain actions.

const STILL = 5;
const WHEEL_SPEED = 0.0022;
const LINE_PIXELS = 16;

/** Listens on a canvas; act = {hover(x, y), leave(), tap(x, y), pan(dx, dy), zoom(factor, x, y)}; the last
 * two say whether anything changed. Returns what ends it. */
export function listenToGestures(canvas, act) {
  const down = new Map();
  let moved = false;
  let hovering = null;
  const placeOf = (event) => {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const on = {
    pointerdown(event) {
      if (event.button > 0) return;
      down.set(event.pointerId, { ...placeOf(event), from: placeOf(event) });
      moved = moved && down.size > 1;
      canvas.setPointerCapture(event.pointerId);
    },
    pointermove(event) {
      const place = placeOf(event);
      const before = down.get(event.pointerId);
      if (!before) {
        hovering = place;
        if (event.pointerType !== "touch") act.hover(place.x, place.y);
        return;
      }
      if (down.size > 1) pinch(event.pointerId, before, place);
      else {
        const far = Math.hypot(place.x - before.from.x, place.y - before.from.y) > STILL;
        if (far && !moved) Object.assign(before, before.from);
        moved ||= far;
        if (moved) act.pan(place.x - before.x, place.y - before.y);
      }
      Object.assign(before, place);
    },
    pointerup(event) {
      const place = down.get(event.pointerId);
      down.delete(event.pointerId);
      if (place && !moved) act.tap(place.from.x, place.from.y);
      if (!down.size) moved = false;
    },
    pointercancel(event) {
      down.delete(event.pointerId);
      if (!down.size) moved = false;
    },
    pointerleave(event) {
      hovering = null;
      if (event.pointerType !== "touch") act.leave();
    },
    wheel(event) {
      const unit = event.deltaMode === 1 ? LINE_PIXELS : event.deltaMode === 2 ? canvas.clientHeight : 1;
      const { x, y } = placeOf(event);
      let changed;
      if (event.shiftKey) {
        const along = event.deltaX || event.deltaY;
        changed = act.pan(-along * unit, event.deltaX ? -event.deltaY * unit : 0);
      } else {
        const speed = event.ctrlKey ? 4 * WHEEL_SPEED : WHEEL_SPEED;
        changed = act.zoom(Math.exp(-event.deltaY * unit * speed), x, y);
      }
      // Where nothing is left to zoom or pan the page scrolls on; a pinch must never enlarge the page.
      if (changed || event.ctrlKey) event.preventDefault();
      if (changed && hovering) act.hover(x, y);
    },
  };

  function pinch(id, before, place) {
    const other = [...down].find(([key]) => key !== id)[1];
    const apart = (point) => Math.max(Math.hypot(point.x - other.x, point.y - other.y), 1);
    moved = true;
    act.pan((place.x - before.x) / 2, (place.y - before.y) / 2);
    act.zoom(apart(place) / apart(before), (place.x + other.x) / 2, (place.y + other.y) / 2);
  }

  for (const [name, listener] of Object.entries(on)) {
    canvas.addEventListener(name, listener, { passive: false });
  }
  return () => {
    for (const [name, listener] of Object.entries(on)) canvas.removeEventListener(name, listener);
  };
}
