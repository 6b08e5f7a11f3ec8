// Where a reader types to an encoder-decoder: what it writes, the search for it, and of one that gives phrases back where
// the typed one stands among those of the map, and what lies on the way to another.

const NEAREST = 10;
const WAY = 9; // points on the way, its ends included
const MOST_TYPED = 200; // tokens

class EncoderDecoderBox extends Box {
  constructor(id, block) {
    super(id, block);
    Object.assign(this, { codes: null, turn: 0 });
    if (!block.givesBack) return;
    this.part("other").value = block.other;
    this.part("other").addEventListener("input", () => this.read());
  }

  open() {
    if (!super.open() || this.network.attention === null) return;
    this.part("signal").prepend(new Option("attention of the decoder", "attention"));
    this.part("signal").value = "attention";
  }

  async read() {
    this.open();
    const turn = ++this.turn;
    await pause();
    if (turn !== this.turn) return;
    const all = this.network.read(this.typed);
    this.tokens = all.slice(-MOST_TYPED);
    this.left = all.length - this.tokens.length;
    this.encoded = this.network.encode(this.tokens.map(({ id }) => id));
    this.say();
    if (this.block.givesBack) this.giveBack();
    else this.search();
    this.drawHeat();
    document.getElementById(this.id).dataset.read = this.tokens.length;
  }

  say() {
    const unknown = [...new Set(this.tokens.filter((token) => token.unknown).map((token) => token.text))];
    const notes = unknown.length
      ? [`Not known to it, so that it reads “${this.network.source.tokens[this.network.source.unk]}”: ${unknown.map(quoted).join(", ")}.`]
      : [];
    if (this.left) notes.push(`Only the last ${MOST_TYPED} of its ${count(this.left + MOST_TYPED)} tokens are read: the page would be slow with more.`);
    if (this.block.typed === "sum") notes.push(this.sum());
    this.part("status").textContent = notes.join(" ");
  }

  // What is right of a network that adds.
  sum() {
    const [, a, b] = /^(\d{1,50})\+(\d{1,50})$/.exec(this.typed) ?? [];
    return a === undefined ? "It learned to add two numbers: type a sum such as 12+34." : `The sum is ${BigInt(a) + BigInt(b)}.`;
  }

  // A sum has no spaces where the network learned it.
  get typed() {
    return this.block.typed === "sum" ? this.text.value.replace(/\s/g, "") : this.text.value;
  }

  // A text into another: the best hypotheses, and the search for them.
  search() {
    this.result = this.network.search(this.encoded, this.tokens.length);
    const items = this.result.hypotheses.map(({ ids, total, ended }) => {
      const item = element("li");
      item.append(word(this.network.text(ids)), element("span", `${signed(total, 2)} nats${ended ? "" : ", cut"}`, "cosine"));
      return item;
    });
    this.part("answers").replaceChildren(...items);
    this.part("beam").replaceChildren(beamTree(this.result, (id) => this.network.target.shown(id)));
  }

  // A phrase given back: its decoding, its place, its neighbours and the way to the other.
  giveBack() {
    const back = this.network.text(this.network.unroll(this.encoded));
    const same = back === this.text.value.trim();
    this.part("back").replaceChildren(word(back), element("span", same ? "as it was typed" : "not as it was typed", "cosine"));
    const typed = this.part("other").value.trim();
    const other = typed === "" ? null : this.network.encode(this.network.read(typed).slice(-MOST_TYPED).map(({ id }) => id));
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
    const notes = [];
    for (const map of mapsOfPage.filter((each) => each.maps.some((view) => view.space === this.block.space))) {
      const at = codes.map((code) => this.spot(map, code));
      const missing = at.some((spot) => spot === null);
      named(map.drawn, "ends").data = missing ? { x: [], y: [], text: [] } : { x: at.map(({ x }) => x), y: at.map(({ y }) => y), text: ["A", "B"].slice(0, at.length) };
      named(map.drawn, "way").data = { x: [], y: [] };
      if (!this.watched) map.shown.push(() => this.stand(this.standing));
      if (!missing) notes.push(at[0].note);
    }
    this.standing = codes;
    this.watched = true;
    this.part("near-status").textContent = notes.join(" ");
  }

  spot(map, code) {
    if (map.space.key !== this.block.space) return null;
    const axes = this.block.axes?.[map.map.method];
    if (axes !== undefined) {
      const [x, y] = axes.loadings.map((row) => row.reduce((sum, value, i) => sum + value * (code[i] - axes.mean[i]), 0));
      return { x, y, note: "On the PCA map it stands as A, exactly: at its own coordinates." };
    }
    const near = this.nearest(code).filter(([place]) => map.row.has(place)).map(([place]) => map.row.get(place));
    if (near.length < 3) return null;
    const mean = (values) => near.slice(0, 5).reduce((sum, row) => sum + values[row], 0) / Math.min(near.length, 5);
    const [x, y] = [mean(map.x), mean(map.y)];
    const away = Array.from(map.x, (value, row) => -Math.hypot(value - x, map.y[row] - y));
    const kept = likeliest(away, near.length).filter((row) => near.includes(row)).length;
    return { x, y, note: `On this map A stands in the middle of its five nearest, at no place of its own: ${kept} of its ${near.length} nearest are among the ${near.length} nearest there.` };
  }

  drawHeat() {
    const chosen = this.part("signal").value;
    if (chosen === "attention") return this.drawAttention();
    const signals = this.heatSignals((t) => lastLayer(this.encoded.steps[t]));
    const signal = Number(chosen);
    const order = unitsByPeak(this.tokens.length, signals[signal].value, this.network.core.layers[0].back.columns);
    this.heat.show({ tokens: this.tokens.map(({ text }) => text), units: order, signals, signal });
  }

  drawAttention() {
    const [{ ids, weights, ended }] = this.result.hypotheses;
    const written = [...ids.map((id) => this.network.target.shown(id)), ...(ended ? ["■"] : [])];
    const signals = [{ title: "attention", gate: true, value: (t, place) => weights[t][place] }];
    this.heat.show({ tokens: written, units: [...this.tokens.keys()], names: this.tokens.map(({ text }) => text), signals, signal: 0 });
  }
}
