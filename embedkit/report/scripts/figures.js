// Bokeh's figures: drawn from the JSON blocks of the page, in its colours, with tips that are text.

function json(identity) {
  const block = document.getElementById("data-" + identity);
  return block === null ? null : JSON.parse(block.textContent);
}

function element(tag, text, className) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = printable(text);
  if (className) made.className = className;
  return made;
}

// A word of the corpus: isolated, so that its writing direction moves nothing beside it.
function word(text, tag = "bdi") {
  const made = element(tag, visible(text), "word");
  if (tag !== "bdi") made.dir = "auto";
  return made;
}

// What a page would obey, such as a mark that turns the direction of all that follows, as embedkit.controls has it.
const OBEYED = /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\u{e0000}-\u{e007f}\p{Cs}]/gu;

const FLAG_OR_OBEYED = new RegExp(String.raw`\u{1f3f4}[\u{e0061}-\u{e007a}]{2}[\u{e0030}-\u{e0039}\u{e0061}-\u{e007a}]{1,4}\u{e007f}|${OBEYED.source}`, "gu");
const MARKS = ["\u061c", "\u200e", "\u200f"];
const RIGHT_TO_LEFT = /[\u0590-\u05ff\u0620-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

function printable(text) {
  const whole = String(text);
  const kept = RIGHT_TO_LEFT.test(whole) ? MARKS : [];
  return whole.replace(FLAG_OR_OBEYED, (c) => {
    if (kept.includes(c) || Array.from(c).length > 1) return c;
    const code = c.codePointAt(0);
    const [letter, length] = code < 0x100 ? ["x", 2] : code < 0x10000 ? ["u", 4] : ["U", 8];
    return `\\${letter}${code.toString(16).padStart(length, "0")}`;
  });
}

// What has no shape of its own is given one.
function visible(text) {
  if (text === "") return "(empty)";
  const named = text.replace(/\n/g, "↵").replace(/\t/g, "⇥").replace(/^ | $/g, "␣");
  if (!/^[\p{Z}\p{C}]+$/u.test(named)) return printable(named);
  return Array.from(named, (c) => "U+" + c.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")).join(" ");
}

// In at most so many characters, as embedkit.numerals has it: cut between words where it can be, and never in one of
// what a reader calls a character. By default as it stands on a map.
function shortened(text, most = 22) {
  const whole = visible(text);
  if (fits(whole, most)) return whole;
  const start = beginning(whole, most - 1);
  const words = start.slice(0, Math.max(0, start.lastIndexOf(" ")));
  return (2 * Array.from(words).length > most ? words : start).replace(/[ ,;:]+$/, "") + "…";
}

// Characters are code points: a string counts those beyond U+FFFF as two.
function fits(text, most) {
  return text.length <= most || Array.from(text.slice(0, 2 * most + 2)).length <= most;
}

// In at most so many characters, cut anywhere between two.
function cutOff(text, most) {
  return fits(text, most) ? text : `${beginning(text, most - 1)}…`;
}

const graphemes = Intl.Segmenter && new Intl.Segmenter("en");

function beginning(text, most) {
  const points = Array.from(text.slice(0, 2 * most + 2)).slice(0, most + 1);
  const whole = points.slice(0, most).join("");
  if (points.length <= most || !graphemes) return whole;
  let end = 0;
  for (const { index } of graphemes.segment(points.join(""))) if (index <= whole.length) end = index;
  return whole.slice(0, end || whole.length);
}

const bases = [
  [/Axis$/, { axis_line_color: "--rule", major_tick_line_color: "--rule", major_label_text_color: "--quiet", axis_label_text_color: "--quiet" }],
  [/^Grid$/, { grid_line_color: "--grid" }],
  [/^Legend$/, { label_text_color: "--ink", background_fill_color: "--surface" }],
];
const fixed = [
  [/Axis$/, { major_label_text_font: "system-ui, sans-serif", axis_label_text_font: "system-ui, sans-serif", axis_label_text_font_size: "12px" }],
  [/^Legend$/, { label_text_font: "system-ui, sans-serif", label_text_font_size: "12px", background_fill_alpha: 0.8, border_line_color: null }],
];

function paintModels(models) {
  for (const model of models) {
    const values = {};
    for (const [type, properties] of bases) {
      if (type.test(model.type)) for (const key of Object.keys(properties)) values[key] = colour(properties[key]);
    }
    for (const tag of model.tags ?? []) {
      const [key, variable] = String(tag).split("=");
      if (variable) values[key] = colour(variable);
    }
    if (model.type === "LinearColorMapper" && ["diverging", "heat"].includes(model.name)) {
      const ends = stops(`--${model.name}`);
      values.palette = Array.from({ length: 129 }, (_, i) => between(ends, i / 128));
    }
    if (Object.keys(values).length) model.setv(values);
  }
}

async function drawFigure(place) {
  const block = json(place.id);
  const views = await Bokeh.embed.embed_item(block.item, place.id);
  const [view] = views.roots;
  const models = [...view.model.references()];
  for (const model of models) {
    for (const [type, values] of fixed) if (type.test(model.type)) model.setv(values);
  }
  for (const plot of models.filter((model) => model.renderers && model.x_range)) {
    const { primary, overlays } = views.find_one(plot).canvas_view;
    [primary, overlays].forEach(clearWhole);
  }
  followTheme(() => paintModels(models));
  for (const plot of models.filter((model) => model.renderers && model.x_range)) fitAxes(views.find_one(plot));
  place.addEventListener("pointerleave", () => hideTip());
  const drawn = { place, view, views, models, data: block.data, legend: block.legend };
  for (const source of models) {
    if (source.tags?.includes("tip")) source.inspect.connect(([, { geometry }]) => showTip(drawn, source, geometry));
  }
  const behaviours = { map: startMap, trace: startTrace, attention: startAttention };
  if (block.behaviour) behaviours[block.behaviour](drawn);
  startFigureTools(drawn);
  place.dataset.drawn = "yes";
  root.dataset.figure ??= Math.round(performance.now());
}

// The title of an axis that is longer than the axis is broken into lines, or a phone would cut it off at both ends.
function fitAxes(view) {
  const axes = [...view.model.below, ...view.model.above, ...view.model.left, ...view.model.right].filter(({ axis_label }) => typeof axis_label === "string" && axis_label);
  const titles = axes.map(({ axis_label }) => axis_label);
  const ticked = view.model.below.filter(({ ticker }) => ticker?.type === "BasicTicker").map(({ ticker }) => [ticker, ticker.desired_num_ticks]);
  const pen = document.createElement("canvas").getContext("2d");
  const named = [...view.model.below, ...view.model.above].filter(hasNames);
  for (const axis of named) {
    wholeNames.set(axis, axis.major_label_overrides);
    axis.major_label_policy.filter = (indices, boxes) => keepEnds(indices, boxes, view.bbox.width);
  }
  const fit = () => {
    for (const axis of named) fitNames(axis, view, pen);
    pen.font = "12px system-ui, sans-serif";
    // Ticks that have no room beside each other become fewer.
    for (const [ticker, most] of ticked) ticker.desired_num_ticks = Math.max(1, Math.min(most, Math.floor(view.frame.bbox.width / 45)));
    axes.forEach((axis, i) => {
      // A script of the page may have given the axis another title.
      if (axis.axis_label.replaceAll("\n", " ") !== titles[i]) return;
      const room = [...view.model.below, ...view.model.above].includes(axis) ? view.frame.bbox.width : view.frame.bbox.height;
      const lines = [];
      for (const word of titles[i].split(" ")) {
        const longer = lines.length ? `${lines[lines.length - 1]} ${word}` : word;
        if (lines.length && pen.measureText(longer).width <= room) lines[lines.length - 1] = longer;
        else lines.push(word);
      }
      const broken = lines.join("\n");
      if (broken !== axis.axis_label) axis.axis_label = broken;
    });
  };
  fit();
  new ResizeObserver(fit).observe(view.el);
}

// By axis, the names of its ticks before they were cut.
const wholeNames = new WeakMap();
const BETWEEN_NAMES = 6; // pixels

const hasNames = (axis) => axis.ticker?.type === "FixedTicker" && axis.major_label_orientation === "horizontal" && axis.major_label_overrides.size > 0;

// Names of ticks beside each other that have no room are left out, but for the first and the last; the tips have all.
function keepEnds(indices, boxes, width) {
  const order = [...indices].sort((a, b) => boxes[a].left - boxes[b].left);
  const [first, last] = [order[0], order[order.length - 1]];
  // Bokeh moves these two back where they would go over an edge of the figure.
  const moved = (i) => (i !== first && i !== last ? 0 : Math.max(0, -boxes[i].left) - Math.max(0, boxes[i].right - width));
  const between = (a, b) => boxes[b].left + moved(b) - boxes[a].right - moved(a);
  let kept = first;
  for (const i of order.slice(1)) {
    if (i === last || Math.min(between(kept, i), between(i, last)) >= BETWEEN_NAMES) kept = i;
    else indices.unset(i);
  }
  return indices;
}

// Names that are wider than half of the axis are cut in the middle, so that the first and the last have room.
function fitNames(axis, view, pen) {
  const { width } = view.frame.bbox;
  if (!width) return;
  pen.font = `${axis.major_label_text_font_size} system-ui, sans-serif`;
  const whole = wholeNames.get(axis);
  const widthOf = (text) => pen.measureText(text).width;
  const room = (whole.size > 1 ? width / 2 : width) - BETWEEN_NAMES;
  const names = new Map(Array.from(whole, ([tick, name]) => {
    const text = textOfLabel(name);
    const cut = cutInside(text, room, widthOf);
    return [tick, cut === text ? name : new name.constructor({ text: cut })];
  }));
  const same = [...names].every(([tick, name]) => textOfLabel(name) === textOfLabel(axis.major_label_overrides.get(tick)));
  if (!same) axis.major_label_overrides = names;
}

// A text in so much room; its end, which tells names of one kind apart, is kept.
function cutInside(text, room, widthOf) {
  const parts = graphemes ? Array.from(graphemes.segment(text), ({ segment }) => segment) : Array.from(text);
  let cut = text;
  for (let most = parts.length - 1; most > 1 && widthOf(cut) > room; most--) {
    const end = Math.floor(most / 3);
    cut = `${parts.slice(0, most - end).join("").trimEnd()}…${parts.slice(parts.length - end).join("").trimStart()}`;
  }
  return cut;
}

// Bokeh clears a canvas after it has moved it by half a pixel, so that half a column of an earlier frame would stay.
function clearWhole(layer) {
  layer.clear = () => {
    const { x, y, width, height } = layer.bbox;
    layer.ctx.clearRect(x - 1, y - 1, width + 2, height + 2);
  };
}

function named(drawn, name) {
  return drawn.models.find((model) => model.name === name);
}

// The plot view that draws a source.
function viewOf(drawn, source) {
  const plot = drawn.models.find((model) => model.renderers?.some((renderer) => renderer.data_source === source));
  return drawn.views.find_one(plot);
}

function showTip(drawn, source, geometry) {
  const row = nearestRow(drawn, source, source.inspected.indices, geometry);
  if (row === undefined) hideTip(source);
  else tipAt(source, viewOf(drawn, source).el, geometry, [element("div", source.data.tip[row])]);
}

// Of the rows under the pointer, the one whose point is nearest to it.
function nearestRow(drawn, source, rows, geometry) {
  if (rows.length < 2) return rows[0];
  const { x_scale, y_scale } = viewOf(drawn, source).frame;
  const { x, y } = source.data;
  const away = (row) => Math.hypot(x_scale.compute(x[row]) - geometry.sx, y_scale.compute(y[row]) - geometry.sy);
  return rows.reduce((best, row) => (away(row) < away(best) ? row : best));
}

let tipOwner = null;
let dragging = false;

// A tip would be in the way of a box, a lasso or a pan.
function startTips() {
  addEventListener("pointerdown", (event) => {
    dragging = event.target.closest?.(".plot") !== null;
    hideTip();
  }, true);
  for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => (dragging = false), true);
  addEventListener("scroll", () => hideTip(), { passive: true });
}

// Show nodes beside the point geometry.sx, geometry.sy of a canvas. The owner alone, or nobody by name, hides it.
function tipAt(owner, canvas, geometry, nodes) {
  if (dragging) return;
  tipOwner = owner;
  const tip = document.getElementById("tip");
  const box = canvas.getBoundingClientRect();
  tip.replaceChildren(...nodes);
  tip.hidden = false;
  const x = box.left + geometry.sx;
  const y = box.top + geometry.sy;
  const width = tip.offsetWidth;
  const height = tip.offsetHeight;
  const right = x + 16 + width < root.clientWidth;
  const beside = right || x - 16 - width > 0;
  const left = right ? x + 16 : beside ? x - 16 - width : Math.max(4, Math.min(x - width / 2, root.clientWidth - width - 4));
  // Where there is no room on either side the tip goes above, or below at the top of the window.
  const wanted = beside ? y - height / 2 : y - height - 20 > 0 ? y - height - 20 : y + 20;
  const top = Math.min(Math.max(4, wanted), innerHeight - height - 4);
  tip.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
}

function hideTip(owner) {
  if (owner === undefined || owner === tipOwner) document.getElementById("tip").hidden = true;
}
