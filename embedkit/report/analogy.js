// The analogy box: 3CosAdd over the unit vectors in the page, as embedkit.analysis.analogies.solve does it.

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

// Rows of the best cosines with the sum of `added` less `taken`: {answers, honest} of [row, cosine]; null if nothing is left.
function solve(space, added, taken, k = 10) {
  const { unit, answering: n, dimensions: d } = space;
  const query = new Float64Array(d);
  for (const row of added) for (let j = 0; j < d; j++) query[j] += unit[row * d + j];
  for (const row of taken) for (let j = 0; j < d; j++) query[j] -= unit[row * d + j];
  const length = Math.hypot(...query);
  if (length < 1e-4) return null;
  const cosines = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0; j < d; j++) sum += unit[i * d + j] * query[j];
    cosines[i] = sum / length;
  }
  const asked = new Set([...added, ...taken]);
  // Equal cosines stand by frequency: sort is stable.
  const order = Array.from(cosines.keys()).sort((a, b) => cosines[b] - cosines[a]);
  const ranked = (rows) => rows.slice(0, k).map((row) => [row, cosines[row]]);
  return { answers: ranked(order.filter((row) => !asked.has(row))), honest: ranked(order) };
}

function startAnalogies(spaces) {
  const block = json("analogies");
  if (block === null) return;
  const form = document.getElementById("ask-form");
  const input = document.getElementById("ask-text");
  const select = document.getElementById("ask-space");
  for (const key of block.spaces) select.append(new Option(spaces.get(key).name, key));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    answer();
  });
  select.addEventListener("change", answer);

  function answer() {
    const space = spaces.get(select.value);
    const found = ask(space, input.value);
    document.getElementById("ask-said").textContent = found.said;
    document.getElementById("ask-answers").hidden = !found.answers;
    list("ask-ranked", space, found.answers ?? [], found.asked);
    list("ask-honest", space, found.honest ?? [], found.asked);
  }

  if (block.example) {
    input.value = block.example;
    answer();
  } else {
    document.getElementById("ask-said").textContent = among(spaces.get(select.value));
  }
}

function among(space) {
  const all = space.answering === space.total;
  return `${count(space.answering)} words may answer: ${all ? "all" : "the most frequent of " + count(space.total)} in the ${space.name}.`;
}

function ask(space, text) {
  if (text.trim() === "") return { said: "Type two words or more. " + among(space) };
  const read = parseExpression(text);
  if (read === null) {
    return { said: "Write “king - man + woman” with spaces around the signs, or “man king woman”." };
  }
  const unknown = [...read.positive, ...read.negative].filter((w) => !(space.place.get(w) < space.answering));
  if (unknown.length) return { said: [...new Set(unknown)].map((w) => lacking(space, w)).join(" ") };
  const rows = (words) => words.map((w) => space.place.get(w));
  const found = solve(space, rows(read.positive), rows(read.negative));
  if (found === null) return { said: "The words cancel out and nothing is left; use others." };
  return { ...found, said: among(space), asked: new Set(rows([...read.positive, ...read.negative])) };
}

function lacking(space, text) {
  const near = nearSpellings(text, space.answeringWords);
  const advice = near.length ? ` Did you mean ${oneOf(near)}?` : "";
  return `“${visible(text)}” is not among the ${count(space.answering)} words of the ${space.name}.${advice}`;
}

function list(identity, space, answers, asked) {
  const items = answers.map(([row, cosine]) => {
    const item = element("li");
    item.append(word(space.words[row]), element("span", cosine.toFixed(3), "cosine"));
    if (asked.has(row)) item.classList.add("asked");
    return item;
  });
  document.getElementById(identity).replaceChildren(...items);
}
