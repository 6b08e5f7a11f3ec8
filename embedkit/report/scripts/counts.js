// How the categories of what is selected stand beside those of all.

const CATEGORIES_SHOWN = 12;

function tellShares(place, map) {
  const columns = map.kinds.filter((kind) => kind.isCategory);
  place.hidden = map.lit.length === 0 || columns.length === 0;
  if (place.hidden) return;
  const select = place.querySelector("select");
  const wanted = columns.find(({ name }) => name === select.value) ?? columns.find((column) => column === map.coloring) ?? columns[0];
  select.replaceChildren(...columns.map(({ name }) => new Option(visible(name), name, false, name === wanted.name)));
  select.onchange = () => tellShares(place, map);
  const table = place.querySelector("tbody");
  const { rows, others } = sharesOf(wanted, map);
  const most = Math.max(...rows.map(({ selected, whole }) => Math.max(selected / map.lit.length, whole / map.words.length)));
  table.replaceChildren(...rows.map((row) => shareRow(row, map, most)));
  place.querySelector(".note").textContent = others ? `${counted(others, "category")} more of which fewer are selected.` : "";
}

// The categories of which most are selected, the largest first: how many are, and how many the map has.
function sharesOf(column, map) {
  const count = (rows, placeOf) => {
    const counts = new Map();
    for (const row of rows) counts.set(column.values[placeOf(row)], (counts.get(column.values[placeOf(row)]) ?? 0) + 1);
    return counts;
  };
  const selected = count(map.lit, (row) => map.words[row]);
  const whole = count(map.words, (place) => place);
  const order = [...whole.keys()].sort((a, b) => (selected.get(b) ?? 0) - (selected.get(a) ?? 0) || whole.get(b) - whole.get(a));
  const rows = order.slice(0, CATEGORIES_SHOWN).map((value) => ({ text: column.labelOf(value), dot: column.colourOf(value, stops("--categories")), selected: selected.get(value) ?? 0, whole: whole.get(value) }));
  return { rows, others: order.length - rows.length };
}

function shareRow({ text, dot, selected, whole }, map, most) {
  const row = element("tr");
  const name = element("th", undefined, "category");
  name.scope = "row";
  name.append(dotted(text, dot));
  const [here, all] = [selected / map.lit.length, whole / map.words.length];
  row.append(name, element("td", count(selected), "number"), shareCell(here, most, "selected"), shareCell(all, most, "whole"));
  return row;
}

function shareCell(share, most, className) {
  const cell = element("td", undefined, `share ${className}`);
  const bar = element("span", "", "length");
  bar.style.width = `${(60 * share) / (most || 1)}px`;
  cell.append(element("span", `${(100 * share).toFixed(1)} %`, "percent"), bar);
  return cell;
}
