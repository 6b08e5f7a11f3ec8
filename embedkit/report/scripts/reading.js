// A text as a language model of the page reads it, and goes on with it.

const SLICE = 24; // milliseconds of work after which the page may draw

function pause() {
  return new Promise((go) => setTimeout(go));
}

// What a network made of a text so far; a text that goes on is not read again from its beginning.
class Reading {
  constructor(network) {
    Object.assign(this, { network, steps: [], turn: 0, milliseconds: null });
  }

  // tokens: [{id, text}]. Resolves to whether all were read: to false where another text came meanwhile.
  async read(tokens, progress = () => {}) {
    const turn = ++this.turn;
    let same = 0;
    while (same < Math.min(tokens.length, this.steps.length) && this.steps[same].token.id === tokens[same].id) same++;
    this.steps.length = same;
    this.steps.forEach((step, i) => (step.token = tokens[i]));
    let slice = performance.now();
    let worked = 0;
    for (let i = same; i < tokens.length; i++) {
      this.steps.push(this.after(tokens[i], i));
      const now = performance.now();
      if (now - slice < SLICE && i + 1 < tokens.length) continue;
      worked += now - slice;
      progress(i + 1);
      await pause();
      if (turn !== this.turn) return false;
      slice = performance.now();
    }
    if (tokens.length > same) this.milliseconds = worked / (tokens.length - same);
    return true;
  }

  // One step: its surprisal in nats, null at the first, and every signal of every layer.
  after(token, i) {
    const before = i ? this.steps[i - 1] : null;
    const nats = before === null ? null : -this.scores(before)[token.id];
    if (before !== null) before.scores = null;
    return { token, nats, signals: this.network.step(token.id, before === null ? this.network.initial() : before.signals), scores: null };
  }

  scores(step) {
    step.scores ??= this.network.logProbabilities(step.signals);
    return step.scores;
  }

  // (V) log-probabilities of the token that comes next; of an empty text, after the end of a line.
  next() {
    const last = this.steps[this.steps.length - 1];
    return this.scores(last ?? (this.begun ??= this.after({ id: this.network.vocabulary.lineEnd }, 0)));
  }

  // Tokens that may come next, drawn one after the other: each is handed to `told`, which says whether to go on.
  async goOn({ tokens, temperature, seed }, told) {
    const random = mulberry(seed);
    this.next();
    let step = this.steps[this.steps.length - 1] ?? this.begun;
    let slice = performance.now();
    for (let n = 0; n < tokens; n++) {
      const id = drawn(this.network.logProbabilities(step.signals), temperature, random, this.network.vocabulary.unk);
      step = { signals: this.network.step(id, step.signals) };
      if (!told(id)) return;
      if (performance.now() - slice < SLICE) continue;
      await pause();
      slice = performance.now();
    }
  }
}

// Log-probabilities at a temperature: the same over again, sharper below 1 and flatter above; at 0 all is the likeliest's.
function tempered(scores, temperature) {
  const best = likeliest(scores, 1)[0];
  if (temperature === 0) return Float64Array.from(scores, (_, i) => (i === best ? 1 : 0));
  const shares = Float64Array.from(scores, (score) => Math.exp((score - scores[best]) / temperature));
  const sum = shares.reduce((total, share) => total + share, 0);
  return shares.map((share) => share / sum);
}

// A token that is not `banned`, by its share at a temperature.
function drawn(scores, temperature, random, banned) {
  if (banned !== null) scores[banned] = -Infinity;
  const shares = tempered(scores, temperature);
  let left = random();
  for (let i = 0; i < shares.length; i++) {
    left -= shares[i];
    if (left < 0) return i;
  }
  return likeliest(scores, 1)[0];
}

// Places of the k largest, the largest first; of equals the first.
function likeliest(scores, k) {
  const best = [];
  for (let i = 0; i < scores.length; i++) {
    if (best.length === k && scores[i] <= scores[best[k - 1]]) continue;
    let at = best.length;
    while (at > 0 && scores[i] > scores[best[at - 1]]) at--;
    best.splice(at, 0, i);
    if (best.length > k) best.pop();
  }
  return best;
}

// Numbers from 0 to 1 that a seed gives (Mulberry32, Tommy Ettinger 2017).
function mulberry(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
