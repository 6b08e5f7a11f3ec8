// The word map: which points it shows, in which colours, where it looks, and which of them are selected or ringed.

const mapsOfPage = [];
const MOST_POINTS = 10000; // drawn at once; the rest of what is in view is shaded, so that panning does not stutter

class WordMap {
  constructor(drawn, spaces) {
    this.drawn = drawn;
    this.spaces = spaces;
    this.root = drawn.place.closest("[data-map]");
    this.id = this.root.dataset.map;
    const { maps, noun, colorings } = json(this.id);
    Object.assign(this, { maps, noun, columns: colorings });
    this.colorings = new Map(); // by the key of a space
    this.asked = new Map(); // by the key of a space, the axis that the reader asked for
    this.plot = drawn.view.model;
    this.points = named(drawn, "points");
    this.matches = named(drawn, "matches");
    this.labels = named(drawn, "labels");
    this.titles = named(drawn, "titles");
    this.shading = named(drawn, "shading");
    this.text = document.createElement("canvas").getContext("2d");
    this.text.font = "12px system-ui, sans-serif";
    this.labelled = null;
    this.dragTool = ""; // what dragging does: pan, box_select or lasso_select
    this.held = false; // it is being dragged
    this.going = false; // it is on its way to a point, and what follows it goes too
    this.picked = []; // rows that were selected
    this.lit = []; // those of them that the filters let through
    this.ringed = []; // rows that a search finds
    this.filtersBySpace = new Map(); // by the key of a space, once there are any
    this.lighting = false;
    this.chosen = null; // the place in the space of the word whose card is open
    for (const side of [this.plot.x_range, this.plot.y_range]) {
      side.change.connect(() => this.labelSoon());
    }
    this.points.inspect.connect(([, { geometry }]) => showTipOf(this, geometry));
    this.points.selected.properties.indices.change.connect(() => {
      if (this.lighting) return;
      const rows = this.points.selected.indices.map((index) => this.drawnRows[index]);
      selectionOfPage.take(this, rows);
      if (rows.length === 1 && this.passes(rows[0])) this.open(this.words[rows[0]]);
    });
    this.shown = []; // called when another map is shown
    this.filtered = []; // called when other points are let through
    this.opened = []; // called with the place of a word when its card is opened, with null when it is closed
    this.preferred = []; // places whose labels come first
    this.beside = (place) => (place === this.chosen ? 14 : 7); // pixels from a place to its label
    mapsOfPage.push(this);
  }

  // The element of this map that has a name, such as "search": several maps can stand in a page.
  part(name) {
    return document.getElementById(`${this.id}-${name}`);
  }

  // What the space and the map that are shown can be coloured by.
  get kinds() {
    const { key } = this.space;
    if (!this.colorings.has(key)) this.colorings.set(key, coloringsOf(this.space, this.columns[key] ?? [], this.noun));
    const asked = this.asked.has(key) ? [this.asked.get(key)] : [];
    return [...this.colorings.get(key), ...coloringsOfMap(this.map, this.space), ...asked];
  }

  // What it is coloured by: what the reader chose, where this space has it.
  get coloring() {
    const wanted = this.part("colour").value;
    return this.kinds.find((kind) => kind.name === wanted) ?? this.kinds[0];
  }

  offerColorings() {
    const { name } = this.coloring;
    const options = this.kinds.map((kind) => new Option(kind.name, kind.name, false, kind.name === name));
    this.part("colour").replaceChildren(...options);
  }

  // An axis that the reader asked for.
  isAsked(kind) {
    return this.asked.get(this.space.key) === kind;
  }

  get filters() {
    const { key } = this.space;
    if (!this.filtersBySpace.has(key)) this.filtersBySpace.set(key, new Filters(this));
    return this.filtersBySpace.get(key);
  }

  // Whether the filters let a row through.
  passes(row) {
    const filters = this.filtersBySpace.get(this.space.key);
    return filters === undefined || filters.passes(this.words[row]);
  }

  get isFiltered() {
    return (this.filtersBySpace.get(this.space.key)?.active.length ?? 0) > 0;
  }

  // The filters let other points through.
  refilter() {
    this.lit = this.picked.filter((row) => this.passes(row));
    if (this.chosen !== null && !this.passes(this.row.get(this.chosen))) this.close();
    this.draw();
    this.labelSoon();
    selectionOfPage.narrow(this);
    for (const tell of this.filtered) tell();
  }

  // Show a map; what was selected and found stays so where the words are the same.
  show(map) {
    const open = this.chosen === null ? null : this.space.words[this.chosen];
    this.map = map;
    this.space = this.spaces.get(map.space);
    this.offerColorings();
    // The most frequent are drawn last, on top: row r shows word n - 1 - r.
    this.words = placesOf(map).reverse();
    this.x = numbersOf(map.x).reverse();
    this.y = numbersOf(map.y).reverse();
    this.row = new Map(Array.from(this.words, (place, row) => [place, row]));
    this.extent = [this.x, this.y].map((values) => values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]));
    this.pick(this.rowsOf(selectionOfPage.texts));
    this.ringed = [];
    this.whole();
    this.paint();
    const place = open === null ? undefined : this.space.place.get(open);
    if (place === undefined || !this.row.has(place)) this.close();
    else this.open(place);
    selectionOfPage.follow(this);
    for (const tell of this.shown) tell();
  }

  paint() {
    this.colours = this.coloring.colours(this.words);
    this.draw();
    this.labelSoon();
  }

  // The rows of those texts that are on this map.
  rowsOf(texts) {
    const found = [];
    for (const text of texts) {
      const row = this.row.get(this.space.place.get(text));
      if (row !== undefined) found.push(row);
    }
    return found;
  }

  pick(rows) {
    this.picked = rows;
    this.lit = rows.filter((row) => this.passes(row));
  }

  // Light up texts that were selected elsewhere.
  light(texts) {
    this.pick(this.rowsOf(texts));
    if (this.thinned) this.draw();
    else this.markLit();
  }

  markLit() {
    this.lighting = true;
    const lit = new Set(this.lit);
    const indices = [];
    if (lit.size) this.drawnRows.forEach((row, index) => lit.has(row) && indices.push(index));
    this.points.selected.indices = indices;
    this.lighting = false;
  }

  // There are more points than can be drawn at once.
  get thinned() {
    return this.words.length > MOST_POINTS;
  }

  // Where it looks.
  get view() {
    const { x_range: xs, y_range: ys } = this.plot;
    return [xs.start, xs.end, ys.start, ys.end, ...this.size].join(" ");
  }

  draw() {
    this.drawnView = this.view;
    this.drawnRows = this.thinned ? rowsInView(this) : rowsInOrder(this);
    drawRows(this);
    this.markLit();
    shadeMap(this);
    tellDrawn(this);
  }

  get size() {
    return [this.plot.inner_width || 600, this.plot.inner_height || 500];
  }

  // All points, at the same scale across and up: distances are what a map is about.
  whole() {
    const [[left, right], [low, high]] = this.extent;
    const [width, height] = this.size;
    this.dots(this.thinned ? 3 : width < 480 ? 4 : 6);
    const scale = Math.max((right - left) / (width - 60), (high - low) / (height - 40)) || 1 / width;
    this.frame((left + right) / 2, (low + high) / 2, scale);
  }

  // The size of a point, in pixels.
  dots(size) {
    const drawn = this.plot.renderers.find((renderer) => renderer.data_source === this.points);
    for (const glyph of [drawn.glyph, drawn.nonselection_glyph, drawn.selection_glyph]) glyph.size = { value: size };
  }

  // Centre the map; `scale` is data units a pixel.
  frame(x, y, scale) {
    const [width, height] = this.size;
    this.plot.x_range.setv({ start: x - (scale * width) / 2, end: x + (scale * width) / 2 });
    this.plot.y_range.setv({ start: y - (scale * height) / 2, end: y + (scale * height) / 2 });
  }

  get centre() {
    const { x_range: x, y_range: y } = this.plot;
    return [(x.start + x.end) / 2, (y.start + y.end) / 2, (x.end - x.start) / this.size[0]];
  }

  zoom(factor) {
    const [x, y, scale] = this.centre;
    this.frame(x, y, scale * factor);
  }

  labelSoon() {
    clearTimeout(this.labelled);
    this.labelled = setTimeout(() => {
      if (this.held) return; // when it is let go
      if (this.map && !this.thinned) shadeMap(this);
      else if (this.map && this.view !== this.drawnView) this.draw();
      writeLabels(this);
    }, 90);
  }

  // Where a row stands, in pixels from the upper left of the frame.
  pixels(x, y) {
    const [width, height] = this.size;
    const { x_range: xs, y_range: ys } = this.plot;
    return [((x - xs.start) / (xs.end - xs.start)) * width, ((ys.end - y) / (ys.end - ys.start)) * height];
  }

  // Go to a word: ring it, centre it, show what is known of it.
  go(text) {
    const place = this.space.place.get(text);
    const row = this.row.get(place);
    this.going = true;
    this.open(place);
    this.going = false;
    const [, , scale] = this.centre;
    const whole = Math.max(...this.extent.map(([low, high]) => high - low)) / this.size[0];
    this.frame(this.x[row], this.y[row], Math.min(scale, whole / 4));
  }

  open(place) {
    this.chosen = place;
    this.drawRings();
    showCard(this, place);
    this.labelSoon();
    for (const tell of this.opened) tell(place);
  }

  // Ring what a search finds.
  ring(rows) {
    if (rows.length + this.ringed.length === 0) return;
    this.ringed = rows;
    this.drawRings();
  }

  // The point whose card is open has a ring of its own, the first; the more there are the smaller they are.
  drawRings() {
    const open = this.chosen === null ? [] : [this.row.get(this.chosen)];
    const rows = [...open, ...this.ringed.filter((row) => row !== open[0])];
    const [size, wide] = this.ringed.length > 100 ? [9, 1.5] : [14, 2];
    this.matches.data = {
      x: rows.map((row) => this.x[row]),
      y: rows.map((row) => this.y[row]),
      size: rows.map((row) => (row === open[0] ? 20 : size)),
      wide: rows.map((row) => (row === open[0] ? 3 : wide)),
    };
  }

  close() {
    this.chosen = null;
    this.drawRings();
    this.part("card").hidden = true;
    this.labelSoon();
    for (const tell of this.opened) tell(null);
  }
}

// The place in the space of each point of a map; where a map says nothing its points are the first of the space.
function placesOf(map) {
  if (map.words instanceof Int32Array) return map.words.slice();
  if (map.words !== null) return unpacked(map.words, Int32Array);
  return Int32Array.from({ length: map.points }, (_, i) => i);
}

function numbersOf(values) {
  return values instanceof Float32Array ? values.slice() : unpacked(values, Float32Array);
}

const IN_SENTENCE = 60; // characters of a name in a sentence

// A text from outside in a sentence of a page: one with letters from right to left is isolated, or a figure behind it
// would be drawn before it.
function inSentence(text) {
  const short = shortened(text, IN_SENTENCE);
  return RIGHT_TO_LEFT.test(short) ? `\u2068${short}\u2069` : short;
}

function quoted(text) {
  return `“${inSentence(text)}”`;
}
