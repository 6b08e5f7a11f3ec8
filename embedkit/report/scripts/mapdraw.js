// How a map is drawn: which rows in which order, what stands behind them, and what is said of it.

const CELL = 4; // pixels a side of a cell of the shading
const BEHIND = "40"; // how opaque what the filters hold back is, of FF

// Draw the rows that were chosen; what the filters hold back is grey.
function drawRows(map) {
  const { x, y, colours, drawnRows, words } = map;
  const take = (values) => Float32Array.from(drawnRows, (row) => values[row]);
  const place = Int32Array.from(drawnRows, (row) => words[row]);
  const grey = colour("--noise") + BEHIND;
  const color = Array.from(drawnRows, (row) => (map.passes(row) ? colours[row] : grey));
  map.points.data = { x: take(x), y: take(y), color, place };
}

// All rows in the order in which they are drawn: what is held back lies below, what has a name over what has none.
function rowsInOrder(map) {
  const rows = [...map.words.keys()];
  const named = new Set((map.coloring.groups?.(map) ?? []).flatMap((group) => group.rows));
  const height = (row) => (map.passes(row) ? (named.has(row) ? 2 : 1) : 0);
  const layers = [[], [], []];
  for (const row of rows) layers[height(row)].push(row);
  return Int32Array.from(layers.flat());
}

// Of more than MOST_POINTS those in view and a margin around it, in the order in which they are drawn: what is selected
// first, then what the filters let through, then the rest, the most frequent of each. Counts those in view.
function rowsInView(map) {
  const { x, y } = map;
  const { start: left, end: right } = map.plot.x_range;
  const { start: low, end: high } = map.plot.y_range;
  const [across, up] = [(right - left) / 4, (high - low) / 4];
  const rows = [];
  const behind = [];
  const lit = new Set(map.lit);
  let room = MOST_POINTS - Math.min(lit.size, MOST_POINTS / 2);
  let litRoom = MOST_POINTS / 2;
  map.counted = 0;
  map.drawnInView = 0;
  for (let row = x.length - 1; row >= 0; row--) {
    const far = x[row] < left - across || x[row] > right + across || y[row] < low - up || y[row] > high + up;
    if (far && !lit.has(row)) continue;
    if (!map.passes(row)) {
      if (behind.length < MOST_POINTS) behind.push(row);
      continue;
    }
    const inside = x[row] >= left && x[row] <= right && y[row] >= low && y[row] <= high;
    map.counted += inside;
    if (lit.has(row) ? litRoom-- > 0 : room-- > 0) {
      rows.push(row);
      map.drawnInView += inside;
    }
  }
  return Int32Array.from([...rows, ...behind.slice(0, Math.max(0, room))]).reverse();
}

// What stands behind the points: all of them as shades where not all are drawn, else a glow around named categories.
function shadeMap(map) {
  const { x_range: xs, y_range: ys } = map.plot;
  const [across, up] = map.size.map((pixels) => Math.max(1, Math.round(pixels / CELL)));
  const [wide, high] = [(xs.end - xs.start) / across, (ys.end - ys.start) / up]; // of a cell
  const grid = { across, up, left: xs.start, below: ys.start, wide, high };
  const groups = map.coloring.groups?.(map) ?? [];
  let cells = null;
  if (map.thinned && (map.isFiltered || map.drawnInView < map.counted)) cells = densityOf(map, grid, colour("--noise"));
  else if (!map.thinned && !map.isFiltered && groups.length) cells = glowOf(groups, map, grid);
  const [before] = map.shading.data.image;
  const image = cells === null ? new before.constructor(new Uint32Array(1), [1, 1]) : new before.constructor(cells, [up, across]);
  map.shading.data = { image: [image], x: [xs.start], y: [ys.start], dw: [xs.end - xs.start], dh: [ys.end - ys.start] };
}

// What is shown of how many.
function tellDrawn(map) {
  const { words, noun, space, thinned } = map;
  const { sample, byFrequency } = map.map;
  const part = words.length < space.total ? ` of the ${count(space.total)} in the ${space.name}` : "";
  let told = (sample ?? null) === null ? `${counted(words.length, noun)}${part}.` : `${sample[0].toUpperCase()}${sample.slice(1)}.`;
  const inView = `${count(map.counted ?? 0)} in view${map.isFiltered ? " that the filters let through" : ""}`;
  if (thinned && map.drawnInView < map.counted) {
    told += ` ${count(map.drawnInView)} of the ${inView} are drawn as points, ${byFrequency ? "the most frequent" : "the first of them"}; the shading counts all. Zoom in for the others.`;
  } else if (thinned) {
    told += ` All ${inView} are drawn as points.`;
  }
  map.part("drawn").textContent = told;
}
