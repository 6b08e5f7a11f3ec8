// An encoder-decoder of the page: a text into a code, a code into a text, and the beam search between, as
// embedkit.tasks.seq2seq and embedkit.decoding have them.

// Attention over the encoder's outputs, after the decoder's step.
class Attention {
  constructor(kind, weights) {
    const part = (name) => weights.get(`attention.${name}.weight`);
    Object.assign(this, { kind, combine: part("combine"), keys: part("keys"), queries: part("queries"), value: part("value") });
    this.bias = weights.get("attention.queries.bias") ?? null;
  }

  keysOf(memory) {
    return memory.map((outputs) => product(this.keys, outputs));
  }

  // Weights over the source, which sum to one, and the vector that comes of them.
  attend(hidden, { memory, keys }) {
    const weights = this.scores(hidden, keys);
    logSoftmax(weights, 0, weights.length);
    const context = new Float64Array(memory[0].length);
    memory.forEach((outputs, place) => {
      weights[place] = Math.exp(weights[place]);
      outputs.forEach((value, i) => (context[i] += weights[place] * value));
    });
    return { weights, vector: product(this.combine, joined(context, hidden)).map(Math.tanh) };
  }

  scores(hidden, keys) {
    const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
    if (this.kind === "dot") return Float64Array.from(keys, (key) => dot(key, hidden));
    const query = product(this.queries, hidden, this.bias);
    const value = rowOf(this.value, 0);
    return Float64Array.from(keys, (key) => dot(key.map((each, i) => Math.tanh(each + query[i])), value));
  }
}

class EncoderDecoderNetwork {
  constructor({ cell, edges, feed, attention, source, target, longest, reading, writing, joiner }, weights) {
    Object.assign(this, { feed, longest, reading, writing, joiner });
    this.source = new Vocabulary(source);
    this.target = target === null ? this.source : new Vocabulary(target);
    this.targets = weights.get("target_embedding.weight");
    this.sources = weights.get("source_embedding.weight") ?? this.targets;
    this.reader = new Core(cell, weights, "reader");
    this.backward = weights.has("backward_reader.layers.0.weight_hh_l0") ? new Core(cell, weights, "backward_reader") : null;
    this.writer = new Core(cell, weights, "writer");
    for (const name of ["to_code", "to_state"]) this[name] = { weight: weights.get(`${name}.weight`), bias: weights.get(`${name}.bias`) };
    this.attention = attention === "none" ? null : new Attention(attention, weights);
    this.softmax = new Softmax(weights, edges, weights.get("softmax.table") ?? this.targets);
    this.parts = cell === "lstm" ? ["hidden", "cell"] : ["hidden"];
    this.banned = this.target.unk;
  }

  // What reads first.
  get core() {
    return this.reader;
  }

  // Tokens of a line with its end behind: an empty one has a token too.
  read(text) {
    const end = { id: this.source.lineEnd, text: this.source.tokens[this.source.lineEnd] };
    const line = linesOf(text).join(this.joiner);
    const laid = { forward: line, reversed: backwards(line), doubled: `${line}\n${line}` }[this.reading];
    return [...this.source.line(laid), end];
  }

  // Ids → the code, what attention looks back at, and the signals of the forward reader.
  encode(ids) {
    const reading = (core, order) => {
      let state = core.initial();
      return order.map((id) => (state = core.step(rowOf(this.sources, id), state)));
    };
    const steps = reading(this.reader, ids);
    const backwards = this.backward === null ? null : reading(this.backward, ids.toReversed());
    const last = ids.length - 1;
    const ends = joined(top(steps[last]), backwards === null ? [] : top(backwards[last]));
    const code = product(this.to_code.weight, ends, this.to_code.bias);
    if (this.attention === null) return { code, steps };
    const memory = steps.map((step, i) => joined(top(step), backwards === null ? [] : top(backwards[last - i])));
    return { code, steps, memory, keys: this.attention.keysOf(memory) };
  }

  start(code) {
    const state = this.writer.initial();
    if (this.feed === "every-step") return state;
    const values = product(this.to_state.weight, code, this.to_state.bias).map(Math.tanh);
    let at = 0;
    for (const layer of state) {
      for (const part of this.parts) {
        layer[part] = values.slice(at, at + layer.hidden.length);
        at += layer.hidden.length;
      }
    }
    return state;
  }

  // One token later: the state, (V) log-probabilities of the next token, and the attention.
  write(encoded, id, before) {
    const row = rowOf(this.targets, id);
    const state = this.writer.step(this.feed === "start" ? row : joined(row, encoded.code), before);
    const { vector, weights } = this.attention === null ? { vector: top(state) } : this.attention.attend(top(state), encoded);
    const scores = this.softmax.logProbabilities(vector);
    if (this.banned !== null) scores[this.banned] = -Infinity;
    return { state, scores, weights };
  }

  // The likeliest text of a code, greedily: its ids.
  unroll(encoded, longest = 100) {
    const ids = [];
    let state = this.start(encoded.code);
    let id = this.target.lineEnd;
    while (ids.length < longest) {
      const step = this.write(encoded, id, state);
      [id] = likeliest(step.scores, 1);
      if (id === this.target.lineEnd) break;
      ids.push(id);
      state = step.state;
    }
    return ids;
  }

  // The likeliest texts of a source of so many tokens.
  search(encoded, tokens, beams = 5) {
    const [most, each] = this.longest;
    return beamSearch(this, encoded, { beams, longest: most + each * tokens });
  }

  text(ids) {
    const text = this.target.decode(ids);
    return this.writing === "reversed" ? backwards(text) : text;
  }
}

function backwards(text) {
  return Array.from(text).reverse().join("");
}

NETWORKS["encoder-decoder"] = EncoderDecoderNetwork;

// Beam search: at every step each beginning is continued by every token and the best 2 · beams are looked at; those that
// end are hypotheses, the best others go on.
function beamSearch(network, encoded, { beams, longest, penalty = 1 }) {
  const end = network.target.lineEnd;
  const [hypotheses, nodes] = [[], []];
  let live = [{ id: end, total: 0, ids: [], state: network.start(encoded.code), node: null, weights: [] }];
  for (let step = 0; step < longest && live.length && hypotheses.length < beams; step++) {
    const options = live.flatMap((beam) => {
      const { state, scores, weights } = network.write(encoded, beam.id, beam.state);
      return likeliest(scores, 2 * beams).map((id) => ({ id, total: beam.total + scores[id], beam, state, weights }));
    });
    options.sort((a, b) => b.total - a.total);
    const next = [];
    options.slice(0, 2 * beams).forEach((option, rank) => {
      const ended = option.id === end;
      const kept = ended ? rank < beams : next.length < beams;
      const { id, total, beam, state } = option;
      nodes.push({ parent: beam.node, id, total, step, kept, final: ended && kept });
      if (!kept) return;
      const ids = ended ? beam.ids : [...beam.ids, id];
      const weights = [...beam.weights, option.weights];
      const node = nodes.length - 1;
      const score = total / ((5 + step + 1) / 6) ** penalty;
      if (ended || step + 1 === longest) hypotheses.push({ ids, total, score, ended, node, weights });
      if (!ended) next.push({ id, total, ids, state, node, weights });
    });
    live = next;
  }
  hypotheses.sort((a, b) => b.score - a.score);
  return { hypotheses: hypotheses.slice(0, beams), nodes };
}
