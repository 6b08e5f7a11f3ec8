// A box or a lasso on a map that draws some of its points only takes those inside that are not drawn as well.

function startRegions(map) {
  let before = []; // what was picked when the pointer went down
  let adding = false; // Shift was held when it came up
  map.drawn.place.addEventListener("pointerdown", () => (before = map.picked), true);
  map.drawn.place.addEventListener("pointerup", (event) => (adding = event.shiftKey), true);
  map.plot.on_event("selectiongeometry", ({ geometry, final }) => {
    if (!map.thinned || !final || !(geometry.type in INSIDE)) return;
    const rows = new Set(adding ? before : []);
    for (const row of rowsInside(map, geometry)) rows.add(row);
    selectionOfPage.take(map, [...rows]);
    map.draw();
  });
  map.plot.document.event_manager.subscribed_models.add(map.plot);
}

// By the type of a region, whether a point lies in it: an odd number of its sides are to the left of a point inside.
const INSIDE = {
  rect: () => () => true, // it is its own frame
  poly: ({ x: xs, y: ys }) => (x, y) => {
    let inside = false;
    for (let i = 0, j = xs.length - 1; i < xs.length; j = i++) {
      if (ys[i] > y !== ys[j] > y && x > ((xs[j] - xs[i]) * (y - ys[i])) / (ys[j] - ys[i]) + xs[i]) inside = !inside;
    }
    return inside;
  },
};

function rowsInside({ x, y }, geometry) {
  const ends = (values) => [Math.min(...values), Math.max(...values)];
  const { type, x0, x1, y0, y1 } = geometry;
  const [[left, right], [low, high]] = type === "rect" ? [ends([x0, x1]), ends([y0, y1])] : [ends(geometry.x), ends(geometry.y)];
  const inside = INSIDE[type](geometry);
  const rows = [];
  for (let row = 0; row < x.length; row++) {
    const framed = x[row] >= left && x[row] <= right && y[row] >= low && y[row] <= high;
    if (framed && inside(x[row], y[row])) rows.push(row);
  }
  return rows;
}
