// The network of the page: its weights, recurrent cells and softmax, as embedkit.models has them. Numbers are summed in
// double precision; weights are 16-bit levels with a scale a row.

// Eight rows of a matrix lie side by side, number by number, so that a product reads it once from beginning to end: some
// twice as fast as row after row. The last eight are filled up with zeros.
const BAND = 8;

// A matrix (rows, columns) of the page's data as Float32Array in bands; a vector is kept in single precision as it is.
function matrixOf({ shape, scales, levels, values }) {
  if (values !== undefined) return { rows: 1, columns: shape[0], values: unpacked(values, Float32Array) };
  const [rows, columns] = shape;
  const whole = unpacked(levels, Int16Array);
  const scale = unpacked(scales, Float32Array);
  const numbers = new Float32Array(Math.ceil(rows / BAND) * BAND * columns);
  for (let row = 0, from = 0; row < rows; row++) {
    for (let j = 0, to = placeOf(row, columns); j < columns; j++, to += BAND) numbers[to] = whole[from++] * scale[row];
  }
  return { rows, columns, values: numbers };
}

// Where a row of a matrix begins; its next number is BAND places on.
function placeOf(row, columns) {
  return (row - (row % BAND)) * columns + (row % BAND);
}

// matrix · x + bias.
function product({ rows, columns, values }, x, bias = null) {
  const out = new Float64Array(Math.ceil(rows / BAND) * BAND);
  for (let row = 0, at = 0; row < rows; row += BAND) {
    let [a, b, c, d, e, f, g, h] = [0, 0, 0, 0, 0, 0, 0, 0];
    for (let j = 0; j < columns; j++, at += BAND) {
      const y = x[j];
      a += values[at] * y;
      b += values[at + 1] * y;
      c += values[at + 2] * y;
      d += values[at + 3] * y;
      e += values[at + 4] * y;
      f += values[at + 5] * y;
      g += values[at + 6] * y;
      h += values[at + 7] * y;
    }
    out[row] = a;
    out[row + 1] = b;
    out[row + 2] = c;
    out[row + 3] = d;
    out[row + 4] = e;
    out[row + 5] = f;
    out[row + 6] = g;
    out[row + 7] = h;
  }
  if (bias !== null) for (let row = 0; row < rows; row++) out[row] += bias.values[row];
  return out.subarray(0, rows);
}

// In double precision, as all that is multiplied: a loop over arrays of one type is twice as fast.
function rowOf({ columns, values }, row) {
  const numbers = new Float64Array(columns);
  for (let j = 0, at = placeOf(row, columns); j < columns; j++, at += BAND) numbers[j] = values[at];
  return numbers;
}

function joined(...parts) {
  const whole = new Float64Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const logistic = (x) => 1 / (1 + Math.exp(-x));

// By cell, one step: what comes from the input, (G·H), what comes back from the hidden state, (G·H), and the state
// before → signals, (H) each, as embedkit.analysis.cells.gates has them.
const STEPS = {
  lstm(driven, back, before) {
    const size = before.hidden.length;
    const [hidden, cell, input, forget, output, candidate] = Array.from({ length: 6 }, () => new Float64Array(size));
    for (let k = 0; k < size; k++) {
      input[k] = logistic(driven[k] + back[k]);
      forget[k] = logistic(driven[k + size] + back[k + size]);
      candidate[k] = Math.tanh(driven[k + 2 * size] + back[k + 2 * size]);
      output[k] = logistic(driven[k + 3 * size] + back[k + 3 * size]);
      cell[k] = forget[k] * before.cell[k] + input[k] * candidate[k];
      hidden[k] = output[k] * Math.tanh(cell[k]);
    }
    return { hidden, cell, input, forget, output, candidate };
  },
  gru(driven, back, before) {
    const size = before.hidden.length;
    const [hidden, reset, update, candidate] = Array.from({ length: 4 }, () => new Float64Array(size));
    for (let k = 0; k < size; k++) {
      reset[k] = logistic(driven[k] + back[k]);
      update[k] = logistic(driven[k + size] + back[k + size]);
      candidate[k] = Math.tanh(driven[k + 2 * size] + reset[k] * back[k + 2 * size]);
      hidden[k] = (1 - update[k]) * candidate[k] + update[k] * before.hidden[k];
    }
    return { hidden, reset, update, candidate };
  },
  "rnn-tanh": (driven, back) => ({ hidden: driven.map((value, k) => Math.tanh(value + back[k])) }),
  "rnn-relu": (driven, back) => ({ hidden: driven.map((value, k) => Math.max(0, value + back[k])) }),
};

// Layers of one cell; the state is an argument and a result, the signals of every layer.
class Core {
  constructor(cell, weights, prefix) {
    this.cell = cell;
    this.layers = [];
    for (let n = 0; weights.has(`${prefix}.layers.${n}.weight_hh_l0`); n++) {
      const part = (name) => weights.get(`${prefix}.layers.${n}.${name}_l0`);
      this.layers.push({ input: part("weight_ih"), back: part("weight_hh"), biasInput: part("bias_ih"), biasBack: part("bias_hh") });
    }
  }

  initial() {
    return this.layers.map(({ back }) => ({ hidden: new Float64Array(back.columns), cell: new Float64Array(back.columns) }));
  }

  step(x, state) {
    let below = x;
    return this.layers.map((layer, n) => {
      const driven = product(layer.input, below, layer.biasInput);
      const back = product(layer.back, state[n].hidden, layer.biasBack);
      const signals = STEPS[this.cell](driven, back, state[n]);
      below = signals.hidden;
      return signals;
    });
  }
}

function lastLayer(state) {
  return state[state.length - 1];
}

function top(state) {
  return lastLayer(state).hidden;
}

// values[from … to) become log-probabilities, plus `more`.
function logSoftmax(values, from, to, more = 0) {
  let largest = -Infinity;
  for (let i = from; i < to; i++) largest = Math.max(largest, values[i]);
  let sum = 0;
  for (let i = from; i < to; i++) sum += Math.exp(values[i] - largest);
  const off = largest + Math.log(sum) - more;
  for (let i = from; i < to; i++) values[i] -= off;
}

// One softmax, or an adaptive one: `edges` are where its blocks of the vocabulary end. Where `rareBlock` is not 0, the
// last of them is in blocks of so many words once more.
class Softmax {
  constructor(weights, edges, table, rareBlock = 0) {
    Object.assign(this, { edges, table, rareBlock, bias: weights.get("softmax.bias") });
    this.project = weights.get("softmax.project.weight") ?? null;
    this.tails = weights.get("softmax.tails.weight") ?? null;
    this.tailsBias = weights.get("softmax.tails.bias") ?? null;
    this.rare = weights.get("softmax.rare.weight") ?? null;
    this.rareBias = weights.get("softmax.rare.bias") ?? null;
  }

  // (H) → (V) log-probabilities.
  logProbabilities(hidden) {
    const x = this.project === null ? hidden : product(this.project, hidden);
    const [first] = this.edges;
    const scores = product(this.table, x, this.bias);
    const blocks = this.edges.length - 1;
    const head = joined(scores.subarray(0, first), blocks ? product(this.tails, x, this.tailsBias) : []);
    logSoftmax(head, 0, head.length);
    scores.set(head.subarray(0, first));
    const whole = this.rareBlock ? blocks - 1 : blocks;
    for (let i = 0; i < whole; i++) logSoftmax(scores, this.edges[i], this.edges[i + 1], head[first + i]);
    if (this.rareBlock) this.amongRare(scores, x, head[first + whole]);
    return scores;
  }

  // The scores of the last tail become log-probabilities, plus that of the tail.
  amongRare(scores, x, tail) {
    const [start, end] = this.edges.slice(-2);
    const ofBlocks = product(this.rare, x, this.rareBias);
    logSoftmax(ofBlocks, 0, ofBlocks.length, tail);
    for (let i = 0, from = start; from < end; i++, from += this.rareBlock)
      logSoftmax(scores, from, Math.min(from + this.rareBlock, end), ofBlocks[i]);
  }
}

// The data of a network in the page, decoded when it is first asked for.
const networksOfPage = new Map();

function networkOf(name) {
  if (!networksOfPage.has(name)) {
    const block = json(name);
    const weights = new Map(Object.entries(block.weights).map(([key, value]) => [key, matrixOf(value)]));
    networksOfPage.set(name, new NETWORKS[block.kind](block, weights));
  }
  return networksOfPage.get(name);
}

// Reads a text token by token, and says what comes next.
class LanguageModelNetwork {
  constructor({ cell, edges, rareBlock, vocabulary }, weights) {
    this.vocabulary = new Vocabulary(vocabulary);
    this.embedding = weights.get("embedding.weight");
    this.core = new Core(cell, weights, "core");
    this.softmax = new Softmax(weights, edges, weights.get("softmax.table") ?? this.embedding, rareBlock);
  }

  initial() {
    return this.core.initial();
  }

  step(id, state) {
    return this.core.step(rowOf(this.embedding, id), state);
  }

  logProbabilities(state) {
    return this.softmax.logProbabilities(top(state));
  }
}

const NETWORKS = { "language-model": LanguageModelNetwork };
