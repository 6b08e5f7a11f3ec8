// Search: words anywhere in a text, in any order, whatever their case and their accents.

const MOST_RINGS = 1000;
const LONGEST_SPELLING = 30; // characters of what may be misspelt

// Texts as they are compared, made once: without case, and without marks over letters that stand without them too.
const foldedByTexts = new WeakMap();
const FOLDED_AT_ONCE = 200;

function foldedSoFar(texts) {
  if (!foldedByTexts.has(texts)) foldedByTexts.set(texts, []);
  return foldedByTexts.get(texts);
}

function foldedOf(texts) {
  const done = foldedSoFar(texts);
  while (done.length < texts.length) done.push(folded(texts[done.length]));
  return done;
}

// Fold texts while nobody waits, since of many all of them at once would make a first search or filter wait.
function foldIdly(texts) {
  const done = foldedSoFar(texts);
  if (done.length === texts.length || !window.requestIdleCallback) return;
  requestIdleCallback((deadline) => {
    while (done.length < texts.length && deadline.timeRemaining() > 1) {
      for (let n = 0; n < FOLDED_AT_ONCE && done.length < texts.length; n++) done.push(folded(texts[done.length]));
    }
    foldIdly(texts);
  });
}

// Of a space its labels, and its own columns of texts.
function textsOf(space) {
  const columns = columnsOf(space).filter((column) => column instanceof Texts && !column.repeats(space));
  return [space.words, ...columns.map(({ texts }) => texts)];
}

function folded(text) {
  const lower = text.toLowerCase();
  return /^[\x00-\x7f]*$/.test(lower) ? lower : lower.normalize("NFD").replace(/[\u0300-\u036f]/g, "").normalize("NFC");
}

function wordsOf(query) {
  return [...new Set(folded(query).split(/\s+/).filter(Boolean))];
}

// Whether a word stands in a text with no letter or digit before it; both folded.
function beginsWord(text, each) {
  for (let at = text.indexOf(each); at >= 0; at = text.indexOf(each, at + 1)) {
    if (at === 0 || !/[\p{L}\p{N}\p{M}]/u.test(text[at - 1])) return true;
  }
  return false;
}

// The rows of a map whose texts have all words of a query: the very label first, then labels that start so, then where
// words start so, then anywhere, then those where only another text of the point has them; the first of the space first.
function matching(map, query) {
  const words = wordsOf(query);
  if (!words.length) return [];
  const { space } = map;
  const [exact, whole] = [query.trim(), folded(query.trim())];
  const [labels, ...others] = textsOf(space).map(foldedOf);
  const ranks = [[], [], [], [], [], []];
  for (let row = map.words.length - 1; row >= 0; row--) {
    const place = map.words[row];
    const label = labels[place];
    if (words.every((each) => label.includes(each))) {
      if (space.words[place] === exact) ranks[0].push(row);
      else if (label === whole) ranks[1].push(row);
      else if (label.startsWith(whole)) ranks[2].push(row);
      else ranks[words.every((each) => beginsWord(label, each)) ? 3 : 4].push(row);
    } else if (others.some((texts) => words.every((each) => label.includes(each) || texts[place].includes(each)))) {
      ranks[5].push(row);
    }
  }
  return ranks.flat();
}

function quotedWords(query) {
  return allOf(query.split(/\s+/).map(quoted));
}

function startSearch(map) {
  const input = map.part("search");
  const box = map.part("suggestions");
  const status = map.part("status");
  input.addEventListener("focus", () => textsOf(map.space).forEach(foldIdly));
  let rows = []; // that match what stands in the box, and are let through by the filters
  let behind = 0; // how many more are not
  let next = 0; // the row that Enter takes

  function look() {
    const query = input.value.trim();
    const all = matching(map, query);
    rows = all.filter((row) => map.passes(row));
    behind = all.length - rows.length;
    next = 0;
    map.ring(rows.slice(0, MOST_RINGS));
    status.textContent = query === "" ? "" : sentence(query);
  }

  function sentence(query) {
    const quoted = quotedWords(query);
    const held = behind ? ` The filters hold back ${rows.length ? `${count(behind)} more` : `all ${count(behind)} that do`}.` : "";
    if (rows.length === 0) return behind ? `No ${map.noun} that is shown contains ${quoted}.${held}` : nothing(query);
    const ringed = rows.length > MOST_RINGS ? ` The first ${count(MOST_RINGS)} are ringed.` : "";
    return `${counted(rows.length, map.noun)} ${rows.length === 1 ? "contains" : "contain"} ${quoted}.${ringed}${held}`;
  }

  function nothing(query) {
    const shown = query.length > LONGEST_SPELLING ? [] : Array.from(map.words, (place) => map.space.words[place]).reverse();
    const alike = nearSpellings(query, shown.filter((label) => label.length <= LONGEST_SPELLING + 2));
    const advice = alike.length ? ` Did you mean ${oneOf(alike.map(inSentence))}?` : "";
    if (query.includes(" ")) return `None of the ${counted(map.words.length, map.noun)} of this map contains ${quotedWords(query)}.${advice}`;
    return `${quoted(query)} is not among the ${counted(map.words.length, map.noun)} of this map.${advice}`;
  }

  function take(row) {
    box.hidden = true;
    next = (rows.indexOf(row) + 1) % rows.length;
    if (rows.length > 1) status.textContent = `${count(rows.indexOf(row) + 1)} of ${sentence(input.value.trim())} Enter takes the next.`;
    map.go(map.space.words[map.words[row]]);
  }

  function search() {
    box.hidden = true;
    if (input.value.trim() === "") return map.close();
    if (rows.length) take(rows[next]);
  }

  function suggest() {
    look();
    box.replaceChildren(...rows.slice(0, 8).map((row) => {
      const choice = word(map.space.words[map.words[row]], "button");
      choice.type = "button";
      choice.addEventListener("click", () => take(row));
      return choice;
    }));
    box.hidden = rows.length === 0;
  }

  input.addEventListener("input", suggest);
  input.addEventListener("search", () => input.value.trim() === "" && map.close());
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") search();
  });
  map.shown.push(look);
  map.filtered.push(look);
  moveAmong(box, input);
}

// By arrows from a box of text to what is suggested below it and back; Escape or a click elsewhere shuts it.
function moveAmong(box, input) {
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") box.hidden = true;
    if (event.key === "ArrowDown" && !box.hidden) {
      box.firstElementChild.focus();
      event.preventDefault();
    }
  });
  box.addEventListener("keydown", (event) => {
    const at = document.activeElement;
    const next = { ArrowDown: at.nextElementSibling, ArrowUp: at.previousElementSibling ?? input }[event.key];
    if (event.key === "Escape") {
      box.hidden = true;
      input.focus();
    } else if (next) {
      next.focus();
      event.preventDefault();
    }
  });
  document.addEventListener("click", (event) => {
    if (!box.contains(event.target) && event.target !== input) box.hidden = true;
  });
}
