// Where a reader types symbols or bits: what a small network decides after each, and what its units do.

class SymbolNetwork {
  constructor({ cell, readout, symbols, width, classes, pairs, delay }, weights) {
    Object.assign(this, { symbols, width, classes, pairs, delay });
    this.core = new Core(cell, weights, "core");
    this.readout = { weight: weights.get(`${readout}.weight`), bias: weights.get(`${readout}.bias`) };
  }

  // A symbol as numbers: one-hot, all zeros of none; of a bit −1 or 1.
  input(symbol) {
    if (!this.classes.length) return Float64Array.of(symbol === "1" ? 1 : -1);
    return Float64Array.from(this.symbols, (each) => Number(each === symbol));
  }

  // Symbols → for each the signals of every layer, and the probabilities of the classes, or of a 1.
  read(text) {
    let state = this.core.initial();
    for (let n = text.length; n < this.width; n++) state = this.core.step(this.input(null), state);
    return text.map((symbol) => {
      state = this.core.step(this.input(symbol), state);
      const scores = product(this.readout.weight, top(state), this.readout.bias);
      if (!this.classes.length) return { symbol, signals: state, shares: [logistic(scores[0])] };
      logSoftmax(scores, 0, scores.length);
      return { symbol, signals: state, shares: Array.from(scores, Math.exp) };
    });
  }
}

NETWORKS["symbol-reader"] = SymbolNetwork;

class SymbolBox extends Box {
  read() {
    this.open();
    const all = Array.from(this.text.value.replace(/\s/g, ""));
    const typed = all.slice(0, MOST_READ);
    const known = typed.filter((symbol) => this.network.symbols.includes(symbol));
    const others = [...new Set(typed.filter((symbol) => !known.includes(symbol)))];
    this.steps = this.network.read(known);
    const notes = all.length > MOST_READ ? [`The first ${MOST_READ} of ${counted(all.length, "symbol")} are read.`] : [];
    if (others.length) notes.push(`Left out, as it reads ${this.network.symbols.join(" ")} alone: ${others.map(visible).join(" ")}.`);
    this.part("status").textContent = [...notes, this.network.classes.length ? this.verdict(known) : this.count()].join(" ");
    this.part("tokens").replaceChildren(...this.steps.map((step, t) => this.chip(step, t)));
    this.drawHeat();
    document.getElementById(this.id).dataset.read = known.length;
  }

  // What it tells at the end, and what is right by the rule.
  verdict(known) {
    const last = this.steps[this.steps.length - 1];
    if (last === undefined) return "Type a sequence.";
    const [best] = likeliest(last.shares, 1);
    const prediction = `It tells ${this.network.classes[best]}, with a probability of ${(100 * last.shares[best]).toFixed(1)} %.`;
    const right = this.network.pairs[known.filter((symbol) => symbol === "X" || symbol === "Y").join("")];
    if (right === undefined) return `${prediction} By the rule there is no class: X or Y has to stand at two places.`;
    return `${prediction} By the rule it is ${right}: ${right === this.network.classes[best] ? "right" : "wrong"}.`;
  }

  count() {
    const due = this.steps.filter((_, t) => t >= this.network.delay);
    const right = due.filter((_, t) => !this.wrong(t + this.network.delay)).length;
    return `${right} of the ${counted(due.length, "bit")} that are due are given back right.`;
  }

  wrong(t) {
    const { delay } = this.network;
    return delay !== null && t >= delay && (this.steps[t].shares[0] >= 0.5 ? "1" : "0") !== this.steps[t - delay].symbol;
  }

  chip({ symbol, shares }, t) {
    const item = element("li");
    const [best] = likeliest(shares, 1);
    const { classes } = this.network;
    const output = classes.length ? `${classes[best]} ${shares[best].toFixed(2)}` : `${shares[0] >= 0.5 ? 1 : 0} (${shares[0].toFixed(2)})`;
    item.append(word(symbol), element("small", output));
    if (this.wrong(t)) item.classList.add("unknown");
    return item;
  }

  drawHeat() {
    const signals = this.heatSignals((t) => lastLayer(this.steps[t].signals));
    const { layers } = this.network.core;
    const units = [...Array(layers[layers.length - 1].back.columns).keys()];
    this.heat.show({ tokens: this.steps.map(({ symbol }) => symbol), units, signals, signal: Number(this.part("signal").value) });
  }
}
