// Where a reader types to an encoder-decoder: what it writes, the search for it, and of one that gives phrases back where
// the typed one stands among those of the map, and what lies on the way to another.

const NEAREST = 10;
const WAY = 9; // points on the way, its ends included
const MOST_TYPED = 200; // tokens

class EncoderDecoderBox {
  constructor(id, block) {
    Object.assign(this, { id, block, network: null, codes: null, turn: 0 });
    this.text = this.part("text");
    this.text.value = block.example;
    if (block.givesBack) this.part("other").value = block.other;
    this.heat = new HeatMap(this.part("heat"), this.part("heat-said"));
    for (const name of ["text", "other"]) this.part(name)?.addEventListener("input", () => this.read());
    this.part("signal").addEventListener("change", () => this.drawHeat());
    whenSeen(document.getElementById(id), () => this.read());
  }

  part(name) {
    return document.getElementById(`${this.id}-${name}`);
  }

  open() {
    if (this.network !== null) return;
    this.network = networkOf(`${this.id}-weights`);
    const { steps } = this.network.encode([this.network.source.lineEnd]);
    this.signals = SIGNALS.filter(([name]) => name in lastLayer(steps[0]));
    const options = this.signals.map(([, title], i) => new Option(title, i));
    if (this.network.attention !== null) options.unshift(new Option("attention of the decoder", "attention"));
    this.part("signal").replaceChildren(...options);
  }

  async read() {
    this.open();
    const turn = ++this.turn;
    await pause();
    if (turn !== this.turn) return;
    this.tokens = this.network.read(this.typed).slice(-MOST_TYPED);
    this.encoded = this.network.encode(this.tokens.map(({ id }) => id));
    this.say();
    if (this.block.givesBack) this.giveBack();
    else this.search();
    this.drawHeat();
    document.getElementById(this.id).dataset.read = this.tokens.length;
  }

  say() {
    const unknown = [...new Set(this.tokens.filter((token) => token.unknown).map((token) => token.text))];
    const told = unknown.length
      ? [`Not known to it, so that it reads “${this.network.source.tokens[this.network.source.unk]}”: ${unknown.map((text) => `“${visible(text)}”`).join(", ")}.`]
      : [];
    if (this.block.sum) told.push(this.sum());
    this.part("said").textContent = told.join(" ");
  }

  // What is right of a network that adds.
  sum() {
    const [, a, b] = /^(\d{1,50})\+(\d{1,50})$/.exec(this.typed) ?? [];
    return a === undefined ? "It learned to add two numbers: type a sum such as 12+34." : `The sum is ${BigInt(a) + BigInt(b)}.`;
  }

  // A sum has no spaces where the network learned it.
  get typed() {
    return this.block.sum ? this.text.value.replace(/\s/g, "") : this.text.value;
  }

  // A text into another: the best hypotheses, and the search for them.
  search() {
    this.found = this.network.search(this.encoded, this.tokens.length);
    const items = this.found.hypotheses.map(({ ids, total, ended }) => {
      const item = element("li");
      item.append(word(this.network.text(ids)), element("span", `${signed(total, 2)} nats${ended ? "" : ", cut"}`, "cosine"));
      return item;
    });
    this.part("answers").replaceChildren(...items);
    this.part("beam").replaceChildren(beamTree(this.found, (id) => this.network.target.shown(id)));
  }

  // A phrase given back: its decoding, its place, its neighbours and the way to the other.
  giveBack() {
    const back = this.network.text(this.network.unroll(this.encoded));
    const same = back === this.text.value.trim();
    this.part("back").replaceChildren(word(back), element("span", same ? "as it was typed" : "not as it was typed", "cosine"));
    const typed = this.part("other").value.trim();
    const other = typed === "" ? null : this.network.encode(this.network.read(typed).map(({ id }) => id));
    this.drawWay(other);
    if (this.space === undefined) return;
    const near = this.nearest(this.encoded.code);
    this.part("near").replaceChildren(...near.map(([place, cosine]) => {
      const item = element("li");
      item.append(word(this.space.words[place]), element("span", cosine.toFixed(3), "cosine"));
      return item;
    }));
    this.stand([this.encoded.code, ...(other === null ? [] : [other.code])]);
  }

  get space() {
    return allSpaces().get(this.block.space);
  }

  // [place, cosine] of the nearest phrases of the map.
  nearest(code) {
    if (this.codes === null) {
      this.codes = matrixOf(json(`${this.id}-codes`));
      this.lengths = product({ ...this.codes, values: this.codes.values.map((value) => value * value) }, new Float64Array(this.codes.columns).fill(1)).map(Math.sqrt);
    }
    const length = Math.hypot(...code) || 1;
    const cosines = product(this.codes, code).map((sum, place) => sum / (this.lengths[place] * length || 1));
    return likeliest(cosines, NEAREST).map((place) => [place, cosines[place]]);
  }

  drawWay(other) {
    this.part("way").hidden = other === null;
    if (other === null) return;
    const [a, b] = [this.encoded.code, other.code];
    const texts = Array.from({ length: WAY }, (_, n) => {
      const share = n / (WAY - 1);
      return this.network.text(this.network.unroll({ code: a.map((value, i) => (1 - share) * value + share * b[i]) }));
    });
    const items = runsOf(texts).map(({ text, first, last }) => {
      const share = (at) => Math.round((100 * at) / (WAY - 1));
      const item = element("li");
      item.append(element("span", first === last ? `${share(first)} %` : `${share(first)}–${share(last)} %`, "quiet"), word(text));
      return item;
    });
    this.part("way").replaceChildren(...items);
  }

  // Marks A and B on the maps of the page: exactly on one by principal axes, elsewhere in the middle of the nearest.
  stand(codes) {
    const told = [];
    for (const map of mapsOfPage.filter((each) => each.maps.some((view) => view.space === this.block.space))) {
      const at = codes.map((code) => this.spot(map, code));
      const missing = at.some((spot) => spot === null);
      named(map.drawn, "ends").data = missing ? { x: [], y: [], text: [] } : { x: at.map(({ x }) => x), y: at.map(({ y }) => y), text: ["A", "B"].slice(0, at.length) };
      named(map.drawn, "way").data = { x: [], y: [] };
      if (!this.watched) map.shown.push(() => this.stand(this.standing));
      if (!missing) told.push(at[0].said);
    }
    this.standing = codes;
    this.watched = true;
    this.part("near-said").textContent = told.join(" ");
  }

  spot(map, code) {
    if (map.space.key !== this.block.space) return null;
    const axes = this.block.axes?.[map.map.method];
    if (axes !== undefined) {
      const [x, y] = axes.loadings.map((row) => row.reduce((sum, value, i) => sum + value * (code[i] - axes.mean[i]), 0));
      return { x, y, said: "On the PCA map it stands as A, exactly: at its own coordinates." };
    }
    const near = this.nearest(code).filter(([place]) => map.row.has(place)).map(([place]) => map.row.get(place));
    if (near.length < 3) return null;
    const mean = (values) => near.slice(0, 5).reduce((sum, row) => sum + values[row], 0) / Math.min(near.length, 5);
    const [x, y] = [mean(map.x), mean(map.y)];
    const away = Array.from(map.x, (value, row) => -Math.hypot(value - x, map.y[row] - y));
    const kept = likeliest(away, near.length).filter((row) => near.includes(row)).length;
    return { x, y, said: `On this map A stands in the middle of its five nearest, at no place of its own: ${kept} of its ${near.length} nearest are among the ${near.length} nearest there.` };
  }

  drawHeat() {
    const chosen = this.part("signal").value;
    if (chosen === "attention") return this.drawAttention();
    const shown = this.signals.map(([name, title]) => ({ title, gate: GATES.includes(name), value: (t, unit) => lastLayer(this.encoded.steps[t])[name][unit] }));
    const signal = Number(chosen);
    const order = unitsByPeak(this.tokens.length, shown[signal].value, this.network.reader.layers[0].back.columns);
    this.heat.show({ tokens: this.tokens.map(({ text }) => text), units: order, signals: shown, signal });
  }

  drawAttention() {
    const [{ ids, weights, ended }] = this.found.hypotheses;
    const written = [...ids.map((id) => this.network.target.shown(id)), ...(ended ? ["■"] : [])];
    const signals = [{ title: "attention", gate: true, value: (t, place) => weights[t][place] }];
    this.heat.show({ tokens: written, units: [...this.tokens.keys()], names: this.tokens.map(({ text }) => text), signals, signal: 0 });
  }
}
