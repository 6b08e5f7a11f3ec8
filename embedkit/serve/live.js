// The explorer: what a visitor asks for beside a map, and the address that says all of it.

const live = json("live");
const address = new URLSearchParams(location.search);
const POLL = 300; // milliseconds between two looks at a job
const PAUSE = 250; // milliseconds without a key before what is typed is asked for

const part = (name) => document.getElementById(`live-${name}`);
const announce = (name, text) => say(name, printable(text));
// What is made visible and isolated already.
const say = (name, text) => (document.querySelector(`[data-status="${name}"]`).textContent = text);
const place = (name) => document.querySelector(`[data-answers="${name}"]`);

async function request(path, values, method = "GET", body = undefined) {
  const query = new URLSearchParams({ run: live.run, space: live.space, trained: live.trained, ...values });
  let response;
  try {
    response = await fetch(`/api/${path}?${query}`, { method, body, headers: { "X-Embedkit": "1" } });
  } catch {
    throw new Error("the explorer does not answer; is it still running?");
  }
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

// The address says what is shown, so that it can be sent as a link.
function remember(values) {
  for (const [name, value] of Object.entries(values)) {
    if (value === "" || value === null || value === undefined) address.delete(name);
    else address.set(name, value);
  }
  history.replaceState(null, "", `${location.pathname}?${address}${location.hash}`);
}

// Only the last of several questions is answered; a wrong one is told where the answer would stand.
const asking = new Map();
async function answer(name, path, values, show, body = undefined) {
  const number = (asking.get(name) ?? 0) + 1;
  asking.set(name, number);
  const slow = setTimeout(() => asking.get(name) === number && announce(name, "Working …"), 400);
  try {
    const found = await request(path, values, body === undefined ? "GET" : "POST", body);
    if (asking.get(name) !== number) return;
    announce(name, "");
    show(found);
  } catch (error) {
    if (asking.get(name) !== number) return;
    place(name)?.replaceChildren();
    announce(name, error.message);
  } finally {
    clearTimeout(slow);
  }
}

function asTyped(input, act) {
  let waiting = null;
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(act, PAUSE);
  });
}

function onSubmit(name, act) {
  document.querySelector(`[data-form="${name}"]`)?.addEventListener("submit", (event) => {
    event.preventDefault();
    act();
  });
}

// [text, number] as an ordered list under a title; `onPick` makes buttons of the texts.
function ranked(title, rows, digits, asked = new Set(), onPick = null) {
  const list = element("ol");
  for (const [text, value] of rows) {
    const item = element("li");
    const name = word(text, onPick ? "button" : "bdi");
    if (onPick) {
      name.type = "button";
      name.addEventListener("click", () => onPick(text));
    }
    item.append(name, element("span", value.toFixed(digits).replace("-", "−"), "cosine"));
    if (asked.has(text)) item.classList.add("asked");
    list.append(item);
  }
  const made = element("div");
  made.append(element("h3", title), list);
  return made;
}

// --- runs

function startChoice() {
  const go = (values) => location.assign(`/?${new URLSearchParams(values)}`);
  part("run")?.addEventListener("change", (event) => go({ run: event.target.value }));
  part("space")?.addEventListener("change", (event) => go({ run: live.run, space: event.target.value }));
}

// --- words

function startWords() {
  const input = part("word");
  if (input === null) return;
  const box = document.querySelector("[data-suggestions]");
  const show = (text) => {
    box.hidden = true;
    input.value = text;
    remember({ word: text });
    answer("word", "neighbors", { word: text }, (found) => {
      const times = found.count === null ? "" : areWords(live.noun) ? `, ${count(found.count)} times in the training text` : `, count ${count(found.count)}`;
      say("word", `${quoted(found.word)} is ${live.noun} ${count(found.rank)} of ${count(found.of)}${times}.`);
      place("word").replaceChildren(ranked("Nearest in the full space", found.nearest, 3, new Set(), show));
      for (const map of mapsOfPage) if (map.row?.has(map.space.place.get(text))) map.go(text);
    });
  };
  asTyped(input, async () => {
    const start = input.value.trim();
    if (start === "") return (box.hidden = true);
    try {
      const found = await request("words", { start });
      if (input.value.trim() !== start || document.activeElement !== input) return;
      box.replaceChildren(...found.map((text) => {
        const choice = word(text, "button");
        choice.type = "button";
        choice.addEventListener("click", () => show(text));
        return choice;
      }));
      box.hidden = found.length === 0;
    } catch (error) {
      announce("word", error.message);
    }
  });
  moveAmong(box, input);
  onSubmit("word", () => input.value.trim() && show(input.value.trim()));
  if (address.get("word")) show(address.get("word"));

  if (part("ask") === null) return;
  const ask = () => {
    const [text, method] = [part("ask").value, part("method").value];
    remember({ ask: text, method });
    answer("ask", "analogy", { text, method }, (found) => {
      const asked = new Set(found.asked);
      announce("ask", `${found.method}. ${found.among}`);
      place("ask").replaceChildren(
        ranked("Without the words of the question", found.answers, 3),
        ranked("Honest: nothing excluded", found.honest, 3, asked),
      );
    });
  };
  onSubmit("ask", ask);
  part("method").addEventListener("change", () => part("ask").value.trim() && ask());
  if (address.get("method")) part("method").value = address.get("method");
  if (address.get("ask")) {
    part("ask").value = address.get("ask");
    ask();
  }
}

// --- jobs

// Follow a job to its end: its progress, and a button that stops it.
async function follow(name, values, statusAt, done) {
  const box = document.querySelector(`[data-job="${name}"]`);
  const [bar, step, cancel] = [box.querySelector("progress"), box.querySelector(".step"), box.querySelector(".cancel")];
  announce(statusAt, "");
  try {
    let job = await request("jobs", { kind: name, ...values }, "POST");
    cancel.onclick = () => request(`jobs/${job.job}`, {}, "DELETE").catch((error) => announce(statusAt, error.message));
    box.hidden = false;
    while (job.state === "waiting" || job.state === "running") {
      if (job.share === null) bar.removeAttribute("value");
      else bar.value = job.share;
      step.textContent = job.state === "waiting" ? `Waiting; ${job.ahead} in the queue.` : `${job.step || "starting"} · ${Math.round(job.seconds)} s`;
      await new Promise((later) => setTimeout(later, POLL));
      job = await request(`jobs/${job.job}`, {});
    }
    if (job.state === "done") done(job);
    else announce(statusAt, job.state === "cancelled" ? "Cancelled; nothing was changed." : job.why);
  } catch (error) {
    announce(statusAt, error.message);
  } finally {
    box.hidden = true;
  }
}

function startLayout() {
  const method = part("map");
  if (method === null) return;
  const fields = [...document.querySelectorAll("[data-parameter]")];
  const names = () => live.maps.find(([name]) => name === method.value)[2];
  const offer = () => fields.forEach((field) => (field.hidden = !names().includes(field.dataset.parameter)));
  method.addEventListener("change", offer);
  const asked = address.get("map");
  if (asked && live.maps.some(([name]) => name === asked)) method.value = asked;
  for (const { dataset } of fields) if (address.has(dataset.parameter)) part(dataset.parameter).value = address.get(dataset.parameter);
  offer();
  const lay = () => {
    const values = { map: method.value };
    for (const name of names()) values[name] = part(name).value;
    for (const { dataset } of fields) address.delete(dataset.parameter);
    follow("map", values, "layout", () => {
      remember(values);
      location.reload();
    });
  };
  onSubmit("layout", lay);
  // A link to a map that is not laid out any more, or not here: lay it out.
  if (asked && !live.laidOut) lay();
}

function startComparison() {
  const beside = part("beside");
  if (beside === null) return;
  const compare = () => {
    if (beside.value === "") return announce("compare", "Choose a run to compare this one with.");
    remember({ beside: beside.value });
    follow("compare", { beside: beside.value }, "compare", (job) => {
      const link = element("a", `${live.run} and ${beside.value} compared`);
      link.href = `/api/jobs/${job.job}/page`;
      document.querySelector('[data-status="compare"]').replaceChildren("Done: ", link);
    });
  };
  onSubmit("compare", compare);
  if ([...beside.options].some((option) => option.value === address.get("beside"))) beside.value = address.get("beside") ?? "";
}

function startSaving() {
  onSubmit("save", () => follow("report", {}, "save", (job) => {
    const link = element("a", `${live.run}.html`);
    link.href = `/api/jobs/${job.job}/page?${new URLSearchParams({ save: live.run })}`;
    link.download = `${live.run}.html`;
    document.querySelector('[data-status="save"]').replaceChildren("Saved as ", link, ".");
    link.click();
  }));
}

// --- texts

function startTranslating() {
  const input = part("translate");
  if (input === null) return;
  const translate = () => {
    remember({ translate: input.value });
    if (input.value.trim() === "") return place("translate").replaceChildren();
    answer("translate", "translate", { text: input.value }, ({ translations, unknown }) => {
      place("translate").replaceChildren(ranked("Likeliest", translations, 2));
      if (unknown) announce("translate", `${unknown} of its tokens ${unknown === 1 ? "is" : "are"} unknown to ${live.run}.`);
    });
  };
  asTyped(input, translate);
  input.value = address.get("translate") ?? "";
  if (input.value) translate();
}

function startBetween() {
  const ends = [part("from"), part("to")];
  if (ends[0] === null) return;
  const between = () => {
    const [from, to] = ends.map((end) => end.value);
    remember({ from, to });
    if (!from.trim() || !to.trim()) return place("interpolate").replaceChildren();
    answer("interpolate", "interpolate", { from, to }, ({ steps }) => {
      place("interpolate").replaceChildren(...steps.map(([share, text]) => {
        const item = element("li");
        item.append(element("span", `${Math.round(100 * share)} %`, "quiet"), word(text));
        return item;
      }));
    });
  };
  ends.forEach((end, i) => {
    asTyped(end, between);
    end.value = address.get(["from", "to"][i]) ?? "";
  });
  if (ends.every((end) => end.value)) between();
}

function startCompleting() {
  const input = part("complete");
  if (input === null) return;
  const complete = () => {
    const values = { temperature: part("temperature").value, tokens: part("tokens").value, seed: part("completion-seed").value };
    remember({ complete: input.value, temperature: values.temperature, tokens: values.tokens, "completion-seed": values.seed });
    answer("complete", "complete", { text: input.value, ...values }, ({ text, unknown }) => {
      const shown = element("bdi");
      shown.append(element("b", input.value), printable(text));
      place("complete").replaceChildren(shown);
      place("complete").hidden = false;
      if (unknown.length) say("complete", `Unknown to ${printable(live.run)}: ${unknown.map(inSentence).join(", ")}.`);
    });
  };
  onSubmit("complete", complete);
  for (const name of ["temperature", "tokens", "completion-seed"]) part(name).value = address.get(name) ?? part(name).value;
  input.value = address.get("complete") ?? "";
  if (address.has("complete")) complete();
}

let figures = 0;

// A figure that the server made, in place of what stood there.
async function drawIn(where, { block, height, width, description }) {
  const identity = `figure-${++figures}`;
  const data = Object.assign(element("script"), { type: "application/json", id: `data-${identity}`, textContent: JSON.stringify(block) });
  const [chart, figure, plot] = [element("figure", undefined, "chart"), element("div", undefined, "figure"), element("div", undefined, "plot")];
  chart.id = `${identity}-figure`;
  figure.setAttribute("role", "img");
  figure.setAttribute("aria-label", description);
  Object.assign(plot, { id: identity });
  plot.style.cssText = `height:${height}px;min-width:${width}px`;
  figure.append(plot);
  chart.append(figure);
  where.replaceChildren(data, chart);
  await drawFigure(plot);
}

function startTracing() {
  const input = part("trace");
  if (input === null) return;
  const trace = () => {
    remember({ trace: input.value });
    answer("trace", "trace", { text: input.value }, async ({ unknown, ...figure }) => {
      await drawIn(place("trace"), figure);
      if (unknown.length) say("trace", `Unknown to ${printable(live.run)}: ${unknown.map(inSentence).join(", ")}.`);
    });
  };
  onSubmit("trace", trace);
  input.value = address.get("trace") ?? "";
  if (input.value) trace();
}

// --- sounds

const RECORDED_RATE = 16_000; // samples a second of what the microphone heard

function startTranscribing() {
  const input = part("sound");
  if (input === null) return;
  const transcribe = (sound) => {
    place("words").hidden = true;
    if (sound.size > live.largestSound) return announce("transcribe", "The file is too large; choose a shorter one.");
    answer("transcribe", "sound", {}, async ({ text, words, figure }) => {
      announce("transcribe", text ? words.map(([word, start]) => `${visible(word)} at ${start.toFixed(2)} s`).join(", ") : "No word was recognised.");
      place("words").replaceChildren(element("bdi", text));
      place("words").hidden = text === "";
      await drawIn(place("transcribe"), figure);
    }, sound);
  };
  onSubmit("transcribe", () => (input.files.length ? transcribe(input.files[0]) : announce("transcribe", "Choose a file of sound.")));
  // A browser gives a microphone to pages of this machine or over https alone.
  if (navigator.mediaDevices?.getUserMedia === undefined || window.MediaRecorder === undefined) return;
  const button = part("microphone");
  let stop = null;
  button.hidden = false;
  button.addEventListener("click", async () => {
    if (stop !== null) return stop();
    try {
      stop = await record((recording) => {
        stop = null;
        button.textContent = "Record";
        button.setAttribute("aria-pressed", "false");
        if (recording !== null) transcribe(recording);
        else announce("transcribe", "Nothing was recorded.");
      });
      button.textContent = "Stop";
      button.setAttribute("aria-pressed", "true");
      announce("transcribe", "Listening …");
    } catch (error) {
      announce("transcribe", `The microphone cannot be used: ${error.message}`);
    }
  });
}

// Records until it is stopped; `done` gets a WAV file, or null. The browser's own formats are those of no library that
// the server has, so it unpacks them itself.
async function record(done) {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const recorder = new MediaRecorder(stream);
  const parts = [];
  recorder.addEventListener("dataavailable", ({ data }) => parts.push(data));
  recorder.addEventListener("stop", async () => {
    stream.getTracks().forEach((track) => track.stop());
    try {
      done(wavOf(await samplesOf(new Blob(parts, { type: recorder.mimeType }))));
    } catch {
      done(null);
    }
  });
  recorder.start();
  const stop = () => recorder.state === "inactive" || recorder.stop();
  setTimeout(stop, 1000 * (live.longestSound - 1));
  return stop;
}

// A recording as samples of one channel, RECORDED_RATE a second.
async function samplesOf(blob) {
  const context = new OfflineAudioContext(1, 1, RECORDED_RATE);
  const decoded = await context.decodeAudioData(await blob.arrayBuffer()); // at the context's rate
  const samples = new Float32Array(decoded.length);
  for (let channel = 0; channel < decoded.numberOfChannels; channel++) {
    decoded.getChannelData(channel).forEach((value, i) => (samples[i] += value / decoded.numberOfChannels));
  }
  return samples;
}

// A WAV file of 16 bits.
function wavOf(samples) {
  const view = new DataView(new ArrayBuffer(44 + 2 * samples.length));
  const text = (at, letters) => [...letters].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
  text(0, "RIFF");
  view.setUint32(4, 36 + 2 * samples.length, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); // whole numbers
  view.setUint16(22, 1, true); // one channel
  view.setUint32(24, RECORDED_RATE, true);
  view.setUint32(28, 2 * RECORDED_RATE, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, 2 * samples.length, true);
  samples.forEach((value, i) => view.setInt16(44 + 2 * i, Math.round(32767 * Math.max(-1, Math.min(1, value))), true));
  return new Blob([view], { type: "audio/wav" });
}

// The panels among the sections at the top of the page.
function listPanels() {
  const list = document.querySelector("nav ul");
  for (const panel of document.querySelectorAll(".panel")) {
    const [item, link] = [element("li"), element("a", panel.querySelector("h2").textContent)];
    link.href = `#${panel.id}`;
    item.append(link);
    list.append(item);
  }
}

started.then(() => {
  if (live.run === undefined) return;
  listPanels();
  startContents();
  startChoice();
  startWords();
  startLayout();
  startComparison();
  startTranslating();
  startBetween();
  startCompleting();
  startTracing();
  startTranscribing();
  startSaving();
  root.dataset.live = "yes";
});
