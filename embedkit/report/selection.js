// What is selected on the maps: one selection for the page, a table, and the same as CSV.

const SHOWN = 200;

class Selection {
  constructor() {
    this.map = null; // the one that the table is about
    this.texts = new Set();
    this.place = document.getElementById("selected");
    if (this.place === null) return;
    this.part("clear").addEventListener("click", () => this.take(this.map, []));
    this.part("csv").addEventListener("click", () => download(`selected-${this.map.noun}s.csv`, "text/csv", this.csv));
  }

  part(name) {
    return document.getElementById(`selected-${name}`);
  }

  // Select rows of a map. Every other map lights up the same words, and the table moves under this one.
  take(map, rows) {
    this.map = map;
    map.lit = rows;
    this.texts = new Set(rows.map((row) => map.space.words[map.words[row]]));
    map.markLit();
    for (const other of mapsOfPage) if (other !== map) other.light(this.texts);
    const under = map.root.closest(".linked") ?? map.root;
    if (under.nextElementSibling !== this.place) under.after(this.place);
    this.tell();
  }

  // A map shows other points or other columns.
  follow(map) {
    this.map ??= map;
    if (map === this.map) this.tell();
    else map.markLit();
  }

  // Places in the space, the most frequent first.
  get places() {
    const { lit, words, space } = this.map;
    return lit.map((row) => words[row]).sort((a, b) => space.ranks[a] - space.ranks[b]);
  }

  tell() {
    const { places } = this;
    const { space, noun, facts: columns } = this.map;
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
    this.part("rows").querySelector("thead").replaceChildren(head);
    const some = places.length > 0;
    this.part("rows").querySelector("tbody").replaceChildren(...rows);
    this.part("rows").hidden = !some;
    this.part("count").textContent = some ? `${count(places.length)} selected` : "Nothing selected";
    this.part("csv").disabled = !some;
    this.part("clear").disabled = !some;
    const hint = this.part("hint");
    hint.hidden = some && places.length <= SHOWN;
    hint.textContent = some
      ? `The first ${SHOWN} are listed; the CSV has all ${count(places.length)}.`
      : "Draw a box or a lasso on a map, or click a point; Shift adds to what is selected. Every map of the page lights up the same words.";
  }

  get csv() {
    const { names, rows } = this.map.tableOf(this.places);
    return csvOf(names, rows);
  }
}

let selectionOfPage = null;
