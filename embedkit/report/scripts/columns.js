// What is known of the points of a space: categories, quantities, dates and texts, one value a place in the space.
// Each has a name, can say its value at a place, and but for texts has colours and the nodes of their legend.

const NOISE = -1; // the category of what is in none, or of which it is not known
const OTHER = -2; // that of all categories for which there is no colour
const SEVERAL = 4; // columns that stand with a point where nobody chose

// A space's own columns, made when they are first needed.
const columnsBySpace = new WeakMap();

function columnsOf(space) {
  if (!columnsBySpace.has(space)) columnsBySpace.set(space, space.columns.filter((block) => !block.bytes).map((block) => ownColumn(block, space)));
  return columnsBySpace.get(space);
}

function ownColumn(block, space) {
  const floats = () => unpacked(block.values, block.bits === 32 ? Float32Array : Float64Array);
  if (block.kind === "number") return new Quantity(block.name, floats());
  if (block.kind === "date") return new Dates(block.name, floats());
  if (block.kind !== "category") return new Texts(block.name, block.texts ?? space.words, block.kind === "id");
  const kinds = { 8: Int8Array, 16: Int16Array, 32: Int32Array };
  return new Categories(block.name, unpacked(block.codes, kinds[block.bits]), Object.assign({}, block.names), "not known", true);
}

// Those that stand with a point first: what somebody chose, else the first that are short.
function chosenColumns(space) {
  const columns = columnsOf(space);
  if (space.tooltip.length) return space.tooltip.map((name) => columns.find((column) => column.name === name)).filter(Boolean);
  const brief = (column) => !(column instanceof Texts) || (!column.repeats(space) && column.brief);
  const several = columns.filter((column) => brief(column) && !column.isId).slice(0, SEVERAL);
  return several.length ? several : columns.filter(brief).slice(0, SEVERAL);
}

// What of the columns did not go into the page whole; "" where all did.
function tellColumns(space) {
  const cut = space.columns.filter((block) => block.cut).map(({ name, cut }) => `${visible(name)} is cut short in ${count(cut)} of ${count(space.words.length)} places`);
  const missing = space.columns.filter((block) => block.bytes).map(({ name, bytes }) => `${visible(name)} (${(bytes / 1e6).toFixed(1)} MB) is left out`);
  return cut.length + missing.length ? `To keep this page small, ${[...cut, ...missing].join("; ")}.` : "";
}

// Names for numbers. Those of a space's own columns beyond the palette are grey, the smallest; of others, which are named
// on the map, they take its colours in turn.
class Categories {
  isCategory = true;

  constructor(name, values, labels, nothing = "noise", own = false) {
    Object.assign(this, { name, values, labels, nothing, own });
    const all = new Set(own ? Object.keys(labels).map(Number) : [...values, ...Object.keys(labels).map(Number)]);
    all.delete(NOISE);
    this.number = new Map([...all].sort((a, b) => a - b).map((value, i) => [value, i]));
  }

  colourOf(value, palette) {
    if (value === NOISE || this.isOther(value, palette)) return colour("--noise");
    return palette[this.number.get(value) % palette.length];
  }

  isOther(value, palette) {
    return value === OTHER || (this.own && this.number.get(value) >= palette.length);
  }

  labelOf(value) {
    return visible(this.labels[value] ?? (value === NOISE ? this.nothing : String(value)));
  }

  colours(places) {
    const palette = stops("--categories");
    const known = new Map([NOISE, ...this.number.keys()].map((value) => [value, this.colourOf(value, palette)]));
    return Array.from(places, (place) => known.get(this.values[place]));
  }

  // The categories that a map shows in the order of their numbers, others together and noise last: {value, text, dot, rows}.
  members(map) {
    const palette = stops("--categories");
    const rows = new Map();
    const others = new Set();
    map.words.forEach((place, row) => {
      let value = this.values[place];
      if (value !== NOISE && this.isOther(value, palette)) {
        others.add(value);
        value = OTHER;
      }
      if (!rows.has(value)) rows.set(value, []);
      rows.get(value).push(row);
    });
    const order = [...this.number.keys(), OTHER, NOISE].filter((value) => rows.has(value));
    const textOf = (value) => (value === OTHER ? `other (${count(others.size)} smaller)` : this.labelOf(value));
    return order.map((value) => ({ value, text: textOf(value), dot: this.colourOf(value, palette), rows: rows.get(value) }));
  }

  // Those that have a name of their own to write on the map, the largest first. An own category may lie anywhere.
  groups(map) {
    if (this.own) return [];
    const named = this.members(map).filter(({ value }) => value !== NOISE && this.labels[value] !== undefined);
    // What stands in brackets at the end of a name, an example, is in the legend.
    return named.map((group) => ({ ...group, text: shortened(group.text.replace(/ \([^()]*\)$/, "")) })).sort((a, b) => b.rows.length - a.rows.length);
  }

  // A button for each category that the map shows; it selects the category's points.
  legend(map) {
    return this.members(map).map(({ text, dot, rows }) => {
      const item = dotted(text, dot, "button");
      item.type = "button";
      item.title = `Select what is in “${text}”`;
      item.addEventListener("click", () => selectionOfPage.take(map, rows));
      return item;
    });
  }

  say(place) {
    return this.labelOf(this.values[place]);
  }

  // As a table has it.
  at(place) {
    const value = this.values[place];
    return this.own ? (this.labels[value] ?? "") : this.labelOf(value);
  }
}

class Quantity {
  isNumber = true;

  constructor(name, values) {
    Object.assign(this, { name, values });
  }

  colours(places) {
    const values = Array.from(places, (place) => this.values[place]);
    return shadesOf(values, robustEnds(values));
  }

  legend(map) {
    const values = Array.from(map.words, (place) => this.values[place]);
    const [low, high] = robustEnds(values);
    const [least, most] = endsOf(values);
    const grey = values.some(Number.isNaN) ? [dotted("not known", colour("--noise"))] : [];
    const from = low > least ? "≤ " : "";
    const to = high < most ? "≥ " : "";
    const beyond = from || to ? [element("span", `(1st to 99th percentile of ${this.write(least)} to ${this.write(most)})`)] : [];
    return [element("span", `${visible(this.name)}: ${from}${this.write(low)}`), this.gradient([low, high]), element("span", to + this.write(high)), ...beyond, ...grey];
  }

  gradient() {
    return gradient();
  }

  write(value) {
    return written(value);
  }

  say(place) {
    return this.write(this.values[place]);
  }

  at(place) {
    return this.values[place];
  }
}

// Seconds since 1970.
class Dates extends Quantity {
  isNumber = false;
  isDate = true;

  write(value) {
    return dateOf(value);
  }

  at(place) {
    return Number.isNaN(this.values[place]) ? "" : dateOf(this.values[place]);
  }

  // With the first days of a few years, months or days below it.
  gradient([low, high]) {
    const bar = gradient();
    bar.classList.add("ticked");
    for (const [value, text] of ticksOf(low, high)) {
      const tick = element("span", text);
      tick.style.left = `${(100 * (value - low)) / (high - low)}%`;
      bar.append(tick);
    }
    return bar;
  }
}

// A day, with its time where it is not midnight.
function dateOf(seconds) {
  if (!Number.isFinite(seconds) || Math.abs(seconds) > 8.64e12) return "–";
  const iso = new Date(seconds * 1000).toISOString();
  const [day, time] = [iso.slice(0, iso.indexOf("T")), iso.slice(iso.indexOf("T") + 1, -1)];
  return time === "00:00:00.000" ? day : `${day} ${time.replace(/\.000$/, "").replace(/:00$/, "")}`;
}

// At most four beginnings of years, months or days between two moments: [seconds, text].
function ticksOf(low, high) {
  const DAY = 86400;
  const beginning = (months) => Date.UTC(Math.floor(months / 12), ((months % 12) + 12) % 12, 1) / 1000;
  const monthOf = (seconds) => new Date(seconds * 1000).getUTCFullYear() * 12 + new Date(seconds * 1000).getUTCMonth();
  if (!(high > low)) return [];
  for (const step of [1, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 6000]) {
    if ((high - low) / (30.4 * DAY * step) > 4) continue;
    const ticks = [];
    for (let at = Math.ceil(monthOf(low) / step) * step; beginning(at) <= high; at += step) if (beginning(at) >= low) ticks.push(beginning(at));
    // One at an end would stand on what is written there.
    const inside = ticks.filter((at) => at - low > 0.06 * (high - low) && high - at > 0.08 * (high - low));
    if (ticks.length >= 2) return inside.map((at) => [at, dateOf(at).slice(0, step % 12 ? 7 : 4)]);
  }
  return [];
}

class Texts {
  constructor(name, texts, isId) {
    Object.assign(this, { name, texts, isId });
  }

  // It is the label once more.
  repeats(space) {
    return this.texts === space.words;
  }

  get brief() {
    this.length ??= this.texts.reduce((sum, text) => sum + text.length, 0) / (this.texts.length || 1);
    return this.length <= 40;
  }

  say(place) {
    return this.texts[place] === "" ? "–" : visible(this.texts[place]);
  }

  at(place) {
    return this.texts[place];
  }
}
