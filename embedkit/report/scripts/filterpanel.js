// The panel that a map's filters are set with.

const LISTED = 100; // categories without a search for them
const SEARCHABLE = 12; // more of them can be searched

function startFilters(map) {
  const panel = map.part("filters");
  const fieldsBySpace = new Map();
  let waiting = null; // the filter that is set anew before the next frame
  let remembering = null; // a browser takes some two hundred addresses in ten seconds, and a brush has more steps

  const fields = () => {
    const { key } = map.space;
    if (!fieldsBySpace.has(key)) fieldsBySpace.set(key, map.filters.each.map((filter) => fieldOf(map, filter, change)));
    return fieldsBySpace.get(key);
  };

  function change(filter) {
    if (waiting === null) requestAnimationFrame(apply);
    waiting = (waiting ?? new Set()).add(filter);
  }

  function apply() {
    const start = performance.now();
    for (const filter of waiting) map.filters.apply(filter);
    waiting = null;
    map.refilter();
    tell();
    root.dataset.filtered = (performance.now() - start).toFixed(1); // milliseconds
    clearTimeout(remembering);
    remembering = setTimeout(remember, 250);
  }

  // The filters stand in the address, so that a link shows what they show: #map?topic=cats&score=2..7
  function remember() {
    const written = map.filters.active.flatMap((filter) => filter.written().map((text) => [filter.column.name, text]));
    if (!written.length && addressed() === null) return;
    history.replaceState(null, "", `#${map.id}${written.length ? `?${new URLSearchParams(written)}` : ""}`);
  }

  function addressed() {
    const [name, query] = location.hash.slice(1).split("?");
    return name === map.id && query !== undefined ? new URLSearchParams(query) : null;
  }

  function restore() {
    const query = addressed();
    if (query === null) return;
    map.filters.clear();
    for (const [name, text] of query) map.filters.each.find((filter) => filter.column.name === name)?.take(text);
    for (const filter of map.filters.active) map.filters.apply(filter);
    fieldsBySpace.get(map.space.key)?.forEach((field) => field.reset());
    panel.open = true;
    map.refilter();
    tell();
  }

  function tell() {
    const { isFiltered } = map;
    if (panel.open) fields().forEach((field) => field.update());
    const shown = isFiltered ? map.words.reduce((sum, place) => sum + map.filters.passes(place), 0) : 0;
    map.part("shown").textContent = isFiltered ? `${count(shown)} of ${count(map.words.length)} shown` : "";
    map.part("filter-tools").hidden = !isFiltered;
    const number = isFiltered ? map.filters.active.length : 0;
    panel.querySelector("summary").textContent = number ? `Filters (${number})` : "Filter";
  }

  function offer() {
    const some = filterable(map).length > 0;
    panel.parentElement.hidden = !some;
    if (panel.open) textsOf(map.space).forEach(foldIdly);
    if (panel.open && some) panel.querySelector(".filter-fields").replaceChildren(...fields().map(({ node }) => node));
    tell();
  }

  map.part("filter-clear").addEventListener("click", () => {
    map.filters.clear();
    fields().forEach((field) => field.reset());
    map.refilter();
    tell();
    remember();
    panel.querySelector("summary").focus();
  });
  map.part("filter-select").addEventListener("click", () => selectionOfPage.take(map, [...map.words.keys()].filter((row) => map.passes(row))));
  panel.addEventListener("toggle", offer);
  map.shown.push(offer);
  addEventListener("hashchange", restore);
  return restore;
}

// A filter's field: its node, `update` when others were set, `reset` when it was.
function fieldOf(map, filter, change) {
  const node = element("fieldset", undefined, "filter");
  const legend = element("legend");
  legend.append(element("bdi", visible(filter.column.name)));
  node.append(legend);
  const kinds = [[CategoryFilter, categoryField], [RangeFilter, rangeField], [TextFilter, textField]];
  const [, make] = kinds.find(([kind]) => filter instanceof kind);
  return { node, reset: () => {}, update: () => {}, ...make(map, filter, node, () => change(filter)) };
}

// What a field has no legend for is named by it: "category: search".
function input(type, label, filter) {
  const made = element("input");
  made.type = type;
  made.setAttribute("aria-label", `${visible(filter.column.name)}: ${label}`);
  return made;
}

function categoryField(map, filter, node, change) {
  const list = element("ul");
  const more = element("p", undefined, "note");
  const search = input("search", "search its values", filter);
  search.placeholder = `one of ${count(filter.size)}`;
  const items = new Map(); // by part
  const itemOf = (part) => {
    if (items.has(part)) return items.get(part);
    const [item, label, box, number] = [element("li"), element("label"), element("input"), element("span", "", "number")];
    box.type = "checkbox";
    box.addEventListener("change", () => {
      filter.choose(part, box.checked);
      change();
    });
    label.append(box, element("bdi", filter.labelOf(part)), number);
    label.title = filter.labelOf(part);
    item.append(label);
    items.set(part, { item, box, number });
    return items.get(part);
  };
  const whole = map.filters.whole(filter);
  // The largest first; codes and years as numbers go.
  const isNumeric = filter.values.every((value) => /^-?\d+$/.test(filter.column.labelOf(value)));
  const first = (a, b) => (isNumeric ? filter.labelOf(a) - filter.labelOf(b) : whole[b] - whole[a]);
  const order = [...whole.keys()].filter((part) => whole[part] > 0).sort((a, b) => (a === filter.size) - (b === filter.size) || first(a, b));
  const offer = () => {
    const words = wordsOf(search.value);
    const fitting = order.filter((part) => words.every((each) => folded(filter.labelOf(part)).includes(each)));
    const shown = fitting.filter((part, i) => i < LISTED || filter.chosen.has(part));
    list.replaceChildren(...shown.map((part) => itemOf(part).item));
    more.textContent = fitting.length > shown.length ? `${count(fitting.length - shown.length)} more; search for them` : fitting.length ? "" : "None is called so.";
    update();
  };
  const update = () => {
    const counts = map.filters.crossed(filter);
    for (const [part, { box, number }] of items) {
      box.checked = filter.chosen.has(part);
      number.textContent = count(counts[part]);
    }
  };
  search.addEventListener("input", offer);
  if (order.length > SEARCHABLE) node.append(search);
  node.append(list, more);
  offer();
  return { update, reset: update };
}

function rangeField(map, filter, node, change) {
  const { column, ends, way } = filter;
  const [low, high] = way;
  const isDate = Boolean(column.isDate);
  const byDay = isDate && high - low > 5 * 86400;
  const type = isDate ? (byDay ? "date" : "datetime-local") : "number";
  const [from, to] = [input(type, "from", filter), input(type, "to", filter)];
  const write = (seconds) => new Date(seconds * 1000).toISOString().slice(0, byDay ? 10 : 16);
  const read = (box, end) => {
    if (box.value === "") return null;
    if (!isDate) return Number(box.value);
    const seconds = Date.parse(byDay ? `${box.value}T00:00Z` : `${box.value}Z`) / 1000;
    return end && byDay ? seconds + 86399.999 : seconds; // the last day is let through
  };
  const fill = () => {
    from.value = filter.low === null ? "" : isDate ? write(filter.low) : filter.low;
    to.value = filter.high === null ? "" : isDate ? write(filter.high) : filter.high;
  };
  const typed = () => {
    filter.between(read(from, false), read(to, true));
    change();
  };
  const histogram = new Histogram(filter.size, (shares) => {
    if (shares === null) filter.reset();
    else filter.between(...shares.map((share, i) => rounded(low + share * (high - low), i === 1)));
    fill();
    change();
  });
  // To what can be written in the boxes; ends that let all through stay as they are.
  function rounded(value, up) {
    if (up ? value >= high : value <= low) return up ? ends[1] : ends[0];
    if (byDay) return (up ? Math.ceil(value / 86400) * 86400 - 0.001 : Math.floor(value / 86400) * 86400);
    if (isDate) return Math.floor(value / 60) * 60;
    if (filter.isWhole) return up ? Math.floor(value) : Math.ceil(value);
    return Number(value.toPrecision(4));
  }
  if (type === "number") for (const box of [from, to]) box.step = "any";
  from.placeholder = column.write(ends[0]);
  to.placeholder = column.write(ends[1]);
  for (const box of [from, to]) box.addEventListener(isDate ? "change" : "input", typed);
  const ways = element("div", undefined, "ends");
  ways.append(from, element("span", "to"), to);
  const note = element("p", undefined, "note");
  node.append(histogram.svg, ways, note);
  const all = map.filters.whole(filter);
  const beyond = low > ends[0] || high < ends[1] ? `The outer bars have what lies below ${column.write(filter.isWhole ? Math.ceil(low) : low)} and above ${column.write(filter.isWhole ? Math.floor(high) : high)} too.` : "";
  const update = () => {
    const share = (value, end) => (value === null ? end : Math.min(1, Math.max(0, (value - low) / (high - low))));
    histogram.show(all, map.filters.crossed(filter), [share(filter.low, 0), share(filter.high, 1)]);
    const missing = all[filter.size];
    const none = missing ? `${count(missing)} have none${filter.active ? " and are held back" : ""}.` : "";
    note.textContent = [beyond, none].filter(Boolean).join(" ");
  };
  fill();
  update();
  return { update, reset: () => (fill(), update()) };
}

function textField(map, filter, node, change) {
  const box = input("search", "contains", filter);
  box.placeholder = "contains …";
  box.value = filter.text;
  box.addEventListener("input", () => {
    filter.text = box.value;
    change();
  });
  node.append(box);
  return { reset: () => (box.value = filter.text) };
}
