// What a decoder writes on the way between two phrases: which two, and the texts between them.

class Between {
  constructor(id) {
    this.id = id;
    const { phrases, steps, texts, pairs, space, givenBack } = json(id);
    Object.assign(this, { phrases, steps, space, givenBack });
    this.texts = new Map(pairs.map(([i, j, numbers]) => [`${i} ${j}`, numbers.map((n) => texts[n])]));
    [[this.a, this.b]] = pairs;
    this.changed = []; // called when others are picked
    for (const [name, end] of [["from", "a"], ["to", "b"]]) {
      const select = this.part(name);
      select.append(...this.phrases.map((phrase, i) => new Option(shortened(phrase, IN_SENTENCE), i)));
      select.addEventListener("change", () => this.pick(end, Number(select.value)));
    }
    this.part("swap").addEventListener("click", () => this.between(this.b, this.a));
    this.tell();
  }

  part(name) {
    return document.getElementById(`${this.id}-${name}`);
  }

  // Put a phrase, by its number, at an end; where it is the other end already, the two change places.
  pick(end, number) {
    const [a, b] = end === "a" ? [number, this.b] : [this.a, number];
    if (a === b) this.between(this.b, this.a);
    else this.between(a, b);
  }

  between(a, b) {
    Object.assign(this, { a, b });
    this.tell();
    for (const tell of this.changed) tell();
  }

  // The texts from A to B; undefined where these two were not computed.
  get way() {
    const { a, b } = this;
    return a < b ? this.texts.get(`${a} ${b}`) : this.texts.get(`${b} ${a}`)?.slice().reverse();
  }

  tell() {
    const { a, b, way, phrases } = this;
    this.part("from").value = a;
    this.part("to").value = b;
    const runs = runsOf(way ?? []);
    const ends = `From ${quoted(phrases[a])} to ${quoted(phrases[b])}`;
    this.part("status").textContent = way ? `${ends}: ${this.steps} points, ${differing(way)}.` : `${ends}: not computed for these two.`;
    this.part("texts").replaceChildren(...runs.map((run) => this.item(run)));
    const notes = way && this.givenBack ? [unlike("A", phrases[a], way[0]), unlike("B", phrases[b], way[way.length - 1])] : [];
    this.part("notes").replaceChildren(...notes.filter((note) => note !== null));
  }

  item({ text, first, last }) {
    const share = (at) => Math.round((100 * at) / (this.steps - 1));
    const item = element("li");
    const at = first === last ? `${share(first)} %` : `${share(first)}–${share(last)} %`;
    item.append(element("span", at, "quiet"), word(text));
    if (last > first) item.append(element("span", `${last - first + 1} points`, "times"));
    return item;
  }
}

// Texts that follow themselves, as one: [{text, first, last}].
function runsOf(texts) {
  const runs = [];
  texts.forEach((text, i) => {
    const before = runs[runs.length - 1];
    if (before?.text === text) before.last = i;
    else runs.push({ text, first: i, last: i });
  });
  return runs;
}

function differing(texts) {
  const different = new Set(texts).size;
  return different === 1 ? "all with the same text" : `${different} different texts`;
}

// A note where an end is not written as it was read.
function unlike(end, phrase, text) {
  if (phrase === text) return null;
  const note = element("p", `${end} is not reproduced: for `);
  note.append("“", word(phrase), "” the decoder writes “", word(text), "”.");
  return note;
}

function startInterpolations() {
  for (const place of document.querySelectorAll("[data-between]")) {
    const between = new Between(place.dataset.between);
    for (const map of mapsOfPage) {
      if (map.maps.some((each) => each.space === between.space)) new Landmarks(map, between);
    }
  }
}
