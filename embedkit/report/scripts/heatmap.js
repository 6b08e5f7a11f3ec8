// Units by tokens on a canvas: what the units of a network did over a text that the reader typed. Drawn anew at every
// token, which a Bokeh figure is too slow for; colours and tips are those of traces.

const HEAT = { left: 52, right: 10, height: 380, letter: 6.6, letters: 16, widest: 36, narrowest: 12 };

class HeatMap {
  constructor(place, status) {
    Object.assign(this, { place, status, shown: null, at: null });
    this.canvas = element("canvas");
    Object.assign(this.canvas, { tabIndex: 0 });
    this.canvas.setAttribute("role", "application");
    this.legend = element("div", undefined, "legend");
    const frame = element("div", undefined, "heat-frame");
    frame.append(this.canvas);
    place.append(this.legend, frame);
    this.canvas.addEventListener("pointermove", (event) => this.point(event));
    this.canvas.addEventListener("pointerleave", () => hideTip(this));
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    followTheme(() => this.draw());
  }

  // tokens: T labels; units: their numbers from top to bottom; names: what they are called where they are no units;
  // signals: [{title, gate, value(step, unit)}], of which the one numbered `signal` is drawn.
  show(shown) {
    this.shown = shown;
    this.at = null;
    this.draw();
  }

  called(unit) {
    return this.shown.names === undefined ? `unit ${unit}` : `“${visible(this.shown.names[unit])}”`;
  }

  // Room below for the longest token that is written there.
  get labels() {
    const longest = Math.max(1, ...this.shown.tokens.map((token) => visible(token).length));
    return 14 + HEAT.letter * Math.min(longest, HEAT.letters);
  }

  get cell() {
    const { tokens, units } = this.shown;
    const room = (this.place.clientWidth - HEAT.left - HEAT.right - 8) / Math.max(tokens.length, 1);
    return { width: Math.min(Math.max(room, HEAT.narrowest), HEAT.widest), height: HEAT.height / units.length };
  }

  draw() {
    if (this.shown === null) return;
    const { tokens, units, signals, signal } = this.shown;
    const { title, gate, value } = signals[signal];
    let limit = gate ? 1 : 0;
    if (!gate) for (let t = 0; t < tokens.length; t++) for (const unit of units) limit = Math.max(limit, Math.abs(value(t, unit)));
    limit ||= 1;
    const context = this.sized(HEAT.left + HEAT.right + tokens.length * this.cell.width, HEAT.height + this.labels);
    this.paint(context, (t, unit) => (gate ? value(t, unit) : (1 + value(t, unit) / limit) / 2), gate);
    this.label(context);
    this.scale(title, gate, limit);
    this.canvas.setAttribute("aria-label", `Heat map of the ${title} of ${units.length} units over ${tokens.length} tokens; arrow keys go from value to value`);
  }

  sized(width, height) {
    const dense = window.devicePixelRatio || 1;
    Object.assign(this.canvas, { width: Math.round(width * dense), height: Math.round(height * dense) });
    Object.assign(this.canvas.style, { width: `${width}px`, height: `${height}px` });
    const context = this.canvas.getContext("2d");
    context.scale(dense, dense);
    return context;
  }

  // A pixel a value, stretched without blur.
  paint(context, share, gate) {
    const { tokens, units } = this.shown;
    if (!tokens.length) return;
    const ends = stops(gate ? "--heat" : "--diverging");
    const palette = Array.from({ length: 256 }, (_, i) => channels(between(ends, i / 255)));
    const image = new ImageData(tokens.length, units.length);
    units.forEach((unit, row) => {
      for (let t = 0; t < tokens.length; t++) {
        const rgb = palette[Math.round(255 * Math.min(Math.max(share(t, unit), 0), 1))];
        image.data.set([...rgb, 255], 4 * (row * tokens.length + t));
      }
    });
    const small = document.createElement("canvas");
    Object.assign(small, { width: tokens.length, height: units.length });
    small.getContext("2d").putImageData(image, 0, 0);
    context.imageSmoothingEnabled = false;
    context.drawImage(small, HEAT.left, 0, tokens.length * this.cell.width, HEAT.height);
  }

  label(context) {
    const { tokens, units, names } = this.shown;
    const { width, height } = this.cell;
    context.fillStyle = colour("--quiet");
    context.font = "11px system-ui, sans-serif";
    context.textBaseline = "middle";
    context.textAlign = "right";
    tokens.forEach((token, t) => {
      context.save();
      context.translate(HEAT.left + (t + 0.5) * width, HEAT.height + 6);
      context.rotate(-Math.PI / 2);
      context.fillText(cutOff(visible(token), HEAT.letters), 0, 0);
      context.restore();
    });
    const name = (unit) => (names === undefined ? String(unit) : beginning(visible(names[unit]), 7));
    if (height >= 9) units.forEach((unit, row) => context.fillText(name(unit), HEAT.left - 6, (row + 0.5) * height));
    if (names !== undefined) return;
    context.save();
    context.translate(12, HEAT.height / 2);
    context.rotate(-Math.PI / 2);
    context.textAlign = "center";
    context.fillText(`${units.length} units`, 0, 0);
    context.restore();
  }

  scale(title, gate, limit) {
    const bar = element("span", undefined, "gradient");
    bar.style.background = `linear-gradient(90deg, ${stops(gate ? "--heat" : "--diverging").join(", ")})`;
    const [low, high] = gate ? ["0, shut", "1, open"] : [`−${limit.toFixed(2)}`, `+${limit.toFixed(2)}`];
    this.legend.replaceChildren(element("span", low), bar, element("span", `${high}, the ${title} of a unit`));
  }

  values(step, unit) {
    return this.shown.signals.map(({ title, gate, value }) => `${title} ${gate ? value(step, unit).toFixed(3) : signed(value(step, unit), 3)}`);
  }

  point({ offsetX, offsetY }) {
    if (this.shown === null) return;
    const { tokens, units } = this.shown;
    const step = Math.floor((offsetX - HEAT.left) / this.cell.width);
    const unit = units[Math.floor(offsetY / this.cell.height)];
    if (tokens[step] === undefined || unit === undefined || offsetY < 0) return hideTip(this);
    const lines = this.values(step, unit).map((text, i) => element("div", i ? text : `${this.called(unit)}, ${text}`));
    tipAt(this, this.canvas, { sx: offsetX, sy: offsetY }, [word(tokens[step], "strong"), ...lines]);
  }

  key(event) {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const move = moves[event.key];
    if (move === undefined || this.shown === null || !this.shown.tokens.length) return;
    event.preventDefault();
    const { tokens, units } = this.shown;
    const [step, row] = this.at ?? [-move[0], -move[1]];
    const within = (value, size) => Math.min(Math.max(value, 0), size - 1);
    this.at = [within(step + move[0], tokens.length), within(row + move[1], units.length)];
    const unit = units[this.at[1]];
    this.status.textContent = `“${visible(tokens[this.at[0]])}”, ${this.called(unit)}: ${this.values(this.at[0], unit).join(", ")}.`;
  }
}

// Units by the step of their largest absolute value; within a step + before −, strongest first.
function unitsByPeak(steps, value, count) {
  const peaks = Array.from({ length: count }, (_, unit) => {
    let step = 0;
    for (let t = 1; t < steps; t++) if (Math.abs(value(t, unit)) > Math.abs(value(step, unit))) step = t;
    return { unit, step, value: steps ? value(step, unit) : 0 };
  });
  const order = (a, b) => a.step - b.step || (a.value < 0) - (b.value < 0) || Math.abs(b.value) - Math.abs(a.value) || a.unit - b.unit;
  return peaks.sort(order).map(({ unit }) => unit);
}
