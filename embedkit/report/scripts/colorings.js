// What the points of a map are coloured by: frequency, part of the vocabulary, categories and quantities of their space,
// and how far each can be trusted on the map that is shown.
// Each has a name, a colour for each place in the space, and the nodes of its legend; a column can also say its value.

const BANDS = [100, 1000, 3000];
const NOISE = -1;

function coloringsOf(space, columns) {
  const kinds = space.counts === null ? [] : [new Frequency(space), new Bands(space)];
  for (const column of columns) kinds.push(column.labels === null ? new Quantity(column.name, unpacked(column.values, Float32Array)) : new Categories(column));
  return kinds.length ? kinds : [new Plain()];
}

// Those that belong to a map, made once.
const coloringsByMap = new WeakMap();

function coloringsOfMap(map, space) {
  if (!coloringsByMap.has(map)) coloringsByMap.set(map, map.colorings.map((column) => new Share(column, map, space)));
  return coloringsByMap.get(map);
}

function bandOf(rank) {
  const band = BANDS.findIndex((last) => rank <= last);
  return band < 0 ? BANDS.length : band;
}

// A hundred shades, so that not every point mixes its own.
function shadesOf(values, [low, high] = endsOf(values)) {
  const ends = stops("--sequential");
  const shades = Array.from({ length: 101 }, (_, i) => between(ends, i / 100));
  return values.map((value) => (Number.isNaN(value) ? colour("--noise") : shades[Math.round((100 * (value - low)) / (high - low || 1))]));
}

function endsOf(values) {
  const known = values.filter((value) => !Number.isNaN(value));
  return [known.reduce((a, b) => Math.min(a, b), Infinity), known.reduce((a, b) => Math.max(a, b), -Infinity)];
}

function written(value) {
  if (!Number.isFinite(value)) return "–";
  return Number.isInteger(value) ? count(value) : String(Number(value.toPrecision(4)));
}

function gradient() {
  const bar = element("span", "", "gradient");
  bar.style.background = `linear-gradient(90deg, ${stops("--sequential").join(", ")})`;
  return bar;
}

function dotted(text, dot, tag = "span") {
  const item = element(tag, undefined, "band");
  item.append(element("bdi", text));
  item.style.setProperty("--dot", dot);
  return item;
}

class Plain {
  name = "one colour";

  colours(places) {
    return Array.from(places, () => colour("--series-1"));
  }

  legend() {
    return [];
  }
}

class Frequency {
  name = "log frequency";

  constructor(space) {
    this.counts = space.counts;
  }

  colours(places) {
    return shadesOf(Array.from(places, (place) => Math.log(this.counts[place] + 1)));
  }

  legend(map) {
    const ends = endsOf(Array.from(map.words, (place) => this.counts[place])).map(count);
    return [element("span", `${ends[0]}×`), gradient(), element("span", `${ends[1]}× in the training text`)];
  }
}

class Bands {
  name = "part of the vocabulary";

  constructor(space) {
    this.ranks = space.ranks;
  }

  colours(places) {
    const bands = stops("--bands");
    return Array.from(places, (place) => bands[bandOf(this.ranks[place])]);
  }

  legend(map) {
    const colours = stops("--bands");
    const last = map.words.reduce((most, place) => Math.max(most, this.ranks[place]), 0);
    const starts = [1, ...BANDS.map((end) => end + 1)].filter((start) => start <= last);
    const items = starts.map((start, i) => dotted(`${count(start)}–${count(Math.min(BANDS[i] ?? last, last))}`, colours[i]));
    return [element("span", "rank"), ...items];
  }
}

// Names for integers; more of them than there are colours take these in turn. Noise is grey.
class Categories {
  constructor(column) {
    this.name = column.name;
    this.labels = column.labels;
    this.values = unpacked(column.values, Float32Array);
    const all = new Set([...this.values, ...Object.keys(column.labels).map(Number)]);
    all.delete(NOISE);
    this.number = new Map([...all].sort((a, b) => a - b).map((value, i) => [value, i]));
  }

  colourOf(value, palette) {
    return value === NOISE ? colour("--noise") : palette[this.number.get(value) % palette.length];
  }

  labelOf(value) {
    return visible(this.labels[value] ?? (value === NOISE ? "noise" : String(value)));
  }

  colours(places) {
    const palette = stops("--categories");
    const known = new Map([NOISE, ...this.number.keys()].map((value) => [value, this.colourOf(value, palette)]));
    return Array.from(places, (place) => known.get(this.values[place]));
  }

  // The categories that a map shows in the order of their numbers, noise last: {value, text, dot, rows}.
  members(map) {
    const palette = stops("--categories");
    const rows = new Map();
    map.words.forEach((place, row) => {
      const value = this.values[place];
      if (!rows.has(value)) rows.set(value, []);
      rows.get(value).push(row);
    });
    const order = [...this.number.keys(), NOISE].filter((value) => rows.has(value));
    return order.map((value) => ({ value, text: this.labelOf(value), dot: this.colourOf(value, palette), rows: rows.get(value) }));
  }

  // Those that have a name of their own to write on the map, the largest first.
  groups(map) {
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
}

class Quantity {
  isNumber = true;

  constructor(name, values) {
    Object.assign(this, { name, values });
  }

  colours(places) {
    return shadesOf(Array.from(places, (place) => this.values[place]));
  }

  legend(map) {
    const values = Array.from(map.words, (place) => this.values[place]);
    const ends = endsOf(values).map(written);
    const unknown = values.some(Number.isNaN) ? [dotted("not known", colour("--noise"))] : [];
    return [element("span", `${this.name}: ${ends[0]}`), gradient(), element("span", ends[1]), ...unknown];
  }

  say(place) {
    return written(this.values[place]);
  }
}

// A share from 0 to 100 % of each point of one map. Its colours stand for the same shares on every map.
class Share {
  isNumber = true;

  constructor(column, map, space) {
    this.name = column.name;
    this.meaning = column.meaning;
    this.values = new Float64Array(space.words.length).fill(NaN);
    const shares = unpacked(column.values, Float32Array);
    placesOf(map).forEach((place, i) => {
      this.values[place] = Math.round(shares[i] * 1e4) / 1e4;
    });
  }

  colours(places) {
    return shadesOf(Array.from(places, (place) => this.values[place]), [0, 1]);
  }

  legend(map) {
    const unknown = Array.from(map.words).some((place) => Number.isNaN(this.values[place]));
    const grey = unknown ? [dotted("not known", colour("--noise"))] : [];
    return [element("span", "0 %"), gradient(), element("span", `100 % ${this.meaning}`), ...grey];
  }

  say(place) {
    const value = this.values[place];
    return Number.isNaN(value) ? "–" : `${Math.round(100 * value)} %`;
  }
}
