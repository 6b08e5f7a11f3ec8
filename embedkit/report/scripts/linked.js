// Two maps of the same words side by side: what is sought or pointed at in one shows in the other.

function startLinkedMaps() {
  for (const place of document.querySelectorAll(".linked")) {
    const pair = mapsOfPage.filter((map) => place.contains(map.part("search")));
    if (pair.length !== 2) continue;
    link(pair[0], pair[1]);
    link(pair[1], pair[0]);
    // The first colouring that a comparison adds says what the page is about; setting one sets both.
    const select = pair[0].part("colour");
    const [first] = pair[0].columns[pair[0].space.key] ?? [];
    if (first === undefined) continue;
    select.value = first.name;
    select.dispatchEvent(new Event("change"));
  }
}

// Let `other` follow `map`. Each only follows where there is something to change, so that they do not chase each other.
function link(map, other) {
  const twin = named(other.drawn, "twin");
  const rowOf = (text) => other.row.get(other.space.place.get(text));

  // Point at the place of a word on the other map; nothing where it has none.
  function point(text) {
    const row = text === undefined ? undefined : rowOf(text);
    const at = row === undefined ? { x: [], y: [], text: [] } : { x: [other.x[row]], y: [other.y[row]], text: [shortened(text)] };
    if (at.text[0] !== twin.data.text[0]) twin.data = at;
  }
  map.points.inspect.connect(([, { geometry }]) => {
    const row = nearestRow(map.drawn, map.points, map.points.inspected.indices, geometry);
    point(row === undefined ? undefined : map.space.words[map.words[map.drawnRows[row]]]);
  });
  map.drawn.place.addEventListener("pointerleave", () => point());
  other.shown.push(() => point());

  map.opened.push((place) => {
    const text = place === null ? undefined : map.space.words[place];
    const open = other.chosen === null ? undefined : other.space.words[other.chosen];
    if (text === open) return;
    if (text === undefined || rowOf(text) === undefined) other.close();
    else if (map.going) other.go(text);
    else other.open(other.space.place.get(text));
  });

  // Both by the same method: only so does one lie over the other.
  map.part("method").addEventListener("change", () => {
    const wanted = map.part("method").querySelector("input:checked").value;
    const same = other.part("method").querySelector(`input[value="${wanted}"]`);
    if (same.checked) return;
    same.checked = true;
    other.part("method").dispatchEvent(new Event("change"));
  });
  map.part("colour").addEventListener("change", () => {
    const wanted = map.part("colour");
    const select = other.part("colour");
    if (select.value === wanted.value || !other.kinds.some((kind) => kind.name === wanted.value)) return;
    select.value = wanted.value;
    select.dispatchEvent(new Event("change"));
  });
}
