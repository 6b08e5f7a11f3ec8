// Colours come from the page's CSS variables, and change with the theme.

const root = document.documentElement;
const themed = []; // functions that colour something anew

function colour(variable) {
  return getComputedStyle(root).getPropertyValue(variable).trim();
}

function followTheme(paint) {
  themed.push(paint);
  paint();
}

function repaint() {
  for (const paint of themed) paint();
}

function startTheme() {
  const choices = document.querySelectorAll("#theme input");
  for (const choice of choices) {
    choice.addEventListener("change", () => {
      if (choice.value === "auto") root.removeAttribute("data-theme");
      else root.setAttribute("data-theme", choice.value);
      repaint();
    });
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
  // Paper is white.
  let before = null;
  addEventListener("beforeprint", () => {
    before = root.getAttribute("data-theme");
    root.setAttribute("data-theme", "light");
    repaint();
  });
  addEventListener("afterprint", () => {
    if (before === null) root.removeAttribute("data-theme");
    else root.setAttribute("data-theme", before);
    repaint();
  });
}

// The red, green and blue of a colour such as "#1a1e24".
function channels(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

// A colour at share t of the way along stops such as ["#ffffff", "#000000"].
function between(stops, t) {
  const place = Math.min(Math.max(t, 0), 1) * (stops.length - 1);
  const i = Math.min(Math.floor(place), stops.length - 2);
  const a = channels(stops[i]);
  const b = channels(stops[i + 1]);
  const mixed = a.map((value, c) => Math.round(value + (b[c] - value) * (place - i)));
  return "#" + mixed.map((value) => value.toString(16).padStart(2, "0")).join("");
}

function stops(variable) {
  return colour(variable).split(/\s+/);
}
