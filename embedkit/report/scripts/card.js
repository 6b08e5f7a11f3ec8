// What is known of a point: beside it when it is pointed at, on its card when it is opened, and as a row of a table.

const ON_CARD = 160; // characters of a label beside its point and of a neighbour's
const IN_TABLE = 120; // characters of a cell

// A text that is cut where it is long; all of it is its title then.
function clipped(text, most, tag) {
  const node = word(shortened(text, most), tag);
  if (visible(text).length > most) node.title = printable(text);
  return node;
}

// What the map can be coloured by that says something of a point, without the space's own columns.
function saying(map) {
  const own = columnsOf(map.space);
  return map.kinds.filter((kind) => kind.say && !own.includes(kind));
}

// What stands with a point at once: the columns that somebody chose, else the first of the space and what was found.
function briefly(map) {
  const chosen = chosenColumns(map.space);
  return map.space.tooltip.length ? chosen : [...saying(map), ...chosen];
}

// What is known of a point but for its name and its neighbours, as a table has it: [name, value at a place, is a number].
// Of a space's own columns those that were chosen, or all.
function factsOf(map, all) {
  const { space } = map;
  const counts = [
    ...(areWords(map.noun) ? [["Rank", (place) => space.ranks[place], true]] : []),
    ["Count", (place) => space.counts?.[place], true],
  ];
  const value = (kind) => (place) => (kind.at ? kind.at(place) : kind.isNumber ? kind.values[place] : kind.say(place));
  const whole = columnsOf(space).filter((column) => !(column instanceof Texts && column.repeats(space)));
  const columns = all ? [...saying(map), ...whole] : briefly(map);
  return [...(space.counts === null ? [] : counts), ...columns.map((kind) => [kind.name, value(kind), Boolean(kind.isNumber), kind])];
}

// Points as a table: what they are called, exactly, where they are on the map, and all that is known of them.
function tableOfPoints(map, places) {
  const { space, noun } = map;
  const facts = factsOf(map, true);
  const own = columnsOf(space);
  const single = (value) => Number(value.toPrecision(7)); // as exact as 32 bits are
  const rows = places.map((place) => {
    const row = map.row.get(place);
    const near = space.nearest(place).map(([text, cosine]) => `${text} ${cosine.toFixed(4)}`).join(" | ");
    return [space.words[place], ...facts.map(([, at]) => at(place)), single(map.x[row]), single(map.y[row]), near];
  });
  const names = facts.map(([name, , , kind]) => (own.includes(kind) ? name : name.toLowerCase()));
  return { names: distinctNames([noun, ...names, "x", "y", "nearest"]), rows };
}

// Columns of which each is called otherwise: the second "x" is "x (2)".
function distinctNames(names) {
  const taken = new Set();
  for (const name of names) {
    let free = name;
    for (let times = 2; taken.has(free); times++) free = `${name} (${times})`;
    taken.add(free);
  }
  return [...taken];
}

function showTipOf(map, geometry) {
  const { points, drawn } = map;
  const inspected = points.inspected.indices.filter((index) => map.passes(map.drawnRows[index]));
  const row = nearestRow(drawn, points, inspected, geometry);
  if (row === undefined) return hideTip(points);
  const place = map.words[map.drawnRows[row]];
  const facts = briefly(map).map((kind) => `${visible(kind.name)}: ${shortened(kind.say(place), ON_CARD)}`);
  tipAt(points, viewOf(drawn, points).el, geometry, [clipped(map.space.words[place], ON_CARD, "strong"), factLine(map, place, facts), neighborsOf(map, place)]);
}

// Rank and count, and what else is known, in a line.
function factLine(map, place, facts) {
  const { space } = map;
  const times = (number) => (areWords(map.noun) ? `rank ${count(space.ranks[place])}, ${count(number)} times in the training text` : `count: ${count(number)}`);
  const frequency = space.counts === null ? [] : [times(space.counts[place])];
  return element("div", [...frequency, ...facts].join(" · "), "quiet");
}

// The nearest in the full space; what is on the map can be gone to.
function neighborsOf(map, place, onNeighbor) {
  const near = element("ol");
  for (const [text, cosine] of map.space.nearest(place)) {
    const item = element("li");
    const known = onNeighbor && map.row.has(map.space.place.get(text));
    const name = clipped(text, ON_CARD / 2, known ? "button" : undefined);
    if (known) {
      name.type = "button";
      name.addEventListener("click", () => onNeighbor(text));
    }
    item.append(name, element("span", cosine.toFixed(3), "cosine"));
    near.append(item);
  }
  return near;
}

function showCard(map, place) {
  const { space } = map;
  const card = map.part("card");
  const close = element("button", "×", "close");
  close.type = "button";
  close.setAttribute("aria-label", "Close");
  close.addEventListener("click", () => map.close());
  const facts = saying(map).map((kind) => `${visible(kind.name)}: ${kind.say(place)}`);
  const nearest = element("div", `nearest among all ${count(space.total)} ${space.name}`, "quiet");
  card.replaceChildren(close, word(space.words[place], "strong"), factLine(map, place, facts), ...columnList(space, place), neighborsOf(map, place, (text) => map.go(text)), nearest);
  card.hidden = false;
}

// A space's own columns of a point, those that were chosen first.
function columnList(space, place) {
  const first = chosenColumns(space);
  const columns = [...first, ...columnsOf(space).filter((column) => !first.includes(column))].filter((column) => !(column instanceof Texts && column.repeats(space)));
  if (!columns.length) return [];
  const list = element("dl", undefined, "facts");
  for (const column of columns) {
    const fact = element("div");
    const value = element("dd");
    value.append(element("bdi", column.say(place)));
    fact.append(element("dt", visible(column.name)), value);
    list.append(fact);
  }
  return [list];
}
