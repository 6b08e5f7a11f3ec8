// What stands behind the points of a map, as cells of an image: 0xAABBGGRR, row by row from below.

const REACH_OF_GLOW = 5; // cells

// How many points are in each cell, on a log scale: what is not drawn is seen all the same.
function densityOf({ x, y }, { across, up, left, below, wide, high }, tint) {
  const cells = new Uint32Array(across * up);
  for (let row = 0; row < x.length; row++) {
    const i = Math.floor((x[row] - left) / wide);
    const j = Math.floor((y[row] - below) / high);
    if (i >= 0 && i < across && j >= 0 && j < up) cells[j * across + i]++;
  }
  const most = Math.log(1 + cells.reduce((a, b) => Math.max(a, b), 0));
  return cells.map((found) => (found ? pixel(channels(tint), 40 + (150 * Math.log(1 + found)) / most) : 0));
}

// A glow around the points of each group in its colour, the denser the stronger; where groups meet the colours mix.
function glowOf(groups, { x, y }, { across, up, left, below, wide, high }) {
  const kernel = [];
  for (let di = -REACH_OF_GLOW; di <= REACH_OF_GLOW; di++) {
    for (let dj = -REACH_OF_GLOW; dj <= REACH_OF_GLOW; dj++) {
      const near = 1 - Math.hypot(di, dj) / (REACH_OF_GLOW + 1);
      if (near > 0) kernel.push([di, dj, near * near]);
    }
  }
  const sums = new Float32Array(across * up * 4); // weight, and the colour's channels by it
  for (const { dot, rows } of groups) {
    const [r, g, b] = channels(dot);
    for (const row of rows) {
      const i = Math.floor((x[row] - left) / wide);
      const j = Math.floor((y[row] - below) / high);
      for (const [di, dj, weight] of kernel) {
        if (i + di < 0 || i + di >= across || j + dj < 0 || j + dj >= up) continue;
        const at = 4 * ((j + dj) * across + i + di);
        sums[at] += weight;
        sums[at + 1] += weight * r;
        sums[at + 2] += weight * g;
        sums[at + 3] += weight * b;
      }
    }
  }
  return Uint32Array.from({ length: across * up }, (_, cell) => {
    const weight = sums[4 * cell];
    const mixed = [1, 2, 3].map((channel) => Math.round(sums[4 * cell + channel] / (weight || 1)));
    return weight ? pixel(mixed, 75 * (1 - Math.exp(-weight / 3))) : 0;
  });
}

function pixel([r, g, b], alpha) {
  return ((Math.round(alpha) << 24) | (b << 16) | (g << 8) | r) >>> 0;
}
