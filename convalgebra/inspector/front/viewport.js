// Which part of a matrix is seen, and how large: {scale: pixels of a cell, left, top: first column, row}.

const LARGEST_ZOOM = 96;
const FITTED_CELL = 56;

/** The view in which the whole matrix is seen; frame = {width, height, rows, columns}. */
export function fittedView(frame) {
  const scale = Math.min(FITTED_CELL, frame.width / frame.columns, frame.height / frame.rows);
  return { scale, left: 0, top: 0 };
}

/** A view within its bounds: no smaller than fitted, no larger than is of use, nothing beyond the edges. */
export function boundedView(view, frame) {
  const least = fittedView(frame).scale;
  const scale = Math.min(Math.max(view.scale, least), Math.max(LARGEST_ZOOM, least));
  const within = (start, seen, all) => Math.min(Math.max(start, 0), Math.max(all - seen, 0));
  return {
    scale,
    left: within(view.left, frame.width / scale, frame.columns),
    top: within(view.top, frame.height / scale, frame.rows),
  };
}

/** How far the first column stands from the frame's edge: a narrow matrix stands in the middle. */
export function indentOf(view, frame) {
  return Math.max(0, Math.floor((frame.width - frame.columns * view.scale) / 2));
}

/** The view with cells so many times larger, what is at (x, y) of the frame kept there. */
export function zoomedView(view, frame, factor, x, y) {
  const scale = boundedView({ ...view, scale: view.scale * factor }, frame).scale;
  const column = view.left + (x - indentOf(view, frame)) / view.scale;
  const row = view.top + y / view.scale;
  const moved = { scale, left: column - (x - indentOf({ scale }, frame)) / scale, top: row - y / scale };
  return boundedView(moved, frame);
}

/** The view moved by so many pixels. */
export function pannedView(view, frame, dx, dy) {
  const { scale, left, top } = view;
  return boundedView({ scale, left: left - dx / scale, top: top - dy / scale }, frame);
}

/** The view moved, if at all, as little as it takes to see a cell. */
export function viewWith(view, frame, row, column) {
  const shifted = (start, seen, at) => Math.max(Math.min(start, at), at + 1 - seen);
  return boundedView({
    scale: view.scale,
    left: shifted(view.left, frame.width / view.scale, column),
    top: shifted(view.top, frame.height / view.scale, row),
  }, frame);
}

/** The rows and columns that are seen, those after the last one: {row, rowEnd, column, columnEnd}. */
export function seenRange(view, frame) {
  return {
    row: Math.floor(view.top),
    rowEnd: Math.min(frame.rows, Math.ceil(view.top + frame.height / view.scale)),
    column: Math.floor(view.left),
    columnEnd: Math.min(frame.columns, Math.ceil(view.left + frame.width / view.scale)),
  };
}
