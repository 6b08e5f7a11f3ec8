// Where a reader types: tokens with their surprisal, what may come next, how it goes on, and what the units do.

const MOST_READ = 400; // tokens of a text that are read, and as many that are written
const NEXT = 10;
class LanguageModelBox extends Box {
  constructor(id, block) {
    super(id, block);
    this.part("temperature").addEventListener("input", () => this.foretell());
    this.part("continue").addEventListener("click", () => this.goOn(Number(this.part("seed").value)));
    this.part("again").addEventListener("click", () => {
      this.part("seed").value = Number(this.part("seed").value) + 1;
      this.goOn(Number(this.part("seed").value));
    });
    this.part("take").addEventListener("click", () => this.take());
    for (const name of ["layer", "order"]) this.part(name).addEventListener("change", () => this.drawHeat());
    this.part("csv").addEventListener("click", () => this.csv());
  }

  open() {
    if (!super.open()) return;
    this.reading = new Reading(this.network);
    const layers = this.network.core.layers.length;
    this.part("layer").replaceChildren(...Array.from({ length: layers }, (_, n) => new Option(`layer ${n}`, n)));
    this.part("layer").value = layers - 1;
    this.part("layer").closest(".field").hidden = layers < 2;
  }

  async read() {
    this.open();
    const all = this.network.vocabulary.read(this.text.value);
    const tokens = all.slice(0, MOST_READ);
    const done = await this.reading.read(tokens, () => this.showTokens());
    if (!done) return;
    this.showTokens();
    this.say(all);
    this.foretell();
    this.drawHeat();
    document.getElementById(this.id).dataset.read = tokens.length;
  }

  say(all) {
    const { vocabulary } = this.network;
    const unknown = [...new Set(all.filter((token) => token.unknown).map((token) => token.text))];
    const notes = [];
    if (all.length > MOST_READ) notes.push(`The first ${MOST_READ} of ${counted(all.length, "token")} are read.`);
    if (unknown.length) {
      const named = unknown.slice(0, 8).map((text) => {
        const other = vocabulary.otherCase(text);
        return `${quoted(text)}${other === undefined ? "" : ` (“${other}” is known)`}`;
      });
      const more = unknown.length > 8 ? `, and ${count(unknown.length - 8)} more` : "";
      notes.push(`Not among its ${counted(vocabulary.tokens.length, this.block.unit)}, so that it reads them as “${vocabulary.tokens[vocabulary.unk]}”: ${named.join(", ")}${more}.`);
    }
    if (!all.length) notes.push("Without a text it starts after the end of a line.");
    const { milliseconds } = this.reading;
    if (milliseconds !== null) notes.push(`${milliseconds.toFixed(1)} ms a token in this browser.`);
    this.part("status").textContent = notes.join(" ");
  }

  showTokens() {
    const ends = stops("--heat");
    const items = this.reading.steps.map(({ token, nats }) => {
      const item = element("li");
      item.append(word(this.network.vocabulary.level === "bpe" ? this.network.vocabulary.shown(token.id) : token.text));
      item.append(element("small", nats === null ? "–" : nats.toFixed(1)));
      if (token.unknown) item.classList.add("unknown");
      const shade = between(ends, nats === null ? 0 : Math.min(nats / 12, 1) * 0.8);
      Object.assign(item.style, { backgroundColor: shade, color: dark(shade) ? "#ffffff" : "#101318" });
      return item;
    });
    this.part("tokens").replaceChildren(...items);
    const known = this.reading.steps.filter(({ nats }) => nats !== null);
    const mean = known.reduce((sum, { nats }) => sum + nats, 0) / known.length;
    this.part("mean").textContent = known.length ? `Below each stand the nats of its surprisal; their mean is ${mean.toFixed(2)}. The first has nothing before it.` : "";
  }

  get temperature() {
    return Number(this.part("temperature").value);
  }

  foretell() {
    this.part("degrees").textContent = this.temperature.toFixed(2);
    if (this.network === null) return;
    const shares = tempered(this.reading.next(), this.temperature);
    const best = likeliest(shares, NEXT);
    const items = best.map((id) => {
      const item = element("li");
      const bar = element("span", undefined, "length");
      bar.style.width = `${(100 * shares[id]).toFixed(1)}%`;
      const track = element("span", undefined, "track");
      track.append(bar);
      item.append(word(this.network.vocabulary.shown(id)), track, element("span", `${(100 * shares[id]).toFixed(1)} %`, "number"));
      return item;
    });
    this.part("next").replaceChildren(...items);
    const held = best.reduce((sum, id) => sum + shares[id], 0);
    this.part("held").textContent = `These ${best.length} of ${count(shares.length)} hold ${(100 * held).toFixed(0)} % of it.`;
  }

  async goOn(seed) {
    await this.read();
    const turn = (this.writing = (this.writing ?? 0) + 1);
    const before = this.reading.steps.map(({ token }) => token.id);
    const prompt = this.text.value;
    const ids = [];
    const length = { word: 40, bpe: 60, char: 200 }[this.network.vocabulary.level];
    const { vocabulary } = this.network;
    await this.reading.goOn({ tokens: length, temperature: this.temperature, seed }, (id) => {
      if (turn !== this.writing) return false;
      ids.push(id);
      // Decoded with those before, for spacing.
      const more = vocabulary.decode([...before, ...ids]).slice(vocabulary.decode(before).length);
      this.written = prompt + more;
      this.part("written").replaceChildren(element("b", prompt), document.createTextNode(printable(more)));
      return true;
    });
    this.part("written").hidden = false;
    this.part("take").hidden = false;
    this.part("written").dataset.done = seed;
  }

  take() {
    this.text.value = this.written;
    this.read();
    this.text.focus();
  }

  drawHeat() {
    const layer = Number(this.part("layer").value);
    const { steps } = this.reading;
    const signals = this.heatSignals((t) => steps[t].signals[layer]);
    const units = this.network.core.layers[layer].back.columns;
    const signal = Number(this.part("signal").value);
    const order = this.part("order").value === "peak" ? unitsByPeak(steps.length, signals[signal].value, units) : [...Array(units).keys()];
    this.heat.show({ tokens: steps.map(({ token }) => token.text), units: order, signals, signal });
  }

  csv() {
    this.open();
    const layer = Number(this.part("layer").value);
    const [name] = this.signals[Number(this.part("signal").value)];
    const { steps } = this.reading;
    const units = Array.from({ length: this.network.core.layers[layer].back.columns }, (_, unit) => unit);
    const rows = steps.map(({ token, nats, signals }, t) => [t, token.text, nats, ...units.map((unit) => signals[layer][name][unit])]);
    download(`${name}.csv`, "text/csv", csvOf(["step", "token", "surprisal nats", ...units.map((unit) => `unit ${unit}`)], rows));
  }
}

const BOXES = { "language-model": LanguageModelBox, "encoder-decoder": EncoderDecoderBox, "symbol-reader": SymbolBox };

function startNetworks() {
  for (const place of document.querySelectorAll("[data-network]")) {
    const block = json(place.id);
    place.box = new BOXES[block.kind](place.id, block); // for whoever looks at it from a console, and for tests
    place.addEventListener("submit", (event) => event.preventDefault());
  }
}
