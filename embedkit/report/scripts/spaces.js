// The spaces of the page: words with ranks, counts, neighbours in the full space, and unit vectors.

function unpacked(text, kind) {
  if (Uint8Array.fromBase64) return new kind(Uint8Array.fromBase64(text).buffer);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return new kind(bytes.buffer);
}

class Space {
  constructor(block, number) {
    Object.assign(this, block);
    this.number = number;
    this.ranks = block.ranks === null ? Int32Array.from({ length: block.words.length }, (_, i) => i + 1) : unpacked(block.ranks, Int32Array);
    this.counts = block.counts === null ? null : unpacked(block.counts, Float64Array);
    this.neighbors = unpacked(block.neighbors, Int32Array);
    this.cosines = unpacked(block.cosines, Float32Array);
    this.place = new Map(this.words.map((text, i) => [text, i]));
  }

  // [word, cosine] of the nearest in the full space; empty where they were not kept.
  nearest(i) {
    const found = [];
    const end = Math.min((i + 1) * this.perWord, this.neighbors.length);
    for (let at = i * this.perWord; at < end; at++) found.push([this.words[this.neighbors[at]], this.cosines[at]]);
    return found;
  }

  // Unit vectors of the words that may answer, as one Float32Array, made when they are first needed.
  get unit() {
    if (this.rows === undefined) {
      const levels = unpacked(json(`vectors-${this.number}`), Int16Array);
      this.rows = new Float32Array(levels.length);
      const d = this.dimensions;
      for (let start = 0; start < levels.length; start += d) {
        let squares = 0;
        for (let j = start; j < start + d; j++) squares += levels[j] * levels[j];
        const length = Math.sqrt(squares) || 1;
        for (let j = start; j < start + d; j++) this.rows[j] = levels[j] / length;
      }
    }
    return this.rows;
  }

  get answeringWords() {
    return this.words.slice(0, this.answering);
  }
}

// Spellings near a word: the same in other cases first, then by edit distance, then by frequency.
function nearSpellings(text, words, most = 3) {
  const lower = text.toLowerCase();
  const near = [];
  words.forEach((candidate, rank) => {
    if (Math.abs(candidate.length - text.length) > 2) return;
    const distance = candidate.toLowerCase() === lower ? 0 : editDistance(lower, candidate.toLowerCase(), 2);
    if (distance <= 2 && distance < Math.max(text.length, 2)) near.push([distance, rank, candidate]);
  });
  near.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  return near.slice(0, most).map(([, , candidate]) => candidate);
}

function editDistance(a, b, limit) {
  let before = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      row.push(Math.min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    if (Math.min(...row) > limit) return limit + 1;
    before = row;
  }
  return before[b.length];
}

function oneOf(words) {
  return words.length < 2 ? words.join("") : words.slice(0, -1).join(", ") + " or " + words[words.length - 1];
}

function allOf(texts) {
  return texts.length < 2 ? texts.join("") : texts.slice(0, -1).join(", ") + " and " + texts[texts.length - 1];
}

function plural(noun) {
  if (/(s|x|z|ch|sh)$/.test(noun)) return `${noun}es`;
  return /[^aeiou]y$/.test(noun) ? `${noun.slice(0, -1)}ies` : `${noun}s`;
}

// "1 word", "2,000 words".
function counted(number, noun) {
  return `${count(number)} ${number === 1 ? noun : plural(noun)}`;
}

// Whether points are words or parts of them, which a training text has in order of frequency; others may have counts too.
function areWords(noun) {
  return ["word", "subword", "character", "token", "term", "lemma", "phrase"].includes(noun);
}

function upperFirst(text) {
  const [first = "", ...rest] = text;
  return first.toUpperCase() + rest.join("");
}

function count(value) {
  return value.toLocaleString("en-US");
}
