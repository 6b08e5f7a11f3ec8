// What is selected on the map: a table, and the same as CSV.

const SHOWN = 200;

class Selection {
  constructor(map) {
    this.map = map;
    map.points.selected.properties.indices.change.connect(() => this.tell());
    this.map.part("clear").addEventListener("click", () => {
      map.points.selected.indices = [];
    });
    this.map.part("csv").addEventListener("click", () => this.download());
  }

  // Places in the space, the most frequent first.
  get places() {
    return this.map.points.selected.indices.map((row) => this.map.words[row]).sort((a, b) => this.map.space.ranks[a] - this.map.space.ranks[b]);
  }

  get words() {
    return this.places.map((place) => this.map.space.words[place]);
  }

  tell() {
    const { places } = this;
    const { space } = this.map;
    const rows = places.slice(0, SHOWN).map((place) => {
      const row = element("tr");
      const name = element("td");
      name.append(word(space.words[place]));
      const near = element("td");
      space.nearest(place).forEach(([text, cosine], i) => {
        near.append(i ? ", " : "", word(text), element("span", " " + cosine.toFixed(2), "cosine"));
      });
      const counted = space.counts === null ? "–" : count(space.counts[place]);
      row.append(name, element("td", count(space.ranks[place]), "number"), element("td", counted, "number"), near);
      return row;
    });
    const some = places.length > 0;
    this.map.part("rows").querySelector("tbody").replaceChildren(...rows);
    this.map.part("rows").hidden = !some;
    this.map.part("count").textContent = some ? `${count(places.length)} selected` : "Nothing selected";
    this.map.part("csv").disabled = !some;
    this.map.part("clear").disabled = !some;
    const hint = this.map.part("hint");
    hint.hidden = some && places.length <= SHOWN;
    hint.textContent = some
      ? `The first ${SHOWN} are listed; the CSV has all ${count(places.length)}.`
      : "Draw a box or a lasso on the map, or click a point; Shift adds to what is selected.";
  }

  // RFC 4180: every text in quotes, quotes doubled, CRLF. Words are exactly as they are in the space.
  get csv() {
    const { space } = this.map;
    const quoted = (text) => `"${text.replaceAll('"', '""')}"`;
    const lines = this.places.map((place) => {
      const near = space.nearest(place).map(([text, cosine]) => `${text} ${cosine.toFixed(4)}`).join(" | ");
      return [quoted(space.words[place]), space.ranks[place], space.counts === null ? "" : space.counts[place], quoted(near)].join(",");
    });
    return [`${this.map.noun},rank,count,nearest`, ...lines, ""].join("\r\n");
  }

  download() {
    const address = URL.createObjectURL(new Blob([this.csv], { type: "text/csv;charset=utf-8" }));
    const link = element("a");
    Object.assign(link, { href: address, download: `selected-${this.map.noun}s.csv` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
  }
}
