// Numbers as they are read.

/** A whole number with a comma before every three digits. */
export function grouped(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}
