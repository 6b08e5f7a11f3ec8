// A map by the keyboard: arrows move it, and with Shift they go from word to word.

const STEP = 1 / 8; // of what is in sight
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

function startKeys(map) {
  const place = map.drawn.place.closest("[role=application]");
  place.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== place) return;
    if (press(map, event)) event.preventDefault();
  });
}

// What a key does; false where it means nothing here.
function press(map, { key, shiftKey }) {
  const [x, y, scale] = map.centre;
  const way = WAYS[key];
  if (way && shiftKey) walk(map, way);
  else if (way) map.frame(x + way[0] * STEP * scale * map.size[0], y + way[1] * STEP * scale * map.size[1], scale);
  else if (key === "+" || key === "=") map.zoom(1 / 1.6);
  else if (key === "-" || key === "−") map.zoom(1.6);
  else if (key === "0" || key === "Home") map.whole();
  else if (key === "Enter") openRow(map, nearestTo(map, x, y, () => true));
  else if (key === " ") toggle(map);
  else if (key === "Escape" && map.chosen !== null) map.close();
  else return false;
  return true;
}

// To the nearest word that lies more this way than to either side.
function walk(map, [dx, dy]) {
  const [cx, cy] = map.centre;
  const from = map.chosen === null ? undefined : map.row.get(map.chosen);
  const [x, y] = from === undefined ? [cx, cy] : [map.x[from], map.y[from]];
  const ahead = (row) => {
    const [right, up] = [map.x[row] - x, map.y[row] - y];
    const along = right * dx + up * dy;
    return row !== from && along > 0 && along >= Math.abs(right * dy + up * dx);
  };
  openRow(map, nearestTo(map, x, y, ahead));
}

function nearestTo(map, x, y, wanted) {
  let [best, least] = [undefined, Infinity];
  for (const row of map.drawnRows) {
    if (!map.passes(row)) continue;
    const away = (map.x[row] - x) ** 2 + (map.y[row] - y) ** 2;
    if (away < least && wanted(row)) [best, least] = [row, away];
  }
  return best;
}

// Open a word, and bring it into sight where it is not.
function openRow(map, row) {
  if (row === undefined) return;
  const [, , scale] = map.centre;
  const [px, py] = map.pixels(map.x[row], map.y[row]);
  const [width, height] = map.size;
  if (px < 20 || py < 20 || px > width - 20 || py > height - 20) map.frame(map.x[row], map.y[row], scale);
  map.open(map.words[row]);
}

// Select the word whose card is open, or select it no longer.
function toggle(map) {
  const row = map.chosen === null ? undefined : map.row.get(map.chosen);
  if (row === undefined) return;
  selectionOfPage.take(map, map.lit.includes(row) ? map.lit.filter((each) => each !== row) : [...map.lit, row]);
}
