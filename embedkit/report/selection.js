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

  // The columns of the table and of the CSV but for the first and the last: [name, text at a place, is a number].
  get columns() {
    const { space, said } = this.map;
    const counted = [
      ["Rank", (place) => space.ranks[place], true],
      ["Count", (place) => space.counts?.[place], true],
    ];
    const columns = said.map((kind) => [kind.name, (place) => (kind.isNumber ? kind.values[place] : kind.say(place)), kind.isNumber]);
    return [...(space.counts === null ? [] : counted), ...columns];
  }

  tell() {
    const { places, columns } = this;
    const { space, noun } = this.map;
    const kind = (isNumber) => (isNumber ? "number" : undefined);
    const rows = places.slice(0, SHOWN).map((place) => {
      const row = element("tr");
      const name = element("td");
      name.append(word(space.words[place]));
      const near = element("td");
      space.nearest(place).forEach(([text, cosine], i) => {
        near.append(i ? ", " : "", word(text), element("span", " " + cosine.toFixed(2), "cosine"));
      });
      const cells = columns.map(([, at, isNumber]) => element("td", isNumber ? written(at(place)) : at(place), kind(isNumber)));
      row.append(name, ...cells, near);
      return row;
    });
    const names = [[noun], ...columns, ["Nearest in the full space"]];
    const head = element("tr");
    head.append(...names.map(([name, , isNumber]) => {
      const cell = element("th", name[0].toUpperCase() + name.slice(1), kind(isNumber));
      cell.scope = "col";
      return cell;
    }));
    this.map.part("rows").querySelector("thead").replaceChildren(head);
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
    const { columns } = this;
    const { space, noun } = this.map;
    const exact = (value) => (Number.isNaN(value) ? "" : value);
    const quoted = (text) => `"${text.replaceAll('"', '""')}"`;
    const lines = this.places.map((place) => {
      const near = space.nearest(place).map(([text, cosine]) => `${text} ${cosine.toFixed(4)}`).join(" | ");
      const cells = columns.map(([, at, isNumber]) => (isNumber ? exact(at(place)) : quoted(at(place))));
      return [quoted(space.words[place]), ...cells, quoted(near)].join(",");
    });
    const names = columns.map(([name]) => (/^[\w ]+$/.test(name) ? name.toLowerCase() : quoted(name)));
    return [[noun, ...names, "nearest"].join(","), ...lines, ""].join("\r\n");
  }

  download() {
    const address = URL.createObjectURL(new Blob([this.csv], { type: "text/csv;charset=utf-8" }));
    const link = element("a");
    Object.assign(link, { href: address, download: `selected-${this.map.noun}s.csv` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
  }
}
