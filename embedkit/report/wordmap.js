// The word map: which map is shown, its colours and labels, search, zoom, and what the pointer is over.

const BANDS = [100, 1000, 3000];

class WordMap {
  constructor(drawn, spaces, maps) {
    this.drawn = drawn;
    this.spaces = spaces;
    this.maps = maps;
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
  }

  // Show a map; what was selected and found stays so where the words are the same.
  show(map) {
    const selected = this.map ? this.selection.words : [];
    const open = this.chosen === null ? null : this.space.words[this.chosen];
    this.map = map;
    this.space = this.spaces.get(map.space);
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
  }

  paint() {
    this.points.data = { x: this.x, y: this.y, color: this.colours() };
    this.points.change.emit();
  }

  colours() {
    const frequency = document.getElementById("map-colour").value === "frequency" && this.space.counts !== null;
    const ends = stops("--sequential");
    const bands = stops("--bands");
    if (!frequency) {
      return Array.from(this.words, (place) => bands[bandOf(this.space.ranks[place])]);
    }
    const logs = Array.from(this.words, (place) => Math.log(this.space.counts[place] + 1));
    const [low, high] = [Math.min(...logs), Math.max(...logs)];
    // A hundred shades, so that not every point mixes its own.
    const shades = Array.from({ length: 101 }, (_, i) => between(ends, i / 100));
    return logs.map((value) => shades[Math.round((100 * (value - low)) / (high - low || 1))]);
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
    const scale = Math.max((right - left) / (width - 60), (high - low) / (height - 40)) || 1 / width;
    this.frame((left + right) / 2, (low + high) / 2, scale);
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
    const data = { x: [], y: [], text: [] };
    const write = (row) => {
      const px = ((this.x[row] - xs.start) / (xs.end - xs.start)) * width;
      const py = ((ys.end - this.y[row]) / (ys.end - ys.start)) * height;
      if (px < 4 || py < 10 || py > height - 10) return;
      const text = shortened(this.space.words[this.words[row]]);
      const box = [px - 5, py - 9, px + 10 + this.text.measureText(text).width, py + 9];
      if (box[2] > width || taken.some((b) => box[0] < b[2] && b[0] < box[2] && box[1] < b[3] && b[1] < box[3])) return;
      taken.push(box);
      data.x.push(this.x[row]);
      data.y.push(this.y[row]);
      data.text.push(text);
    };
    if (this.chosen !== null && this.row.has(this.chosen)) write(this.row.get(this.chosen));
    for (let row = this.words.length - 1; row >= 0 && data.text.length < most; row--) write(row);
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
    const counted = space.counts === null ? "" : `, ${count(space.counts[place])} times in the training text`;
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
    return [word(space.words[place], "strong"), element("div", `rank ${count(space.ranks[place])}${counted}`, "quiet"), near];
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
    const card = document.getElementById("map-card");
    const close = element("button", "×", "close");
    close.type = "button";
    close.setAttribute("aria-label", "Close");
    close.addEventListener("click", () => this.close());
    card.replaceChildren(close, ...this.about(place, (text) => this.go(text)), element("div", `nearest in the full ${this.space.name} of ${count(this.space.total)}`, "quiet"));
    card.hidden = false;
    this.labelSoon();
  }

  close() {
    this.chosen = null;
    this.found.data = { x: [], y: [] };
    document.getElementById("map-card").hidden = true;
    this.labelSoon();
  }
}

function bandOf(rank) {
  const band = BANDS.findIndex((last) => rank <= last);
  return band < 0 ? BANDS.length : band;
}

function shortened(text) {
  const shown = visible(text);
  return shown.length > 22 ? shown.slice(0, 21) + "…" : shown;
}

function startMap(drawn) {
  const maps = json("maps");
  const map = new WordMap(drawn, allSpaces(), maps);
  const spaceOf = document.getElementById("map-space");
  const methods = document.getElementById("map-method");
  for (const key of new Set(maps.map((m) => m.space))) spaceOf.append(new Option(map.spaces.get(key).name, key));
  for (const [method, title] of new Map(maps.map((m) => [m.method, m.title]))) {
    const choice = element("label");
    const input = element("input");
    Object.assign(input, { type: "radio", name: "map-method", value: method, checked: method === maps[0].method });
    choice.append(input, element("span", title));
    methods.append(choice);
  }

  function choose() {
    const there = maps.filter((m) => m.space === spaceOf.value);
    for (const input of methods.querySelectorAll("input")) {
      input.disabled = !there.some((m) => m.method === input.value);
      if (input.disabled && input.checked) methods.querySelector(`input[value="${there[0].method}"]`).checked = true;
    }
    const wanted = methods.querySelector("input:checked").value;
    const chosen = there.find((m) => m.method === wanted);
    map.show(chosen);
    tellFidelity(chosen);
    paintLegend(map);
  }

  spaceOf.addEventListener("change", choose);
  methods.addEventListener("change", choose);
  document.getElementById("map-colour").addEventListener("change", () => {
    map.paint();
    paintLegend(map);
  });
  document.getElementById("map-in").addEventListener("click", () => map.zoom(1 / 1.6));
  document.getElementById("map-out").addEventListener("click", () => map.zoom(1.6));
  document.getElementById("map-reset").addEventListener("click", () => map.whole());
  startTools(map);
  startSearch(map);
  choose();
  followTheme(() => {
    map.paint();
    paintLegend(map);
  });
  // Bokeh knows its size only after it was laid out, and again when the window changes.
  let width = 0;
  new ResizeObserver(() => {
    if (Math.abs(drawn.place.clientWidth - width) < 2) return;
    width = drawn.place.clientWidth;
    setTimeout(() => map.whole(), 60);
  }).observe(drawn.place);
  return map;
}

function tellFidelity(map) {
  const facts = map.fidelity.flatMap(([name, value, meaning]) => {
    const said = element("dd");
    said.append(element("b", value), element("small", meaning));
    return [element("dt", name), said];
  });
  document.getElementById("map-fidelity").replaceChildren(...facts);
  document.getElementById("map-note").textContent = map.note;
}

function paintLegend(map) {
  const legend = document.getElementById("map-legend");
  if (document.getElementById("map-colour").value === "bands" || map.space.counts === null) {
    const colours = stops("--bands");
    const last = Math.max(...Array.from(map.words, (place) => map.space.ranks[place]));
    const starts = [1, ...BANDS.map((end) => end + 1)];
    const items = starts.filter((start) => start <= last).map((start, i) => {
      const item = element("span", `${count(start)}–${count(Math.min(BANDS[i] ?? last, last))}`, "band");
      item.style.setProperty("--dot", colours[i]);
      return item;
    });
    legend.replaceChildren(element("span", "rank"), ...items);
  } else {
    const bar = element("span", "", "gradient");
    bar.style.background = `linear-gradient(90deg, ${stops("--sequential").join(", ")})`;
    const counts = Array.from(map.words, (place) => map.space.counts[place]);
    const ends = [Math.min(...counts), Math.max(...counts)].map(count);
    legend.replaceChildren(element("span", `${ends[0]}×`), bar, element("span", `${ends[1]}× in the training text`));
  }
}

function startTools(map) {
  const tools = map.plot.toolbar.tools;
  const types = { pan: "PanTool", box_select: "BoxSelectTool", lasso_select: "LassoSelectTool" };
  const tool = (type) => tools.find((each) => each.type === type);
  const drags = document.getElementById("map-drag");
  const use = () => {
    tool(types[drags.querySelector("input:checked").value]).active = true;
  };
  drags.addEventListener("change", use);
  use();
  tool("TapTool").active = true;
  // The wheel zooms once the pointer has moved over the map: a page that scrolls past under it goes on scrolling.
  const wheel = tool("WheelZoomTool");
  wheel.active = false;
  let scrolled = 0;
  addEventListener("scroll", () => {
    scrolled = performance.now();
    wheel.active = false;
  }, { passive: true });
  map.drawn.place.addEventListener("pointermove", (event) => {
    const moved = event.movementX !== 0 || event.movementY !== 0;
    if (moved && !wheel.active && performance.now() - scrolled > 150) wheel.active = true;
  });
}

function startSearch(map) {
  const input = document.getElementById("map-search");
  const box = document.getElementById("map-suggestions");
  const said = document.getElementById("map-found");

  function starting(text) {
    const lower = text.toLowerCase();
    const found = [];
    for (let row = map.words.length - 1; row >= 0; row--) {
      const candidate = map.space.words[map.words[row]];
      if (candidate.toLowerCase().startsWith(lower)) found.push(candidate);
    }
    return found;
  }

  function go(text) {
    box.hidden = true;
    input.value = text;
    said.textContent = "";
    map.go(text);
  }

  function search() {
    const text = input.value.trim();
    box.hidden = true;
    if (text === "") {
      said.textContent = "";
      return map.close();
    }
    const place = map.space.place.get(text);
    if (place !== undefined && map.row.has(place)) return go(text);
    const near = starting(text);
    if (near.length) return go(near.find((each) => each.toLowerCase() === text.toLowerCase()) ?? near[0]);
    const shown = Array.from(map.words, (each) => map.space.words[each]).reverse();
    const alike = nearSpellings(text, shown);
    const advice = alike.length ? ` Did you mean ${oneOf(alike.map(visible))}?` : "";
    said.textContent = `“${visible(text)}” is not among the ${count(shown.length)} words of this map.${advice}`;
  }

  function suggest() {
    const text = input.value.trim();
    const near = text === "" ? [] : starting(text).slice(0, 8);
    box.replaceChildren(...near.map((each) => {
      const choice = word(each, "button");
      choice.type = "button";
      choice.addEventListener("click", () => go(each));
      return choice;
    }));
    box.hidden = near.length === 0;
    said.textContent = "";
  }

  input.addEventListener("input", suggest);
  input.addEventListener("search", search);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") search();
    if (event.key === "Escape") box.hidden = true;
    if (event.key === "ArrowDown" && !box.hidden) {
      box.firstElementChild.focus();
      event.preventDefault();
    }
  });
  box.addEventListener("keydown", (event) => {
    const at = document.activeElement;
    const next = { ArrowDown: at.nextElementSibling, ArrowUp: at.previousElementSibling ?? input }[event.key];
    if (event.key === "Escape") {
      box.hidden = true;
      input.focus();
    } else if (next) {
      next.focus();
      event.preventDefault();
    }
  });
  document.addEventListener("click", (event) => {
    if (!box.contains(event.target) && event.target !== input) box.hidden = true;
  });
}
