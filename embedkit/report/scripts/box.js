// Where a reader types and a network of the page answers: what all such boxes share.

const SIGNALS = [
  ["hidden", "hidden state"],
  ["cell", "cell state"],
  ["input", "input gate"],
  ["forget", "forget gate"],
  ["output", "output gate"],
  ["reset", "reset gate"],
  ["update", "update gate"],
  ["candidate", "candidate"],
];
const GATES = ["input", "forget", "output", "reset", "update"];

class Box {
  constructor(id, block) {
    Object.assign(this, { id, block, network: null });
    this.text = this.part("text");
    this.text.value = block.example;
    this.heat = new HeatMap(this.part("heat"), this.part("heat-status"));
    this.text.addEventListener("input", () => this.read());
    this.part("signal").addEventListener("change", () => this.drawHeat());
    whenSeen(document.getElementById(id), () => this.read());
  }

  part(name) {
    return document.getElementById(`${this.id}-${name}`);
  }

  // Decodes the weights where that is not done; whether it was done now.
  open() {
    if (this.network !== null) return false;
    const start = performance.now();
    this.network = networkOf(`${this.id}-weights`);
    this.decoding = performance.now() - start; // milliseconds
    const { core } = this.network;
    const [first] = core.step(new Float64Array(core.layers[0].input.columns), core.initial());
    this.signals = SIGNALS.filter(([name]) => name in first);
    this.part("signal").replaceChildren(...this.signals.map(([, title], i) => new Option(title, i)));
    return true;
  }

  // The signals as a heat map draws them; `after(t)` are those of a layer after step t.
  heatSignals(after) {
    return this.signals.map(([name, title]) => ({ title, gate: GATES.includes(name), value: (t, unit) => after(t)[name][unit] }));
  }
}

// Once it comes into view, or somebody goes to it.
function whenSeen(place, seen) {
  let waiting = true;
  const once = () => {
    // The weights stand at the very end of the page.
    if (document.readyState === "loading") return addEventListener("DOMContentLoaded", once, { once: true });
    if (!waiting) return;
    waiting = false;
    watch.disconnect();
    seen();
  };
  const watch = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && once());
  watch.observe(place);
  place.addEventListener("focusin", once);
}
