// What the points of a map are coloured by: frequency, part of the vocabulary, columns of their space, and how far each
// can be trusted on the map that is shown.
// Each has a name, a colour for each place in the space, and the nodes of its legend; a column can also say its value.

const BANDS = [100, 1000, 3000];

// What a figure brings beside the columns of its space, which it may call by the same name.
function coloringsOf(space, blocks, noun) {
  const brought = blocks.map(({ name, values, labels }) => {
    const numbers = unpacked(values, Float32Array);
    return labels === null ? new Quantity(name, numbers) : new Categories(name, numbers, labels);
  });
  const own = columnsOf(space).filter((column) => column.colours && !brought.some(({ name }) => name === column.name));
  const frequencies = areWords(noun) ? [new Frequency(space), new Bands(space)] : [new Frequency(space)];
  const counted = space.counts === null ? [] : frequencies;
  // A space's own categories come first, then the groups that were found, where there are several, then frequency.
  const several = (column) => column.isCategory && column.number.size > 1;
  const first = own.filter(several).slice(0, 1);
  const groups = brought.filter(several);
  const others = [...brought, ...own].filter((column) => !first.includes(column) && !groups.includes(column));
  const kinds = [...first, ...groups, ...counted, ...others];
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

// A hundred shades, so that not every point mixes its own. What lies beyond the ends is as they are.
function shadesOf(values, [low, high] = endsOf(values)) {
  const ends = stops("--sequential");
  const shades = Array.from({ length: 101 }, (_, i) => between(ends, i / 100));
  const grey = colour("--noise");
  const shade = (value) => shades[Math.min(100, Math.max(0, Math.round((100 * (value - low)) / (high - low || 1))))];
  return values.map((value) => (Number.isNaN(value) ? grey : shade(value)));
}

function endsOf(values) {
  const known = values.filter((value) => !Number.isNaN(value));
  return [known.reduce((a, b) => Math.min(a, b), Infinity), known.reduce((a, b) => Math.max(a, b), -Infinity)];
}

// The ends of the colours: the 1st and 99th percentile where a few values beyond them would take a third of the way.
function robustEnds(values) {
  const known = Float64Array.from(values.filter((value) => !Number.isNaN(value))).sort();
  if (known.length === 0) return [Infinity, -Infinity];
  const [low, high] = [known[Math.floor(0.01 * (known.length - 1))], known[Math.ceil(0.99 * (known.length - 1))]];
  const [least, most] = [known[0], known[known.length - 1]];
  return high > low && most - least > 1.5 * (high - low) ? [low, high] : [least, most];
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
    return [element("span", `${ends[0]}×`), gradient(), element("span", `${ends[1]}×${areWords(map.noun) ? " in the training text" : ""}`)];
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
