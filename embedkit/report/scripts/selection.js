// What is selected on the maps: one selection for the page, a table, and the same as CSV.

const SHOWN = 200;

class Selection {
  constructor() {
    this.map = null; // the one that the table is about
    this.texts = new Set();
    this.by = null; // the column that the table is sorted by, and whether it rises; by frequency at first
    this.place = document.getElementById("selected");
    if (this.place === null) return;
    this.part("clear").addEventListener("click", () => this.take(this.map, []));
    this.part("csv").addEventListener("click", () => download(`selected-${plural(this.map.noun)}.csv`, "text/csv", this.csv));
  }

  part(name) {
    return document.getElementById(`selected-${name}`);
  }

  // Select rows of a map. Every other map lights up the same words, and the table moves under this one.
  take(map, rows) {
    this.map = map;
    map.pick(rows);
    map.markLit();
    this.spread();
    const under = map.root.closest(".linked") ?? map.root;
    if (under.nextElementSibling !== this.place) under.after(this.place);
    this.tell();
  }

  // Every other map lights up the texts that are selected on this one.
  spread() {
    const { lit, space, words } = this.map;
    this.texts = new Set(lit.map((row) => space.words[words[row]]));
    for (const other of mapsOfPage) if (other !== this.map) other.light(this.texts);
  }

  // A map's filters let other points through.
  narrow(map) {
    if (map !== this.map || this.place === null) return;
    if (map.picked.length) this.spread();
    this.tell();
  }

  // A map shows other points or other columns.
  follow(map) {
    this.map ??= map;
    if (map === this.map) this.tell();
    else map.markLit();
  }

  // What the table tells of a place but for its neighbours: [name, value, is a number].
  get columns() {
    const { noun, space } = this.map;
    return [[noun, (place) => space.words[place], false], ...factsOf(this.map, false)];
  }

  // Places in the space, the most frequent first, or in the order that the reader asked for; what is not known comes last.
  get places() {
    const { lit, words, space } = this.map;
    const places = lit.map((row) => words[row]).sort((a, b) => space.ranks[a] - space.ranks[b]);
    const column = this.columns.find(([name]) => name === this.by?.name);
    if (!column) return places;
    const [, at, isNumber] = column;
    const unknown = (value) => value === undefined || value === null || value === "" || Number.isNaN(value);
    const sign = this.by.rising ? 1 : -1;
    return places.sort((a, b) => {
      const [one, other] = [at(a), at(b)];
      if (unknown(one) || unknown(other)) return unknown(one) - unknown(other);
      return sign * (isNumber ? one - other : one.localeCompare(other));
    });
  }

  // Sort by a column; once more the other way.
  sort(name, isNumber) {
    this.by = { name, rising: this.by?.name === name ? !this.by.rising : !isNumber };
    this.tell();
    this.part("rows").querySelector("th[aria-sort] button").focus();
  }

  // The head of a column, which sorts by it.
  head([name, , isNumber]) {
    const cell = element("th", undefined, isNumber ? "number" : undefined);
    const sort = element("button", upperFirst(visible(name)), "sort");
    sort.type = "button";
    sort.addEventListener("click", () => this.sort(name, isNumber));
    if (this.by?.name === name) cell.ariaSort = this.by.rising ? "ascending" : "descending";
    cell.scope = "col";
    cell.append(sort);
    return cell;
  }

  tell() {
    const { places } = this;
    const { space, noun, picked } = this.map;
    const [, ...facts] = this.columns;
    const rows = places.slice(0, SHOWN).map((place) => {
      const row = element("tr");
      const name = element("td");
      name.append(clipped(space.words[place], IN_TABLE));
      const near = element("td");
      space.nearest(place).forEach(([text, cosine], i) => {
        near.append(i ? ", " : "", clipped(text, IN_TABLE / 3), element("span", " " + cosine.toFixed(2), "cosine"));
      });
      const cells = facts.map(([, at, isNumber, kind]) => {
        if (isNumber) return element("td", written(at(place)), "number");
        const cell = element("td", undefined, kind?.isDate ? "date" : undefined);
        cell.append(at(place) === "" ? "–" : clipped(at(place), IN_TABLE));
        return cell;
      });
      row.append(name, ...cells, near);
      return row;
    });
    const head = element("tr");
    const near = element("th", "Nearest in the full space");
    near.scope = "col";
    head.append(...this.columns.map((column) => this.head(column)), near);
    this.part("rows").querySelector("thead").replaceChildren(head);
    const some = places.length > 0;
    this.part("rows").querySelector("tbody").replaceChildren(...rows);
    this.part("rows").hidden = !some;
    const held = picked.length - places.length;
    const behind = held ? `, ${count(held)} more held back by the filters` : "";
    this.part("count").textContent = some || held ? `${count(places.length)} selected${behind}` : "Nothing selected";
    this.part("csv").disabled = !some;
    this.part("clear").disabled = picked.length === 0;
    tellShares(this.part("shares"), this.map);
    const hint = this.part("hint");
    hint.hidden = some && places.length <= SHOWN;
    hint.textContent = some
      ? `The first ${SHOWN} are listed; the CSV has all ${count(places.length)}.`
      : `Draw a box or a lasso on a map, or click a point; Shift adds to what is selected. Every map of the page lights up the same ${plural(noun)}.`;
  }

  get csv() {
    const { names, rows } = tableOfPoints(this.map, this.places);
    return csvOf(names, rows);
  }
}

let selectionOfPage = null;
