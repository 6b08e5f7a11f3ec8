// The word map: its points, colours and labels, where it looks, and what is known of a word.

const mapsOfPage = [];
const MOST_POINTS = 10000; // drawn at once; the rest of what is in view is shaded, so that panning does not stutter
const CELL = 4; // pixels a side of a cell of the shading

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
    this.found = named(drawn, "found");
    this.labels = named(drawn, "labels");
    this.titles = named(drawn, "titles");
    this.shading = named(drawn, "shading");
    this.text = document.createElement("canvas").getContext("2d");
    this.text.font = "12px system-ui, sans-serif";
    this.labelled = null;
    this.dragTool = ""; // what dragging does: pan, box_select or lasso_select
    this.held = false; // it is being dragged
    this.lit = []; // rows that are selected
    this.lighting = false;
    this.chosen = null; // the place in the space of the word whose card is open
    for (const side of [this.plot.x_range, this.plot.y_range]) {
      side.change.connect(() => this.labelSoon());
    }
    this.points.inspect.connect(([, { geometry }]) => this.tip(geometry));
    this.points.selected.properties.indices.change.connect(() => {
      if (this.lighting) return;
      const rows = this.points.selected.indices.map((index) => this.drawnRows[index]);
      selectionOfPage.take(this, rows);
      if (rows.length === 1) this.open(this.words[rows[0]]);
    });
    this.shown = []; // called when another map is shown
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
    if (!this.colorings.has(key)) this.colorings.set(key, coloringsOf(this.space, this.columns[key] ?? []));
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

  // Those of its colourings that say something of a point.
  get said() {
    return this.kinds.filter((kind) => kind.say);
  }

  // What is known of a point but for its name and its neighbours: [name, value at a place, is a number].
  get facts() {
    const { space, said } = this;
    const counted = [
      ["Rank", (place) => space.ranks[place], true],
      ["Count", (place) => space.counts?.[place], true],
    ];
    const columns = said.map((kind) => [kind.name, (place) => (kind.isNumber ? kind.values[place] : kind.say(place)), kind.isNumber]);
    return [...(space.counts === null ? [] : counted), ...columns];
  }

  // Points as a table: what they are called, exactly, where they are on the map, and all that is known of them.
  tableOf(places) {
    const { space, noun, facts } = this;
    const single = (value) => Number(value.toPrecision(7)); // as exact as 32 bits are
    const rows = places.map((place) => {
      const row = this.row.get(place);
      const near = space.nearest(place).map(([text, cosine]) => `${text} ${cosine.toFixed(4)}`).join(" | ");
      return [space.words[place], ...facts.map(([, at]) => at(place)), single(this.x[row]), single(this.y[row]), near];
    });
    return { names: [noun, ...facts.map(([name]) => name.toLowerCase()), "x", "y", "nearest"], rows };
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
    this.lit = this.rowsOf(selectionOfPage.texts);
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

  // Light up texts that were selected elsewhere.
  light(texts) {
    this.lit = this.rowsOf(texts);
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

  // Draw the points; of more than MOST_POINTS those in view, what is selected first and then the most frequent.
  draw() {
    const { x, y, colours } = this;
    this.drawnRows = this.thinned ? this.inView() : this.inOrder();
    const take = (values) => Float32Array.from(this.drawnRows, (row) => values[row]);
    const place = Int32Array.from(this.drawnRows, (row) => this.words[row]);
    this.points.data = { x: take(x), y: take(y), color: Array.from(this.drawnRows, (row) => colours[row]), place };
    this.markLit();
    this.shade();
    this.tellDrawn();
  }

  // All rows in the order in which they are drawn: what has a name lies over what has none.
  inOrder() {
    const rows = [...this.words.keys()];
    const named = new Set((this.coloring.groups?.(this) ?? []).flatMap((group) => group.rows));
    return Int32Array.from([...rows.filter((row) => !named.has(row)), ...rows.filter((row) => named.has(row))]);
  }

  // Rows in view and a margin around it, in the order in which they are drawn. Counts those in view.
  inView() {
    const { x, y } = this;
    const { start: left, end: right } = this.plot.x_range;
    const { start: low, end: high } = this.plot.y_range;
    const [across, up] = [(right - left) / 4, (high - low) / 4];
    const rows = [];
    const lit = new Set(this.lit);
    let room = MOST_POINTS - Math.min(lit.size, MOST_POINTS / 2);
    let litRoom = MOST_POINTS / 2;
    this.counted = 0;
    this.drawnInView = 0;
    for (let row = x.length - 1; row >= 0; row--) {
      const far = x[row] < left - across || x[row] > right + across || y[row] < low - up || y[row] > high + up;
      if (far && !lit.has(row)) continue;
      const inside = x[row] >= left && x[row] <= right && y[row] >= low && y[row] <= high;
      this.counted += inside;
      if (lit.has(row) ? litRoom-- > 0 : room-- > 0) {
        rows.push(row);
        this.drawnInView += inside;
      }
    }
    return Int32Array.from(rows).reverse();
  }

  // What stands behind the points: all of them as shades where not all are drawn, else a glow around named categories.
  shade() {
    const { x_range: xs, y_range: ys } = this.plot;
    const [across, up] = this.size.map((pixels) => Math.max(1, Math.round(pixels / CELL)));
    const [wide, high] = [(xs.end - xs.start) / across, (ys.end - ys.start) / up]; // of a cell
    const grid = { across, up, left: xs.start, below: ys.start, wide, high };
    const groups = this.coloring.groups?.(this) ?? [];
    let cells = null;
    if (this.thinned && this.drawnInView < this.counted) cells = densityOf(this, grid, colour("--noise"));
    else if (!this.thinned && groups.length) cells = glowOf(groups, this, grid);
    const [before] = this.shading.data.image;
    const image = cells === null ? new before.constructor(new Uint32Array(1), [1, 1]) : new before.constructor(cells, [up, across]);
    this.shading.data = { image: [image], x: [xs.start], y: [ys.start], dw: [xs.end - xs.start], dh: [ys.end - ys.start] };
  }

  // What is shown of how many.
  tellDrawn() {
    const { words, noun, space, thinned } = this;
    const part = words.length < space.total ? ` of the ${count(space.total)} in the ${space.name}, the most frequent` : "";
    let told = `${count(words.length)} ${noun}s${part}.`;
    if (thinned && this.drawnInView < this.counted) {
      told += ` ${count(this.drawnInView)} of the ${count(this.counted)} in view are drawn as points, the most frequent; the shading counts all. Zoom in for the others.`;
    } else if (thinned) {
      told += ` All ${count(this.counted)} in view are drawn as points.`;
    }
    this.part("drawn").textContent = told;
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
      if (this.map && this.thinned) this.draw();
      else if (this.map) this.shade();
      writeLabels(this);
    }, 90);
  }

  // Where a row stands, in pixels from the upper left of the frame.
  pixels(x, y) {
    const [width, height] = this.size;
    const { x_range: xs, y_range: ys } = this.plot;
    return [((x - xs.start) / (xs.end - xs.start)) * width, ((ys.end - y) / (ys.end - ys.start)) * height];
  }

  tip(geometry) {
    const { points, drawn } = this;
    const row = nearestRow(drawn, points, points.inspected.indices, geometry);
    if (row === undefined) hideTip(points);
    else tipAt(points, viewOf(drawn, points).el, geometry, this.about(this.words[this.drawnRows[row]]));
  }

  // What is known of a word: its name, rank and count, and the nearest in the full space.
  about(place, onNeighbor) {
    const { space } = this;
    const facts = this.said.map((kind) => `${kind.name}: ${kind.say(place)}`);
    if (space.counts !== null) {
      facts.unshift(`rank ${count(space.ranks[place])}, ${count(space.counts[place])} times in the training text`);
    }
    const near = element("ol");
    for (const [text, cosine] of space.nearest(place)) {
      const item = element("li");
      const known = onNeighbor && this.row.has(space.place.get(text));
      const shown = known ? word(text, "button") : word(text);
      if (known) {
        shown.type = "button";
        shown.addEventListener("click", () => onNeighbor(text));
      }
      item.append(shown, element("span", cosine.toFixed(3), "cosine"));
      near.append(item);
    }
    return [word(space.words[place], "strong"), element("div", facts.join(" · "), "quiet"), near];
  }

  // Go to a word: ring it, centre it, show what is known of it.
  go(text) {
    const place = this.space.place.get(text);
    const row = this.row.get(place);
    this.open(place);
    const [, , scale] = this.centre;
    const whole = Math.max(...this.extent.map(([low, high]) => high - low)) / this.size[0];
    this.frame(this.x[row], this.y[row], Math.min(scale, whole / 4));
  }

  open(place) {
    const row = this.row.get(place);
    this.chosen = place;
    this.found.data = { x: [this.x[row]], y: [this.y[row]] };
    const card = this.part("card");
    const close = element("button", "×", "close");
    close.type = "button";
    close.setAttribute("aria-label", "Close");
    close.addEventListener("click", () => this.close());
    card.replaceChildren(close, ...this.about(place, (text) => this.go(text)), element("div", `nearest among all ${count(this.space.total)} ${this.space.name}`, "quiet"));
    card.hidden = false;
    this.labelSoon();
    for (const tell of this.opened) tell(place);
  }

  close() {
    this.chosen = null;
    this.found.data = { x: [], y: [] };
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

function shortened(text) {
  const shown = visible(text);
  return shown.length > 22 ? shown.slice(0, 21) + "…" : shown;
}
