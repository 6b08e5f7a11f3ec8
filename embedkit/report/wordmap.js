// The word map: its points, colours and labels, where it looks, and what is known of a word.

const mapsOfPage = [];

class WordMap {
  constructor(drawn, spaces) {
    this.drawn = drawn;
    this.spaces = spaces;
    this.id = drawn.place.closest("[data-map]").dataset.map;
    const { maps, noun, colorings } = json(this.id);
    Object.assign(this, { maps, noun, columns: colorings });
    this.colorings = new Map(); // by the key of a space
    this.plot = drawn.view.model;
    this.points = named(drawn, "points");
    this.found = named(drawn, "found");
    this.labels = named(drawn, "labels");
    this.text = document.createElement("canvas").getContext("2d");
    this.text.font = "12px system-ui, sans-serif";
    this.labelled = null;
    this.chosen = null; // the place in the space of the word whose card is open
    for (const side of [this.plot.x_range, this.plot.y_range]) {
      side.change.connect(() => this.labelSoon());
    }
    this.points.inspect.connect(([, { geometry }]) => this.tip(geometry));
    this.selection = new Selection(this);
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
    return [...this.colorings.get(key), ...coloringsOfMap(this.map, this.space)];
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

  // Show a map; what was selected and found stays so where the words are the same.
  show(map) {
    const selected = this.map ? this.selection.words : [];
    const open = this.chosen === null ? null : this.space.words[this.chosen];
    this.map = map;
    this.space = this.spaces.get(map.space);
    this.offerColorings();
    // The most frequent are drawn last, on top: row r shows word n - 1 - r.
    this.words = unpacked(map.words, Int32Array).reverse();
    this.x = unpacked(map.x, Float32Array).reverse();
    this.y = unpacked(map.y, Float32Array).reverse();
    this.row = new Map(Array.from(this.words, (place, row) => [place, row]));
    this.paint();
    const rows = selected.map((w) => this.row.get(this.space.place.get(w))).filter((row) => row !== undefined);
    this.points.selected.indices = rows;
    const place = open === null ? undefined : this.space.place.get(open);
    if (place === undefined || !this.row.has(place)) this.close();
    else this.open(place);
    this.whole();
    for (const tell of this.shown) tell();
  }

  paint() {
    this.points.data = { x: this.x, y: this.y, color: this.coloring.colours(this.words) };
    this.points.change.emit();
  }

  get size() {
    return [this.plot.inner_width || 600, this.plot.inner_height || 500];
  }

  // All points, at the same scale across and up: distances are what a map is about.
  whole() {
    const extent = (values) => [values.reduce((a, b) => Math.min(a, b), Infinity), values.reduce((a, b) => Math.max(a, b), -Infinity)];
    const [left, right] = extent(this.x);
    const [low, high] = extent(this.y);
    const [width, height] = this.size;
    this.dots(width < 480 ? 4 : 6);
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
    this.labelled = setTimeout(() => this.label(), 90);
  }

  // Write the most frequent words that have room, none over another and none over the edge.
  label() {
    if (!this.map) return;
    const [width, height] = this.size;
    const { x_range: xs, y_range: ys } = this.plot;
    const most = Math.round((width * height) / 9000);
    const taken = [];
    const data = { x: [], y: [], text: [], offset: [], align: [] };
    const write = (row) => {
      const px = ((this.x[row] - xs.start) / (xs.end - xs.start)) * width;
      const py = ((ys.end - this.y[row]) / (ys.end - ys.start)) * height;
      if (px < 4 || py < 10 || py > height - 10) return;
      const text = shortened(this.space.words[this.words[row]]);
      const offset = this.beside(this.words[row]);
      const length = this.text.measureText(text).width;
      // Where there is no room before the right edge, it stands on the left of its point.
      const left = px + offset + 3 + length > width;
      const box = left ? [px - offset - 3 - length, py - 9, px + offset, py + 9] : [px - offset, py - 9, px + offset + 3 + length, py + 9];
      if (box[0] < 0 || taken.some((b) => box[0] < b[2] && b[0] < box[2] && box[1] < b[3] && b[1] < box[3])) return;
      taken.push(box);
      data.x.push(this.x[row]);
      data.y.push(this.y[row]);
      data.text.push(text);
      data.offset.push(left ? -offset : offset);
      data.align.push(left ? "right" : "left");
    };
    if (this.chosen !== null && this.row.has(this.chosen)) write(this.row.get(this.chosen));
    for (const place of this.preferred) if (this.row.has(place) && place !== this.chosen) write(this.row.get(place));
    const preferred = new Set(this.preferred);
    for (let row = this.words.length - 1; row >= 0 && data.text.length < most; row--) {
      if (!preferred.has(this.words[row]) && this.words[row] !== this.chosen) write(row);
    }
    this.labels.data = data;
  }

  tip(geometry) {
    const { points, drawn } = this;
    const row = nearestRow(drawn, points, points.inspected.indices, geometry);
    if (row === undefined) hideTip(points);
    else tipAt(points, viewOf(drawn, points).el, geometry, this.about(this.words[row]));
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
    const whole = Math.max(...[this.x, this.y].map((v) => Math.max(...v) - Math.min(...v))) / this.size[0];
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

function shortened(text) {
  const shown = visible(text);
  return shown.length > 22 ? shown.slice(0, 21) + "…" : shown;
}
