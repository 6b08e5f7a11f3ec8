// Text into tokens and back, as embedkit.text has it: words, characters, or byte pairs.

const LINES = /\r\n|[\n\v\f\r\x1c-\x1e\x85\u2028\u2029]/;

// As Python's splitlines: what ends the last line begins no other.
function linesOf(text) {
  const lines = text.split(LINES);
  if (lines[lines.length - 1] === "") lines.pop();
  return lines;
}

class Vocabulary {
  constructor(block) {
    Object.assign(this, block); // level, tokens, lowercase, pretokenized, unk, lineEnd, rule, typedRule, merges, pieces
    this.ids = new Map(this.tokens.map((token, id) => [token, id]));
    if (this.level === "word") {
      this.words = new RegExp(this.rule, "gu");
      this.typedWords = new RegExp(this.typedRule, "gu");
    }
    if (this.level === "bpe") this.pairs = new BytePairs(this.ids, this.merges, this.pieces);
  }

  // Ids of a text as somebody types it, and the tokens as they stand in it.
  read(text) {
    if (this.level !== "word") return this.line(text);
    return linesOf(text).flatMap((line, number) => [
      ...(number > 0 ? [{ id: this.lineEnd, text: this.tokens[this.lineEnd] }] : []),
      ...this.known(this.split(line, true)),
    ]);
  }

  // The same of a line as it stands in a corpus.
  line(text) {
    if (this.level === "bpe") return this.pairs.encode(text).map((id) => ({ id, text: this.tokens[id] }));
    if (this.level === "char") return this.known(Array.from(this.lowercase ? text.toLowerCase() : text));
    return this.known(this.split(text, false));
  }

  known(texts) {
    return texts.map((text) => ({ id: this.ids.get(text) ?? this.unk, text, unknown: !this.ids.has(text) }));
  }

  // Of a corpus whose tokens stand between spaces what is typed is parted from its punctuation where it is not known.
  split(line, typed) {
    const cased = (text) => (this.lowercase ? text.toLowerCase() : text);
    if (!this.pretokenized) return cased(line).match(this.words) ?? [];
    const chunks = (typed ? line : cased(line)).split(/[\p{White_Space}\x1c-\x1f]+/u).filter((chunk) => chunk !== "");
    if (!typed) return chunks;
    const punctuated = (chunk) => cased(chunk).match(this.typedWords) ?? [];
    return chunks.flatMap((chunk) => (this.ids.has(chunk) ? [chunk] : punctuated(chunk)));
  }

  // A word that is known in another case; undefined where none is.
  otherCase(text) {
    const upper = text.toUpperCase();
    const others = [text.slice(0, 1).toUpperCase() + text.slice(1).toLowerCase(), text.toLowerCase(), upper];
    return others.find((other) => other !== text && this.ids.has(other));
  }

  // Ids as text; of a beginning of a text as far as it can be read.
  decode(ids) {
    const tokens = ids.map((id) => this.tokens[id]);
    if (this.level === "bpe") return this.pairs.decode(tokens);
    return this.level === "char" ? tokens.join("") : printWords(tokens);
  }

  // A token as a reader may see it.
  shown(id) {
    return this.level === "bpe" ? this.pairs.decode([this.tokens[id]]) : this.tokens[id];
  }
}

const WORD_END = "(?![\\p{L}\\p{N}\\p{M}_])";
const NO_SPACE_BEFORE = new RegExp(` ([.,;:!?%)\\]}’”]|'(?:s|t|re|ve|ll|d|m)${WORD_END}|n't${WORD_END})`, "gu");

// Words with the spacing of ordinary print, as embedkit.text.vocabulary.print_words.
function printWords(tokens) {
  const text = tokens.map((token) => (token === "<eos>" ? "\n" : token)).join(" ");
  const inner = text.replace(/ @([-.,])@(?: |$)/g, "$1");
  return inner.replace(NO_SPACE_BEFORE, "$1").replace(/([(\[{“‘$£€]) /g, "$1").replace(/ *\n */g, "\n");
}

// Byte-level byte pairs, as the tokenizers library applies them; GPT-2's expression cuts a text into pieces first.
class BytePairs {
  constructor(ids, merges, pieces) {
    this.ids = ids;
    this.ranks = new Map(merges.map((merge, rank) => [merge, rank]));
    this.pieces = new RegExp(pieces, "gu");
    this.cache = new Map();
    const printable = [...range(33, 126), ...range(161, 172), ...range(174, 255)];
    const others = range(0, 255).filter((byte) => !printable.includes(byte));
    this.characters = [];
    printable.forEach((byte) => (this.characters[byte] = String.fromCodePoint(byte)));
    others.forEach((byte, n) => (this.characters[byte] = String.fromCodePoint(256 + n)));
    this.bytes = new Map(this.characters.map((character, byte) => [character, byte]));
  }

  encode(text) {
    return (text.match(this.pieces) ?? []).flatMap((piece) => {
      if (!this.cache.has(piece)) this.cache.set(piece, this.merged(piece));
      return this.cache.get(piece);
    });
  }

  merged(piece) {
    const parts = Array.from(new TextEncoder().encode(piece), (byte) => this.characters[byte]);
    for (;;) {
      let best = Infinity;
      let at = -1;
      for (let i = 0; i + 1 < parts.length; i++) {
        const rank = this.ranks.get(`${parts[i]} ${parts[i + 1]}`) ?? Infinity;
        if (rank < best) [best, at] = [rank, i];
      }
      if (at < 0) return parts.map((part) => this.ids.get(part));
      parts.splice(at, 2, parts[at] + parts[at + 1]);
    }
  }

  decode(tokens) {
    const bytes = Array.from(tokens.join(""), (character) => this.bytes.get(character));
    return new TextDecoder().decode(Uint8Array.from(bytes));
  }
}

function range(first, last) {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
