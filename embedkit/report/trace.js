// The heat map of hidden states: what the pointer is over.

function startTrace(drawn) {
  const { tokens, units, surprisal, limit } = drawn.data;
  const plot = named(drawn, "states");
  const [renderer] = plot.renderers;
  const source = renderer.data_source;
  const legend = element("div", undefined, "legend");
  const bar = element("span", undefined, "gradient");
  legend.append(element("span", `−${limit.toFixed(2)}`), bar, element("span", `+${limit.toFixed(2)}, the value of a unit`));
  drawn.place.parentElement.before(legend);
  followTheme(() => {
    bar.style.background = `linear-gradient(90deg, ${stops("--diverging").join(", ")})`;
  });
  source.inspect.connect(([, { geometry }]) => {
    const [at] = source.inspected.image_indices;
    if (at === undefined) return hideTip(source);
    const [image] = source.data.image;
    const value = image.get ? image.get(at.flat_index) : image[at.flat_index];
    const nats = surprisal[at.i];
    const known = nats === null ? "the first token: nothing was expected" : `surprisal ${nats.toFixed(2)} nats`;
    tipAt(source, viewOf(drawn, source).el, geometry, [
      word(tokens[at.i], "strong"),
      element("div", `token ${at.i + 1}, ${known}`, "quiet"),
      element("div", `unit ${units[at.j]}: ${value >= 0 ? "+" : "−"}${Math.abs(value).toFixed(3)}`),
    ]);
  });
}
