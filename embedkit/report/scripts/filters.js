// Filters of a map: which of its points are let through. Each goes by one column, and all of them cross.

const BINS = 28; // of a histogram
const HAS_NONE = 255; // the bin of what has no value

// Of one map and one space; made when that is first shown.
class Filters {
  constructor(map) {
    this.map = map;
    this.failures = new Uint8Array(map.space.words.length); // at each place, by how many filters it is held back
    this.each = filterable(map).map((column) => filterOf(column, map.space.words.length));
  }

  get active() {
    return this.each.filter((filter) => filter.active);
  }

  passes(place) {
    return this.failures[place] === 0;
  }

  // A filter was set anew.
  apply(filter) {
    const { failures } = this;
    const { held } = filter;
    const before = held.slice();
    filter.hold();
    for (let place = 0; place < held.length; place++) failures[place] += held[place] - before[place];
  }

  clear() {
    for (const filter of this.active) {
      filter.reset();
      this.apply(filter);
    }
  }

  // How many points of the map a filter's parts have that the other filters let through: categories or bins by number,
  // one more for each that has none, which is the last.
  crossed(filter) {
    const { failures } = this;
    const { held, parts, size } = filter;
    const counts = new Uint32Array(size + 1);
    for (const place of this.map.words) if (failures[place] === held[place]) counts[Math.min(parts[place], size)]++;
    return counts;
  }

  // Without any filter.
  whole(filter) {
    const counts = new Uint32Array(filter.size + 1);
    for (const place of this.map.words) counts[Math.min(filter.parts[place], filter.size)]++;
    return counts;
  }
}

// Columns that something can be held back by: what the map can be coloured by, the texts of its space, and the label.
function filterable(map) {
  const columns = map.kinds.filter((kind) => kind.isCategory || (kind instanceof Quantity && !map.isAsked(kind)));
  const own = columnsOf(map.space);
  const texts = own.filter((column) => column instanceof Texts && !column.repeats(map.space));
  const useful = columns.filter((column) => (column.isCategory ? column.number.size > 1 || column.values.includes(NOISE) : spread(column.values)));
  if (useful.length + texts.length === 0) return [];
  // Own columns in the order of the file, then what a figure brings, then texts: the label first, identifiers last.
  const place = (column) => (own.includes(column) ? own.indexOf(column) : own.length);
  const byPlace = (a, b) => place(a) - place(b);
  return [...useful.sort(byPlace), new Texts(map.noun, map.space.words, false), ...texts.sort((a, b) => a.isId - b.isId || byPlace(a, b))];
}

function spread(values) {
  const [low, high] = endsOf(values);
  return high > low;
}

function filterOf(column, size) {
  if (column.isCategory) return new CategoryFilter(column, size);
  return column instanceof Texts ? new TextFilter(column, size) : new RangeFilter(column, size);
}

// Lets some categories through; all of them where none is chosen.
class CategoryFilter {
  constructor(column, length) {
    this.column = column;
    this.held = new Uint8Array(length);
    this.chosen = new Set(); // numbers of parts
    this.values = [...column.number.keys()];
    this.size = this.values.length; // the part after the last is what has no category
    const part = new Map(this.values.map((value, i) => [value, i]));
    this.parts = Int32Array.from(column.values, (value) => part.get(value) ?? this.size);
  }

  get active() {
    return this.chosen.size > 0;
  }

  reset() {
    this.chosen.clear();
  }

  choose(part, on) {
    if (on) this.chosen.add(part);
    else this.chosen.delete(part);
  }

  hold() {
    const { held, parts, active } = this;
    const out = Uint8Array.from({ length: this.size + 1 }, (_, part) => (active && !this.chosen.has(part) ? 1 : 0));
    for (let place = 0; place < held.length; place++) held[place] = out[parts[place]];
  }

  labelOf(part) {
    return this.column.labelOf(part < this.size ? this.values[part] : NOISE);
  }

  // As an address has it, a text a category; and back.
  written() {
    return [...this.chosen].map((part) => this.labelOf(part));
  }

  take(text) {
    for (let part = 0; part <= this.size; part++) if (this.labelOf(part) === text) this.chosen.add(part);
  }
}

// Lets what lies between two ends through, both included. Where one is set, what has no value is held back.
class RangeFilter {
  constructor(column, length) {
    this.column = column;
    this.held = new Uint8Array(length);
    const { values } = column;
    this.ends = endsOf(values);
    this.isWhole = values.every((value) => Number.isNaN(value) || Number.isInteger(value));
    // The way of the histogram, whose first and last bin have what lies beyond too; of few whole numbers a bin each.
    this.way = robustEnds(Array.from(values));
    this.size = BINS;
    const steps = this.way[1] - this.way[0] + 1;
    if (this.isWhole && steps <= BINS) {
      this.way = [this.way[0] - 0.5, this.way[1] + 0.5];
      this.size = steps;
    }
    const [low, high] = this.way;
    const scale = this.size / (high - low);
    this.parts = new Uint8Array(length);
    for (let place = 0; place < length; place++) {
      this.parts[place] = Number.isNaN(values[place]) ? HAS_NONE : Math.max(0, Math.min(this.size - 1, Math.floor((values[place] - low) * scale)));
    }
    this.reset();
  }

  get active() {
    return this.low !== null || this.high !== null;
  }

  reset() {
    this.low = null;
    this.high = null;
  }

  // The whole way is no filter; the wrong way round is turned.
  between(low, high) {
    const turned = low !== null && high !== null && low > high;
    [this.low, this.high] = turned ? [high, low] : [low, high];
    if (this.low !== null && this.low <= this.ends[0] && this.high !== null && this.high >= this.ends[1]) this.reset();
  }

  hold() {
    const { held, active } = this;
    const { values } = this.column;
    const [low, high] = [this.low ?? -Infinity, this.high ?? Infinity];
    for (let place = 0; place < held.length; place++) held[place] = active && !(values[place] >= low && values[place] <= high) ? 1 : 0;
  }

  // "2.5..", "..7" or "2.5..7".
  written() {
    return [`${this.low ?? ""}..${this.high ?? ""}`];
  }

  take(text) {
    const ends = text.split("..").map((end) => (end === "" ? null : Number(end)));
    if (ends.length === 2 && !ends.some(Number.isNaN)) this.between(...ends);
  }
}

// Lets texts through in which all of some words occur.
class TextFilter {
  constructor(column, length) {
    this.column = column;
    this.held = new Uint8Array(length);
    this.text = "";
  }

  get active() {
    return wordsOf(this.text).length > 0;
  }

  reset() {
    this.text = "";
  }

  hold() {
    const { held } = this;
    const words = wordsOf(this.text);
    const texts = words.length ? foldedOf(this.column.texts) : null;
    for (let place = 0; place < held.length; place++) held[place] = words.every((each) => texts[place].includes(each)) ? 0 : 1;
  }

  written() {
    return [this.text];
  }

  take(text) {
    this.text = text;
  }
}
