// Landmarks on a map: phrases that have texts between them are ringed, and a click picks them, A first and then B.

const REACH = 10; // pixels

class Landmarks {
  constructor(map, between) {
    Object.assign(this, { map, between });
    this.next = "a";
    this.numbers = new Map(); // landmark by its place in the space
    this.mark();
    map.shown.push(() => this.mark());
    between.changed.push(() => this.mark());
    let before = [];
    map.drawn.place.addEventListener("pointerdown", () => (before = [...map.lit]), true);
    map.plot.on_event("tap", (event) => {
      if (!this.here || event.modifiers?.shift) return;
      const place = this.under(event);
      if (place === undefined) return;
      this.pick(place);
      // A click on a landmark picks it and leaves alone what is selected.
      if (this.numbers.has(place)) setTimeout(() => selectionOfPage.take(map, before));
    });
  }

  get here() {
    return this.map.space.key === this.between.space;
  }

  mark() {
    const { map, between, here } = this;
    const places = here ? between.phrases.map((phrase) => map.space.place.get(phrase)) : [];
    this.numbers = new Map([...places.entries()].filter(([, place]) => map.row.has(place)).map(([i, place]) => [place, i]));
    const at = (which) => {
      const rows = which.map((place) => map.row.get(place));
      return { x: rows.map((row) => map.x[row]), y: rows.map((row) => map.y[row]) };
    };
    const ends = [[between.a, "A"], [between.b, "B"]].filter(([number]) => this.numbers.has(places[number]));
    const picked = ends.map(([number]) => places[number]);
    const set = (name, data) => (named(map.drawn, name).data = data);
    set("landmarks", at([...this.numbers.keys()]));
    set("ends", { ...at(picked), text: ends.map(([, letter]) => letter) });
    // A straight way in the space is a straight line on a PCA map; on others it is not.
    set("way", at(map.map.method === "pca" && picked.length === 2 ? picked : []));
    map.preferred = [...picked, ...this.numbers.keys()].filter((place, i, all) => all.indexOf(place) === i);
    map.beside = (place) => (picked.includes(place) ? 12 : this.numbers.has(place) ? 9 : 7);
    const note = map.part("landmarks");
    note.hidden = this.numbers.size === 0;
    note.textContent = `Ringed ${map.noun}s have texts between them: click one for A, another for B.`;
    if (map.map.method !== "pca") note.textContent += " The straight way from A to B is drawn on the PCA map alone.";
    map.labelSoon();
  }

  // The place under the pointer, a landmark's before others.
  under(event) {
    const { map } = this;
    const pixel = (map.plot.x_range.end - map.plot.x_range.start) / map.size[0];
    const away = (row) => Math.hypot(map.x[row] - event.x, map.y[row] - event.y) / pixel;
    const nearest = (rows) => rows.filter((row) => away(row) <= REACH).sort((a, b) => away(a) - away(b))[0];
    const rings = [...this.numbers.keys()].map((place) => map.row.get(place));
    const row = nearest(rings) ?? nearest([...map.words.keys()]);
    return row === undefined ? undefined : map.words[row];
  }

  pick(place) {
    const { map, between } = this;
    const status = map.part("status");
    const number = this.numbers.get(place);
    const name = quoted(map.space.words[place]);
    if (number === undefined) {
      status.textContent = `${name} is not ringed; texts between are computed beforehand, for the ringed ${map.noun}s alone.`;
    } else if (this.next === "a") {
      between.pick("a", number);
      this.next = "b";
      status.textContent = `A is ${name}. Click another ringed ${map.noun} for B.`;
    } else if (number === between.a) {
      status.textContent = `A is ${name} already. Click another ringed ${map.noun} for B.`;
    } else {
      between.pick("b", number);
      this.next = "a";
      const link = element("a", "Texts between them");
      link.href = `#${between.id}-texts`;
      status.replaceChildren(`From ${quoted(between.phrases[between.a])} to ${name}. `, link);
    }
  }
}
