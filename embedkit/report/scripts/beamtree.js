// A beam search as a tree: a column a step, the beginnings that were kept from the likeliest down, the winner marked.

const TREE = { step: 54, row: 27, left: 20, top: 18, longest: 6 };

function svg(tag, attributes, text) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

// name: a node's id → what is written on it.
function beamTree({ hypotheses, nodes }, name) {
  const winner = new Set();
  for (let at = hypotheses[0]?.node ?? null; at !== null; at = nodes[at].parent) winner.add(at);
  const rows = new Map(); // by step, how many stand in it
  const places = nodes.map((node) => {
    if (!node.kept) return null;
    const row = rows.get(node.step) ?? 0;
    rows.set(node.step, row + 1);
    return { x: TREE.left + node.step * TREE.step, y: TREE.top + row * TREE.row };
  });
  const width = TREE.left * 2 + (Math.max(-1, ...rows.keys()) + 1) * TREE.step;
  const height = TREE.top * 2 + Math.max(0, ...rows.values()) * TREE.row;
  const picture = svg("svg", { width, height, role: "img", class: "beam", "aria-label": `Beam search: ${rows.size} steps, ${places.filter((place) => place !== null).length} beginnings kept` });
  const order = [...nodes.keys()].filter((i) => places[i] !== null).sort((a, b) => winner.has(a) - winner.has(b));
  for (const i of order) {
    const from = nodes[i].parent === null ? null : places[nodes[i].parent];
    if (from !== null) picture.append(svg("line", { x1: from.x + 14, y1: from.y, x2: places[i].x - 14, y2: places[i].y, class: winner.has(i) ? "won" : "" }));
  }
  for (const i of order) picture.append(beamNode(nodes[i], places[i], name(nodes[i].id), winner.has(i)));
  return picture;
}

function beamNode({ total, final }, { x, y }, text, won) {
  const label = visible(text);
  const node = svg("g", { class: won ? "won" : "" });
  node.append(svg("title", {}, `${label}: ${signed(total, 2)} nats so far`));
  node.append(svg("rect", { x: x - 16, y: y - 10, width: 44, height: 20, rx: 5 }));
  node.append(svg("text", { x: x + 6, y: y + 4 }, final ? "■" : cutOff(label, TREE.longest)));
  return node;
}
