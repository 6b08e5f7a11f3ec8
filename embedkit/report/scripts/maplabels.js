// What is written on a map: the names of its categories and its most frequent words, none over another.

const LABEL_FONT = "12px system-ui, sans-serif";
const TITLE_FONT = "bold 13px system-ui, sans-serif";
const TITLE_ROOM = [-14, -32, 6, 24]; // pixels

// Write the names of the categories in sight, larger, then the most frequent words that have room: none over another
// and none over the edge.
function writeLabels(map) {
  if (!map.map) return;
  const [width, height] = map.size;
  const most = Math.round((width * height) / 9000);
  const taken = [];
  const hasRoom = (box) => {
    const fits = box[0] >= 0 && box[1] >= 0 && box[2] <= width && box[3] <= height;
    return fits && !taken.some((b) => box[0] < b[2] && b[0] < box[2] && box[1] < b[3] && b[1] < box[3]);
  };
  const free = (box) => {
    if (!hasRoom(box)) return false;
    taken.push(box);
    return true;
  };
  const data = { x: [], y: [], text: [], offset: [], align: [] };
  const write = (row) => {
    const [px, py] = map.pixels(map.x[row], map.y[row]);
    if (px < 4 || py < 10 || py > height - 10) return;
    const offset = map.beside(map.words[row]);
    if (!hasRoom([px - offset, py - 9, px + offset, py + 9])) return; // nor would the text have any, which is slow to measure
    const text = shortened(map.space.words[map.words[row]]);
    const length = map.text.measureText(text).width;
    // Where there is no room before the right edge, it stands on the left of its point.
    const left = px + offset + 3 + length > width;
    if (!free(left ? [px - offset - 3 - length, py - 9, px + offset, py + 9] : [px - offset, py - 9, px + offset + 3 + length, py + 9])) return;
    data.x.push(map.x[row]);
    data.y.push(map.y[row]);
    data.text.push(text);
    data.offset.push(left ? -offset : offset);
    data.align.push(left ? "right" : "left");
  };
  if (map.chosen !== null && map.row.has(map.chosen)) write(map.row.get(map.chosen));
  writeTitles(map, free);
  for (const place of map.preferred) if (map.row.has(place) && place !== map.chosen) write(map.row.get(place));
  const preferred = new Set(map.preferred);
  const byFrequency = map.thinned ? map.drawnRows : map.words.keys();
  const rows = [...byFrequency].reverse();
  for (let at = 0; at < rows.length && data.text.length < most; at++) {
    const row = rows[at];
    if (map.passes(row) && !preferred.has(map.words[row]) && map.words[row] !== map.chosen) write(row);
  }
  map.labels.data = data;
}

// The names of the categories it is coloured by, the largest first, each above its points in sight.
function writeTitles(map, free) {
  const data = { x: [], y: [], text: [], color: [] };
  const { x_range: xs, y_range: ys } = map.plot;
  map.text.font = TITLE_FONT;
  for (const { text, dot, rows } of map.coloring.groups?.(map) ?? []) {
    const seen = rows.filter((row) => map.passes(row) && map.x[row] > xs.start && map.x[row] < xs.end && map.y[row] > ys.start && map.y[row] < ys.end);
    if (seen.length < 3) continue;
    const x = median(seen.map((row) => map.x[row]));
    const top = quantile(seen.map((row) => map.y[row]), 0.9);
    const [px, py] = map.pixels(x, top);
    const half = map.text.measureText(text).width / 2 + 2;
    // It stands above its points; where another stands already it moves a line or two.
    const moved = TITLE_ROOM.find((by) => free([px - half, py + by - 9, px + half, py + by + 9]));
    if (moved === undefined) continue;
    data.x.push(x);
    data.y.push(top - (moved * (ys.end - ys.start)) / map.size[1]);
    data.text.push(text);
    data.color.push(dot);
  }
  map.text.font = LABEL_FONT;
  map.titles.data = data;
}

function quantile(values, share) {
  return values.sort((a, b) => a - b)[Math.floor(share * (values.length - 1))];
}

function median(values) {
  return quantile(values, 0.5);
}
