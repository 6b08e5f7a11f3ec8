// The calculator: neighbours, analogies and axes over the unit vectors in the page. Analogies are 3CosAdd, as
// embedkit.analysis.analogies.solve does it, axes are those of embedkit.analysis.maps.axes.

// "king - man + woman" or "man king woman" → the words added and the words taken away; null if it is neither.
function parseExpression(text) {
  let tokens = text.split(/\s+/).filter((token) => token !== "");
  const sign = (token) => token === "+" || token === "-" || token === "−";
  if (tokens.length === 3 && !tokens.some(sign)) {
    const [a, b, c] = tokens;
    return { positive: [b, c], negative: [a] };
  }
  if (tokens.length && !sign(tokens[0])) tokens = ["+", ...tokens];
  const signs = tokens.filter((_, i) => i % 2 === 0);
  const words = tokens.filter((_, i) => i % 2 === 1);
  if (signs.length !== words.length || words.length < 2 || !signs.every(sign) || words.some(sign)) return null;
  const those = (wanted) => words.filter((_, i) => (signs[i] === "+") === wanted);
  return { positive: those(true), negative: those(false) };
}

// "man:woman" or "king,man→queen,woman", one axis or several → [{start, end}]; null if it is none.
function parseAxes(text) {
  const axes = text.split(/\s+/).filter((token) => token !== "").map((token) => {
    const ends = token.replace("->", "→").split(/→|:/).map((end) => end.split(",").filter((each) => each !== ""));
    return ends.length === 2 && ends.every((end) => end.length) ? { start: ends[0], end: ends[1] } : null;
  });
  return axes.length && !axes.includes(null) ? axes : null;
}

// The cosine of every word that may answer with a vector; null where that is nothing.
function cosinesWith({ unit, answering: n, dimensions: d }, query) {
  const length = Math.hypot(...query);
  if (length < 1e-4) return null;
  const cosines = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0; j < d; j++) sum += unit[i * d + j] * query[j];
    cosines[i] = sum / length;
  }
  return cosines;
}

function addTo(query, { unit, dimensions: d }, row, weight) {
  for (let j = 0; j < d; j++) query[j] += weight * unit[row * d + j];
}

// Rows by falling value; equal values stand by frequency: sort is stable.
function ordered(values) {
  return Array.from(values.keys()).sort((a, b) => values[b] - values[a]);
}

// Rows of the best cosines with the sum of `added` less `taken`: {answers, honest} of [row, cosine]; null if nothing is left.
function solve(space, added, taken, k = 10) {
  const query = new Float64Array(space.dimensions);
  for (const row of added) addTo(query, space, row, 1);
  for (const row of taken) addTo(query, space, row, -1);
  const cosines = cosinesWith(space, query);
  if (cosines === null) return null;
  const typed = new Set([...added, ...taken]);
  const order = ordered(cosines);
  const ranked = (rows) => rows.slice(0, k).map((row) => [row, cosines[row]]);
  return { answers: ranked(order.filter((row) => !typed.has(row))), honest: ranked(order) };
}

// Where every word that may answer stands on the way from the mean of some words to that of others.
function along(space, start, end) {
  const query = new Float64Array(space.dimensions);
  for (const row of end) addTo(query, space, row, 1 / end.length);
  for (const row of start) addTo(query, space, row, -1 / start.length);
  return cosinesWith(space, query);
}

function startAnalogies(spaces) {
  const block = json("analogies");
  if (block === null) return;
  const form = document.getElementById("ask-form");
  const input = document.getElementById("ask-text");
  const select = document.getElementById("ask-space");
  for (const key of block.spaces) select.append(new Option(printable(spaces.get(key).name), key));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    answer();
  });
  select.addEventListener("change", answer);

  const part = (name) => document.getElementById(`ask-${name}`);
  let result = {};
  part("show").addEventListener("click", () => showAxes(spaces.get(select.value), result.axes));

  function answer() {
    // The vectors stand at the very end of the page.
    if (document.readyState === "loading") return addEventListener("DOMContentLoaded", answer, { once: true });
    const space = spaces.get(select.value);
    result = ask(space, input.value);
    part("status").textContent = result.note;
    part("answers").hidden = !result.lists;
    part("show").hidden = !result.axes || !mapsOfPage.some((map) => map.maps.some((each) => each.space === space.key));
    part("show").textContent = result.axes?.length === 2 ? "Show them as a map" : "Colour the map by it";
    part("answers").replaceChildren(...(result.lists ?? []).map(([title, answers]) => listed(title, space, answers, result.query)));
  }

  if (block.example) {
    input.value = block.example;
    // The vectors are megabytes; the page can be read before they are.
    (window.requestIdleCallback ?? setTimeout)(() => input.value === block.example && answer());
  } else {
    document.getElementById("ask-status").textContent = among(spaces.get(select.value));
  }
}

function among(space) {
  const all = space.answering === space.total;
  return `${count(space.answering)} words may answer: ${all ? "all" : "the first of " + count(space.total)} in the ${space.name}.`;
}

// What a text asks for: {note} and, where it could be read, {lists: [title, [[row, cosine]]], query, axes}.
function ask(space, text) {
  if (text.trim() === "") return { note: "Type a word or more. " + among(space) };
  const known = (word) => space.place.get(word) < space.answering;
  const one = text.trim();
  const axes = one.split(/\s+/).some(known) ? null : parseAxes(one);
  const read = known(one) ? { positive: [one], negative: [] } : axes ? null : parseExpression(one);
  if (read === null && axes === null) {
    if (/^\S+$/.test(one)) return { note: lacking(space, one) };
    return { note: "Write “king - man + woman” with spaces around the signs, “man king woman”, a word, or an axis such as “man:woman”." };
  }
  const words = read ? [...read.positive, ...read.negative] : axes.flatMap(({ start, end }) => [...start, ...end]);
  const unknown = words.filter((each) => !known(each));
  if (unknown.length) return { note: [...new Set(unknown)].map((each) => lacking(space, each)).join(" ") };
  const rows = (those) => those.map((each) => space.place.get(each));
  return axes === null ? askSum(space, rows(read.positive), rows(read.negative)) : askAxes(space, axes, rows);
}

function askSum(space, added, taken) {
  const solved = solve(space, added, taken);
  if (solved === null) return { note: "The words cancel out and nothing is left; use others." };
  const query = new Set([...added, ...taken]);
  const alone = query.size === 1 && taken.length === 0;
  const lists = alone ? [["Nearest", solved.answers]] : [["Without the words of the question", solved.answers], ["Honest: nothing excluded", solved.honest]];
  return { note: among(space), lists, query };
}

function askAxes(space, axes, rows) {
  const measured = axes.map(({ start, end }) => ({ start, end, values: along(space, rows(start), rows(end)) }));
  if (measured.some(({ values }) => values === null)) return { note: "Both ends of an axis are the same; use others." };
  if (measured.length > 2) return { note: "A map has two axes; write one or two." };
  const lists = measured.flatMap(({ start, end, values }) => {
    const order = ordered(values);
    const ends = [[end, order.slice(0, 10)], [start, order.slice(-10).reverse()]];
    return ends.map(([words, found]) => [`Towards ${words.map(visible).join(", ")}`, found.map((row) => [row, values[row]])]);
  });
  const note = `${among(space)} Each stands with its cosine with the way from one end to the other.`;
  return { note, lists, query: new Set(axes.flatMap(({ start, end }) => rows([...start, ...end]))), axes: measured };
}

// One axis colours the maps of its space; two become a map of their own.
function showAxes(space, axes) {
  for (const map of mapsOfPage.filter((each) => each.maps.some((view) => view.space === space.key))) {
    if (axes.length === 1) colourAlong(map, space, axes[0]);
    else layAlong(map, space, axes);
  }
  mapsOfPage.find((map) => map.space === space)?.root.scrollIntoView({ block: "start" });
}

function lacking(space, text) {
  const near = nearSpellings(text, space.answeringWords);
  const advice = near.length ? ` Did you mean ${oneOf(near.map(inSentence))}?` : "";
  return `${quoted(text)} is not among the ${count(space.answering)} words of the ${space.name}.${advice}`;
}

function listed(title, space, answers, query) {
  const items = answers.map(([row, cosine]) => {
    const item = element("li");
    item.append(word(space.words[row]), element("span", cosine.toFixed(3), "cosine"));
    if (query.has(row)) item.classList.add("asked");
    return item;
  });
  const [place, list] = [element("div"), element("ol")];
  list.append(...items);
  place.append(element("h3", title), list);
  return place;
}
