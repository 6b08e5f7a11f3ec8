// The heat map of attention: its scale, and what the pointer is over.

function startAttention(drawn) {
  const { source: read, target: written, limit } = drawn.data;
  const plot = named(drawn, "weights");
  const [renderer] = plot.renderers;
  const cells = renderer.data_source;
  const legend = element("div", undefined, "legend");
  const bar = element("span", undefined, "gradient");
  legend.append(element("span", "0"), bar, element("span", `${limit.toFixed(2)}, the weight of a token`));
  drawn.place.parentElement.before(legend);
  followTheme(() => {
    bar.style.background = `linear-gradient(90deg, ${stops("--heat").join(", ")})`;
  });
  const [image] = cells.data.image;
  const weightAt = (flat) => (image.get ? image.get(flat) : image[flat]);
  const weight = (i, j) => weightAt(j * read.length + i);
  drawn.table = () => ({
    names: ["token written", "token read", "weight"],
    rows: written.flatMap((to, j) => read.map((from, i) => [to, from, weight(i, j)])),
  });
  cells.inspect.connect(([, { geometry }]) => {
    const [at] = cells.inspected.image_indices;
    if (at === undefined) return hideTip(cells);
    const weight = weightAt(at.flat_index);
    const pair = element("div");
    pair.append(word(read[at.i], "strong"), " → ", word(written[at.j], "strong"));
    tipAt(cells, viewOf(drawn, cells).el, geometry, [
      pair,
      element("div", `weight ${weight.toFixed(3)}`),
      element("div", `token ${at.i + 1} of what was read, ${at.j + 1} of what is written`, "quiet"),
    ]);
  });
}
