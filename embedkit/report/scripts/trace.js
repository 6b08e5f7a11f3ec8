// The heat map of what units did: which signal it shows, in which order, what happens in them, what the pointer is over.

const FEW_UNITS = 32; // of which each has a row tall enough for its number and for marks
const MANY_UNITS = 128;

function startTrace(drawn) {
  const map = new TraceMap(drawn);
  map.controls();
  map.show();
  drawn.table = () => map.table;
  map.source.inspect.connect(([, { geometry }]) => map.tip(geometry));
}

class TraceMap {
  constructor(drawn) {
    Object.assign(this, drawn.data);
    this.drawn = drawn;
    this.plot = named(drawn, "states");
    this.source = this.plot.renderers.find((renderer) => renderer.data_source.data.image).data_source;
    this.marks = named(drawn, "marks");
    this.mapper = drawn.models.find((model) => model.type === "LinearColorMapper");
    this.count = this.units.length;
    for (const signal of this.signals) signal.levels = unpacked(signal.values, Int16Array);
    for (const event of this.events) event.bits = unpacked(event.holds, Uint8Array);
    this.peak = [...this.units].reverse();
    this.order = this.peak;
    this.chosen = { signal: 0, order: "peak", rows: this.count, event: -1, alone: false };
  }

  value(signal, step, unit) {
    return (signal.levels[step * this.count + unit] / 32767) * signal.limit;
  }

  // The signal that is shown: a row a token, a column a unit.
  get table() {
    const signal = this.signals[this.chosen.signal];
    const units = Array.from({ length: this.count }, (_, unit) => unit);
    const rows = this.tokens.map((token, step) => [step, token, this.surprisal[step], ...units.map((unit) => this.value(signal, step, unit))]);
    const named = this.noun === "step" ? "time" : this.noun;
    return { names: ["step", named, "surprisal, nats", ...units.map((unit) => `unit ${unit}`)], rows };
  }

  holds(event, step, unit) {
    const place = step * this.count + unit;
    return (event.bits[place >> 3] >> (place & 7)) & 1;
  }

  controls() {
    const bar = element("div", undefined, "bar trace-bar");
    const choose = (label, options, changed) => {
      const field = element("label", label, "field");
      const select = element("select");
      options.forEach(([value, text]) => {
        const option = element("option", text);
        option.value = value;
        select.append(option);
      });
      select.addEventListener("change", () => changed(select.value));
      field.append(select);
      if (options.length > 1) bar.append(field);
      return select;
    };
    choose("Show the", this.signals.map((signal, i) => [i, signal.title]), (value) => this.change({ signal: Number(value) }));
    const rows = [FEW_UNITS, MANY_UNITS].filter((n) => n < this.count).map((n) => [n, `the first ${n}`]);
    const orders = [
      ["peak", "when they peak"],
      ["number", "number"],
      ...this.followed.map((feature, i) => [i, `how they follow: ${feature.name}`]),
      ...(this.events.length ? [["event", "how often the event happens"]] : []),
    ];
    choose("Units by", orders, (order) => {
      if (order !== "peak" && order !== "number" && rows.length && this.chosen.rows === this.count) {
        size.value = FEW_UNITS;
        this.chosen.rows = FEW_UNITS;
      }
      this.change({ order });
    });
    const size = choose("How many", [[this.count, `all ${this.count}`], ...rows], (value) => this.change({ rows: Number(value) }));
    const events = [[-1, "none"], ...this.events.map((event, i) => [i, `${event.name}: ${event.rule}`])];
    choose("Mark where", events, (value) => this.change({ event: Number(value) }));
    if (this.events.length) {
      const field = element("label", undefined, "tick");
      const tick = element("input");
      tick.type = "checkbox";
      tick.addEventListener("change", () => this.change({ alone: tick.checked }));
      field.append(tick, " hide all other cells");
      bar.append(field);
    }
    this.status = element("p", undefined, "status");
    this.status.setAttribute("role", "status");
    this.legend = element("div", undefined, "legend");
    this.drawn.place.parentElement.before(bar, this.status, this.legend);
    followTheme(() => this.scale());
  }

  // A gate goes from 0 to 1, all else either way from 0.
  scale() {
    const signal = this.signals[this.chosen.signal];
    const bar = element("span", undefined, "gradient");
    bar.style.background = `linear-gradient(90deg, ${stops(signal.gate ? "--heat" : "--diverging").join(", ")})`;
    const [low, high] = signal.gate ? ["0, shut", "1, open"] : [`−${signal.limit.toFixed(2)}`, `+${signal.limit.toFixed(2)}`];
    this.legend.replaceChildren(element("span", low), bar, element("span", `${high}, the ${signal.title} of a unit`));
  }

  change(chosen) {
    Object.assign(this.chosen, chosen);
    this.show();
  }

  sorted() {
    const { order, signal, event } = this.chosen;
    const units = [...this.peak.keys()];
    const score = (values) => units.sort((a, b) => values[b] - values[a] || a - b);
    if (order === "peak") return this.peak;
    if (order === "number") return units;
    if (order === "event") return score(units.map((unit) => (event < 0 ? 0 : this.times(this.events[event], unit))));
    return score(this.followed[order].correlations[this.signals[signal].name].map(Math.abs));
  }

  times(event, unit) {
    let times = 0;
    for (let step = 0; step < this.tokens.length; step++) times += this.holds(event, step, unit);
    return times;
  }

  show() {
    const { signal: which, rows, event: at, alone } = this.chosen;
    const signal = this.signals[which];
    const event = this.events[at];
    const steps = this.tokens.length;
    this.order = this.sorted();
    const [image] = this.source.data.image;
    const marks = { x: [], y: [] };
    for (let row = 0; row < this.count; row++) {
      const unit = this.order[this.count - 1 - row];
      const shown = row >= this.count - rows;
      for (let step = 0; step < steps; step++) {
        const happens = event !== undefined && this.holds(event, step, unit);
        image[row * steps + step] = alone && event !== undefined && !happens ? NaN : this.value(signal, step, unit);
        if (happens && shown && rows <= MANY_UNITS) {
          marks.x.push(step);
          marks.y.push(row + 0.5);
        }
      }
    }
    this.marks.data = marks;
    const name = signal.gate ? "heat" : "diverging";
    this.mapper.setv({ name, low: signal.gate ? 0 : -signal.limit, high: signal.limit, nan_color: "rgba(0,0,0,0)" });
    paintModels([this.mapper]);
    this.plot.y_range.setv({ start: this.count - rows, end: this.count });
    this.label(rows);
    this.source.change.emit();
    this.scale();
    this.say(event);
  }

  label(rows) {
    const axis = this.plot.left[0];
    const places = rows <= 2 * FEW_UNITS ? Array.from({ length: rows }, (_, i) => this.count - 1 - i) : [];
    axis.ticker.ticks = places.map((row) => row + 0.5);
    axis.major_label_overrides = new Map(places.map((row) => [row + 0.5, String(this.order[this.count - 1 - row])]));
    const { order } = this.chosen;
    const by = { peak: "by their peak", number: "by number", event: "by event" }[order] ?? "by what they follow";
    axis.axis_label = rows === this.count ? `${this.count} units, ${by}` : `${rows} of ${this.count} units, ${by}`;
  }

  say(event) {
    const { order, signal } = this.chosen;
    const told = [];
    if (event !== undefined) {
      const times = this.order.reduce((sum, unit) => sum + this.times(event, unit), 0);
      const share = (100 * times) / (this.count * this.tokens.length);
      told.push(`“${event.name}” (${event.rule}) ${times.toLocaleString("en")} times, ${share.toFixed(1)} % of all cells.`);
    }
    const feature = this.followed[order];
    if (feature !== undefined) {
      const [first] = this.order;
      const r = feature.correlations[this.signals[signal].name][first];
      told.push(
        `Unit ${first} goes with “${feature.name}” most: r = ${signed(r, 2)} over these ${this.tokens.length} ${this.noun}s. ` +
          `Of ${this.count} units some do by chance on so few${this.noun === "token" ? "; embedkit probe tests it on held-out text" : ""}.`,
      );
    }
    this.status.textContent = printable(told.join(" "));
  }

  tip(geometry) {
    const [at] = this.source.inspected.image_indices;
    if (at === undefined) return hideTip(this.source);
    const { i: step, j: row } = at;
    const unit = this.order[this.count - 1 - row];
    const nats = this.surprisal[step];
    const nodes = [word(this.tokens[step], "strong")];
    nodes.push(element("div", `${this.noun} ${step + 1}${nats === null ? "" : `, surprisal ${nats.toFixed(2)} nats`}`, "quiet"));
    for (const signal of this.signals) {
      const value = this.value(signal, step, unit);
      const shown = signal.gate ? value.toFixed(3) : signed(value, 3);
      nodes.push(element("div", `${signal === this.signals[0] ? `unit ${unit}, ` : ""}${signal.title} ${shown}`));
    }
    const happens = this.events.filter((event) => this.holds(event, step, unit)).map((event) => event.name);
    if (happens.length) nodes.push(element("div", happens.join(", "), "happens"));
    tipAt(this.source, viewOf(this.drawn, this.source).el, geometry, nodes);
  }
}

function signed(value, digits) {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(digits)}`;
}
