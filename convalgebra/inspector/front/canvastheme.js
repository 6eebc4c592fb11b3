// The colours of the page for what is drawn on a canvas.
import { element } from "./elements.js";

const THEME_FALLBACK = {
  paper: "#ffffff", ink: "#1a1a1a", faint: "#6b6b6b", line: "#d8d8d8", accent: "#0b5cad",
};

/** The page's colours as a canvas takes them, and whether paper is dark. */
export function canvasTheme(canvas) {
  const probe = element("span");
  canvas.after(probe);
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const theme = Object.fromEntries(Object.entries(THEME_FALLBACK).map(([name, fallback]) => {
    probe.style.color = `var(--${name}, ${fallback})`;
    pen.fillStyle = getComputedStyle(probe).color;
    pen.fillRect(0, 0, 1, 1);
    const [red, green, blue] = pen.getImageData(0, 0, 1, 1).data;
    return [name, `#${((1 << 24) | (red << 16) | (green << 8) | blue).toString(16).slice(1)}`];
  }));
  probe.remove();
  return { ...theme, dark: parseInt(theme.paper.slice(3, 5), 16) < 128 };
}
