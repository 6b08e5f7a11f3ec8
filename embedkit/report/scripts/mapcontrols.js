// What a reader sets the word map with: which map, its colours, what dragging does, and the search box.

function startMap(drawn) {
  const map = new WordMap(drawn, allSpaces());
  const { maps } = map;
  drawn.table = () => tableOfPoints(map, Array.from(map.words).reverse());
  const spaceOf = map.part("space");
  const methods = map.part("method");
  for (const key of new Set(maps.map((m) => m.space))) spaceOf.append(new Option(printable(map.spaces.get(key).name), key));
  spaceOf.closest("label").hidden = spaceOf.options.length < 2;
  for (const [method, title] of new Map(maps.map((m) => [m.method, m.title]))) {
    methods.append(pill(`${map.id}-method`, method, title, method === maps[0].method));
  }

  // Of a map in three dimensions a picture shows two axes: which, is chosen beside.
  const pairs = element("fieldset", undefined, "choice pairs");
  pairs.append(element("legend", "Axes"));
  const threes = new Set(maps.map((m) => m.pair).filter(Boolean));
  for (const pair of threes) pairs.append(pill(`${map.id}-pair`, pair, pair, pairs.children.length === 1));
  methods.after(pairs);

  function choose() {
    const there = maps.filter((m) => m.space === spaceOf.value);
    for (const input of methods.querySelectorAll("input")) {
      input.disabled = !there.some((m) => m.method === input.value);
      if (input.disabled && input.checked) methods.querySelector(`input[value="${there[0].method}"]`).checked = true;
    }
    const wanted = methods.querySelector("input:checked").value;
    const pair = pairs.querySelector("input:checked")?.value;
    const views = there.filter((m) => m.method === wanted);
    const chosen = views.find((m) => m.pair === pair) ?? views[0];
    pairs.hidden = chosen.pair === "";
    map.show(chosen);
    tellFidelity(map);
    nameAxes(map);
    paintLegend(map);
    const columns = tellColumns(map.space);
    map.part("columns").textContent = columns;
    map.part("columns").hidden = columns === "";
  }

  spaceOf.addEventListener("change", choose);
  methods.addEventListener("change", choose);
  pairs.addEventListener("change", choose);
  map.part("colour").addEventListener("change", () => {
    map.paint();
    paintLegend(map);
  });
  map.part("in").addEventListener("click", () => map.zoom(1 / 1.6));
  map.part("out").addEventListener("click", () => map.zoom(1.6));
  map.part("reset").addEventListener("click", () => map.whole());
  startTools(map);
  startRegions(map);
  startSearch(map);
  const restoreFilters = startFilters(map);
  startKeys(map);
  startPan(map);
  choose();
  restoreFilters();
  root.dataset.map ??= Math.round(performance.now());
  followTheme(() => {
    map.paint();
    paintLegend(map);
  });
  // Bokeh knows its size only after it was laid out, and again when the window changes.
  let width = 0;
  new ResizeObserver(() => {
    if (Math.abs(drawn.place.clientWidth - width) < 2) return;
    width = drawn.place.clientWidth;
    setTimeout(() => map.whole(), 60);
  }).observe(drawn.place);
  return map;
}

// One of several choices of which one is taken.
function pill(name, value, title, checked) {
  const choice = element("label");
  const input = element("input");
  Object.assign(input, { type: "radio", name, value, checked });
  choice.append(input, element("span", title));
  return choice;
}

// Colour a map along an axis that the reader asked for.
function colourAlong(map, space, { start, end, values }) {
  const name = `${start.join(", ")} → ${end.join(", ")}`;
  const known = new Float32Array(space.words.length).fill(NaN);
  known.set(values);
  turnTo(map, space);
  map.asked.set(space.key, new Quantity(name, known));
  map.offerColorings();
  map.part("colour").value = name;
  map.part("colour").dispatchEvent(new Event("change"));
}

// Show what is on the map along two axes that the reader asked for.
function layAlong(map, space, axes) {
  turnTo(map, space);
  const words = Int32Array.from(map.words).reverse().filter((place) => place < space.answering);
  const [x, y] = axes.map(({ values }) => Float32Array.from(words, (place) => values[place]));
  const view = {
    space: space.key, method: "asked", title: "your axes", pair: "", words, x, y, points: words.length, colorings: [], fidelity: [],
    axes: axes.map(({ start, end }) => [start.join(", "), end.join(", ")]),
    note: "Drawn by the page: each coordinate is a cosine with the way from one end of the axis to the other. How far this picture can be trusted is measured by `embedkit map --method axes`.",
  };
  const before = map.maps.findIndex((each) => each.method === view.method);
  map.maps.splice(before < 0 ? map.maps.length : before, before < 0 ? 0 : 1, view);
  const methods = map.part("method");
  if (before < 0) methods.append(pill(`${map.id}-method`, view.method, view.title, false));
  methods.querySelector(`input[value="${view.method}"]`).disabled = false;
  methods.querySelector(`input[value="${view.method}"]`).checked = true;
  methods.dispatchEvent(new Event("change"));
}

// Show a map of a space, if another is shown.
function turnTo(map, space) {
  if (map.space === space) return;
  map.part("space").value = space.key;
  map.part("space").dispatchEvent(new Event("change"));
}

function tellFidelity(map) {
  const facts = map.map.fidelity.flatMap(({ name, values, meaning }) => {
    const value = element("dd");
    const figures = element("span", undefined, "figures");
    for (const [value, of] of values) {
      const figure = element("span");
      figure.append(element("b", value), ...(of ? [element("small", of)] : []));
      figures.append(figure);
    }
    value.append(figures, element("small", meaning));
    return [element("dt", name), value];
  });
  map.part("fidelity").replaceChildren(...facts);
  map.part("note").textContent = printable(map.map.note);
}

// What the axes are, at the edges of the frame: from one word to another, or a component. Others have no meaning.
function nameAxes(map) {
  const frame = map.drawn.place.closest(".map-frame");
  for (const old of frame.querySelectorAll(".axis-name")) old.remove();
  map.map.axes.forEach((ends, i) => {
    if (!ends.length) return;
    const name = element("div", undefined, `axis-name ${i ? "up" : "across"}`);
    ends.forEach((end, j) => name.append(...(j ? [" → "] : []), word(end)));
    frame.append(name);
  });
}

function paintLegend(map) {
  const legend = map.part("legend");
  const items = map.coloring.legend(map);
  legend.classList.toggle("categories", items.some((item) => item.tagName === "BUTTON"));
  legend.replaceChildren(...items);
}

function startTools(map) {
  const tools = map.plot.toolbar.tools;
  const types = { pan: "PanTool", box_select: "BoxSelectTool", lasso_select: "LassoSelectTool" };
  const tool = (type) => tools.find((each) => each.type === type);
  const drags = map.part("drag");
  const use = () => {
    map.dragTool = drags.querySelector("input:checked").value;
    tool(types[map.dragTool]).active = true;
  };
  drags.addEventListener("change", use);
  use();
  tool("TapTool").active = true;
  // The wheel zooms once the pointer has moved over the map: a page that scrolls past under it goes on scrolling.
  const wheel = tool("WheelZoomTool");
  wheel.active = false;
  let scrolled = 0;
  addEventListener("scroll", () => {
    scrolled = performance.now();
    wheel.active = false;
  }, { passive: true });
  map.drawn.place.addEventListener("pointermove", (event) => {
    const moved = event.movementX !== 0 || event.movementY !== 0;
    if (moved && !wheel.active && performance.now() - scrolled > 150) wheel.active = true;
  });
}
