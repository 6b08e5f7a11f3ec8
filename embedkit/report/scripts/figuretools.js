// Below every figure: a link to it, its data as a table and as CSV, and the picture as PNG or SVG.

const TABLE_ROWS = 500;
const WIDEST_TEXT = 42; // characters that a column of texts has room for at least
const DASHES = { 6: "dashed", "2,4": "dotted", "2,4,6,4": "dotdash", "6,4,2,4": "dashdot" };
const ENDS = { low: "low end", high: "high end", least: "shuffled, least", most: "shuffled, most" };
const INVISIBLE = (glyph) => glyph?.fill_alpha?.value === 0 && glyph?.line_alpha?.value === 0;

function startFigureTools(drawn) {
  const box = drawn.place.closest(".chart");
  const bar = element("div", undefined, "figure-tools");
  const name = beginning(`${document.title} ${box.id}`.replace(/[^\p{L}\p{N}]+/gu, "-"), 80);
  const button = (text, told, act) => {
    const made = element("button", text);
    made.type = "button";
    made.title = told;
    made.addEventListener("click", act);
    return made;
  };
  const link = element("a", "Link");
  link.href = `#${box.id}`;
  link.title = "The address of this figure";
  const table = element("details", undefined, "figure-data");
  table.append(element("summary", "Data of this figure"));
  table.addEventListener("toggle", () => {
    if (table.open && table.childElementCount === 1) table.append(...tableOf(dataOf(drawn), `Data of ${box.id}`));
  });
  bar.append(
    link,
    button("CSV", "Download the data of this figure", () => {
      const { names, rows } = dataOf(drawn);
      download(`${name}.csv`, "text/csv", csvOf(names, rows));
    }),
    button("PNG", "Save as a picture of pixels", async () => download(`${name}.png`, "", await pngOf(drawn, box))),
    button("SVG", "Save as a picture of lines", () => download(`${name}.svg`, "image/svg+xml", svgOf(drawn, box))),
  );
  box.append(bar, table);
}

// {names, rows} of what a figure shows: one row a mark.
function dataOf(drawn) {
  if (drawn.table) return drawn.table();
  const legend = new Map(drawn.legend.map(([name, colour]) => [colour, name]));
  const groups = [];
  for (const plot of drawn.models.filter((model) => model.renderers && model.x_range)) {
    for (const renderer of plot.renderers) groups.push(...marksOf(plot, renderer, legend));
  }
  // The marks that make one thing, such as a bar and its whisker, are one row.
  const visible = groups.filter((group) => !group.invisible);
  const merged = [];
  for (const group of visible.length ? visible : groups) {
    const same = merged.find((each) => each.plot === group.plot && joins(each, group));
    if (same === undefined) {
      merged.push(group);
    } else {
      // What the legend has two names for is both, and goes by neither.
      same.series = same.series && group.series && same.series !== group.series ? "" : same.series || group.series;
      // Two glyphs of one table have a row each in the same places, whatever each is placed by.
      const places = same.source === group.source ? [...same.rows.keys()] : [...group.rows.keys()];
      [...group.rows.values()].forEach((row, i) => {
        const known = same.rows.get(places[i]);
        Object.assign(known, { ...row, ...known });
      });
    }
  }
  // What has a name comes first; what is left are lines to compare with.
  merged.sort((a, b) => (a.series === "") - (b.series === ""));
  numberAlike(merged);
  const rows = merged.flatMap((group) => [...group.rows.values()].map((row) => (group.series ? { series: group.series, ...row } : row)));
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return { names, rows: rows.map((row) => names.map((name) => row[name])) };
}

// Marks of several sources are one thing where they stand at the same places, and none says another value than the other.
function joins(one, other) {
  if (one.source === other.source) return true;
  if (one.series !== other.series || !one.unique || !other.unique) return false;
  const agree = (row, known) => Object.entries(row).every(([name, value]) => known[name] === undefined || Object.is(known[name], value));
  return [...other.rows].every(([key, row]) => one.rows.has(key) && agree(row, one.rows.get(key)));
}

// Of several groups that neither a name nor a place tells apart each gets a number.
function numberAlike(groups) {
  const kinds = new Map();
  for (const group of groups) {
    const kind = JSON.stringify([group.plot.id, group.series, Object.keys(group.rows.values().next().value)]);
    kinds.set(kind, [...(kinds.get(kind) ?? []), group]);
  }
  for (const alike of kinds.values()) {
    const places = alike.flatMap(({ rows }) => [...rows.keys()]);
    if (new Set(places).size < places.length) alike.forEach((group, i) => (group.series = `${group.series} ${i + 1}`.trim()));
  }
}

// The marks of a renderer: none where it draws an image, or nothing.
function marksOf(plot, renderer, legend) {
  const { data_source: source, glyph } = renderer;
  if (!source?.data || glyph.type.startsWith("Image") || glyph.type === "Text") return [];
  const axes = { x: plot.below.find(isAxis), y: plot.left.find(isAxis) };
  const columns = [];
  for (const [property, name, axis] of [["x", "x", "x"], ["x0", "x", "x"], ["y", "y", "y"], ["y0", "y", "y"], ["y1", "y1", "y"], ["y2", "y2", "y"], ["left", "left", "x"], ["right", "right", "x"], ["top", "top", "y"], ["x1", "x1", "x"]]) {
    const field = glyph[property]?.field;
    if (field !== undefined && source.data[field] !== undefined && !columns.some((each) => each.field === field)) columns.push({ field, name, axis: axes[axis] });
  }
  const tint = (glyph.tags ?? []).map((tag) => String(tag).split("=--")[1]).find((variable) => legend.has(variable));
  const length = columns.length ? source.data[columns[0].field].length : 0;
  if (length === 0) return [];
  // What stands across identifies a mark, but for bars that lie: those go by their category.
  const at = columns.find(({ field }) => Array.isArray(source.data[field][0])) ?? columns[0];
  // A bar beside the middle of its place is of that place.
  const across = { HBar: "y", VBar: "x" }[glyph.type];
  const place = columns.find(({ axis }) => tagOf(axis, "column") !== undefined);
  const rows = new Map();
  let unique = true;
  for (let i = 0; i < length; i++) {
    const row = {};
    for (const { field, name, axis } of columns) row[titleOf(name, field, axis)] = valueOf(source.data[field][i], axis, name === across);
    // A name that has no room at its axis stands in the data in full.
    if (place && source.data.name) row[titleOf(place.name, place.field, place.axis)] = source.data.name[i];
    // A tip begins with the name of what it is of, which stands in the row already.
    const tip = source.data.tip?.[i].split("\n");
    if (tip) row["at the pointer"] = tip.slice(tip[0] === source.data.name?.[i] ? 1 : 0).join("; ");
    const position = String(valueOf(source.data[at.field][i], at.axis, at.name === across));
    unique &&= !rows.has(position);
    rows.set(rows.has(position) ? `${position} ${i}` : position, row);
  }
  const named = legend.get(tint) ?? "";
  const dash = DASHES[String(glyph.line_dash?.value ?? "")];
  const series = tagOf(source, "series") ?? (named && dash ? `${named}, ${dash}` : named);
  return [{ plot, source, series, rows, unique, invisible: INVISIBLE(glyph) }];
}

const isAxis = (model) => model.type.endsWith("Axis");

// What a model says of itself beside its properties, as embedkit.report.figures.style tags it.
function tagOf(model, name) {
  return model?.tags?.map((tag) => tag[name]).find((value) => value !== undefined);
}

// A column goes by the axis it stands on; the ends of an interval by their own name too.
function titleOf(name, field, axis) {
  const label = tagOf(axis, "column") || textOfLabel(axis?.axis_label) || (axis?.type === "CategoricalAxis" ? "category" : name);
  return field in ENDS ? `${label}, ${ENDS[field]}` : label;
}

function textOfLabel(label) {
  return (typeof label === "string" ? label : label?.text ?? "").replaceAll("\n", " ");
}

// A category by its name, and a place on an axis whose ticks have names by that.
function valueOf(value, axis, placed) {
  if (Array.isArray(value)) return String(value[0]);
  const named = wholeNames.get(axis) ?? axis?.major_label_overrides;
  if (placed && axis?.ticker?.type === "FixedTicker") value = Math.round(value);
  const text = named instanceof Map ? named.get(value) ?? named.get(String(value)) : named?.[value];
  return text === undefined || axis.ticker?.type !== "FixedTicker" ? value : textOfLabel(text);
}

function tableOf({ names, rows }, label) {
  const table = element("table");
  const isNumber = names.map((_, i) => rows.every((row) => row[i] === undefined || row[i] === null || typeof row[i] === "number"));
  const head = element("tr");
  head.append(...names.map((name, i) => {
    const cell = Object.assign(element("th", name, isNumber[i] ? "number" : undefined), { scope: "col" });
    // A column of texts has room for them, as far as that goes, or a phone would break them letter by letter.
    const longest = isNumber[i] ? 0 : rows.slice(0, TABLE_ROWS).reduce((most, row) => Math.max(most, String(row[i] ?? "").length), 0);
    if (longest) cell.style.minWidth = `min(${Math.min(longest + 2, WIDEST_TEXT)}ch, 45vw)`;
    return cell;
  }));
  const lines = rows.slice(0, TABLE_ROWS).map((row) => {
    const line = element("tr");
    line.append(...row.map((value, i) => {
      const cell = element("td", undefined, isNumber[i] ? "number" : undefined);
      if (isNumber[i]) cell.textContent = value === undefined || value === null ? "" : written(value);
      else cell.append(word(String(value ?? "")));
      return cell;
    }));
    return line;
  });
  const [thead, tbody] = [element("thead"), element("tbody")];
  thead.append(head);
  tbody.append(...lines);
  table.append(thead, tbody);
  const frame = element("div", undefined, "scroll map-rows");
  Object.assign(frame, { tabIndex: 0, role: "region", ariaLabel: label });
  frame.append(table);
  const note = rows.length > TABLE_ROWS ? `The first ${TABLE_ROWS} of ${count(rows.length)} rows; the CSV has all.` : `${count(rows.length)} row${rows.length === 1 ? "" : "s"}.`;
  return [frame, element("p", note, "note")];
}

// What stands above a saved picture: its title, what its colours mean, and the page that it is from.
function captionOf(drawn, box) {
  const heading = box.querySelector("h3")?.textContent ?? box.closest("section").querySelector("h2").textContent;
  return { heading, legend: drawn.legend.map(([name, variable]) => [name, colour(`--${variable}`)]), source: document.title };
}

const [MARGIN, TITLE, LINE] = [16, 34, 24];

function sizesOf(drawn, caption) {
  const { width, height } = drawn.view.el.getBoundingClientRect();
  const top = MARGIN + TITLE + (caption.legend.length ? LINE : 0);
  return { width: width + 2 * MARGIN, height: height + top + LINE + MARGIN / 2, top };
}

function pngOf(drawn, box) {
  const caption = captionOf(drawn, box);
  const { width, height, top } = sizesOf(drawn, caption);
  const picture = drawn.view.export("png", true).canvas;
  const ratio = picture.width / (width - 2 * MARGIN);
  const canvas = Object.assign(document.createElement("canvas"), { width: width * ratio, height: height * ratio });
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  pen.fillStyle = colour("--surface");
  pen.fillRect(0, 0, width, height);
  pen.drawImage(picture, MARGIN, top, width - 2 * MARGIN, picture.height / ratio);
  for (const { x, y, text, font, fill, dot } of writing(caption, height)) {
    pen.fillStyle = fill;
    pen.font = font;
    if (dot) {
      pen.beginPath();
      pen.arc(x, y - 4, 5, 0, 2 * Math.PI);
      pen.fill();
    } else {
      pen.fillText(text, x, y);
    }
  }
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

function svgOf(drawn, box) {
  const caption = captionOf(drawn, box);
  const { width, height, top } = sizesOf(drawn, caption);
  const inner = drawn.view.export("svg", false).canvas;
  const make = (tag, attributes, text) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const svg = make("svg", { width, height, viewBox: `0 0 ${width} ${height}` });
  svg.append(make("rect", { width, height, fill: colour("--surface") }));
  for (const { x, y, text, font, fill, dot } of writing(caption, height)) {
    svg.append(dot ? make("circle", { cx: x, cy: y - 4, r: 5, fill }) : make("text", { x, y, fill, style: `font: ${font}` }, text));
  }
  inner.setAttribute("x", MARGIN);
  inner.setAttribute("y", top);
  svg.append(inner);
  return wellFormed(new XMLSerializer().serializeToString(svg));
}

// XML has no way to write control characters and halves of characters, which labels can have: a parser refuses the picture.
const NOT_XML = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu;

function wellFormed(xml) {
  return xml.replace(NOT_XML, "\u{fffd}");
}

// The texts and the dots of a saved picture, each at its place.
function writing({ heading, legend, source }, height) {
  const pen = document.createElement("canvas").getContext("2d");
  const sans = "system-ui, sans-serif";
  const items = [{ x: MARGIN, y: MARGIN + 18, text: heading, font: `600 16px ${sans}`, fill: colour("--ink") }];
  let x = MARGIN + 5;
  pen.font = `12px ${sans}`;
  for (const [name, fill] of legend) {
    const y = MARGIN + TITLE + 8;
    items.push({ x, y, dot: true, fill }, { x: x + 10, y, text: name, font: pen.font, fill: colour("--quiet") });
    x += pen.measureText(name).width + 30;
  }
  return [...items, { x: MARGIN, y: height - MARGIN, text: source, font: `11px ${sans}`, fill: colour("--quiet") }];
}
