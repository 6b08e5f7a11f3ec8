// A small histogram that can be brushed: bars of what the other filters let through before those of all.

const BAR = 40; // units high

class Histogram {
  // `brushed` is called with the two ends of what was brushed as shares of the way, or with null.
  constructor(bins, brushed) {
    Object.assign(this, { bins, brushed });
    this.svg = this.made("svg", { viewBox: `0 0 ${bins} ${BAR}`, preserveAspectRatio: "none", class: "histogram", "aria-hidden": "true" });
    const bars = (className) => Array.from({ length: bins }, (_, i) => this.made("rect", { x: i + 0.06, width: 0.88, y: BAR, height: 0, class: className }));
    [this.behind, this.front] = [bars("behind"), bars("front")];
    this.brush = this.made("rect", { y: 0, height: BAR, class: "brush" });
    this.svg.append(...this.behind, ...this.front, this.brush);
    let from = null;
    this.svg.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      from = this.shareAt(event);
      this.svg.setPointerCapture(event.pointerId);
      event.preventDefault();
    });
    this.svg.addEventListener("pointermove", (event) => {
      if (from === null) return;
      const to = this.shareAt(event);
      if (Math.abs(to - from) * this.svg.clientWidth > 3) this.brushed(this.snapped(from, to));
    });
    const end = (event) => {
      if (from !== null && Math.abs(this.shareAt(event) - from) * this.svg.clientWidth <= 3) this.brushed(null);
      from = null;
    };
    this.svg.addEventListener("pointerup", end);
    this.svg.addEventListener("pointercancel", () => (from = null));
  }

  made(tag, attributes) {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    return node;
  }

  shareAt({ clientX }) {
    const { left, width } = this.svg.getBoundingClientRect();
    return Math.min(1, Math.max(0, (clientX - left) / width));
  }

  // To the edges of bins.
  snapped(a, b) {
    const { bins } = this;
    return [Math.floor(Math.min(a, b) * bins) / bins, Math.ceil(Math.max(a, b) * bins) / bins];
  }

  // How high the bars are: a count each for all and for what is let through, on a square root scale.
  show(whole, crossed, [low, high]) {
    const most = Math.sqrt(whole.reduce((a, b) => Math.max(a, b), 1));
    const set = (bar, value) => {
      const height = value ? Math.max(1.5, (BAR * Math.sqrt(value)) / most) : 0;
      bar.setAttribute("y", BAR - height);
      bar.setAttribute("height", height);
    };
    this.behind.forEach((bar, i) => set(bar, whole[i]));
    this.front.forEach((bar, i) => set(bar, crossed[i]));
    const none = low === 0 && high === 1;
    this.front.forEach((bar, i) => bar.classList.toggle("out", !none && ((i + 1) / this.bins <= low || i / this.bins >= high)));
    this.brush.setAttribute("x", low * this.bins);
    this.brush.setAttribute("width", none ? 0 : Math.max(0.15, (high - low) * this.bins));
  }
}
