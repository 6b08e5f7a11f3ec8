// Dragging a map with the mouse: its picture follows the pointer at once, and is painted anew when it rests.

const DRAG = 4; // pixels that make a drag of a click: fewer than Bokeh's, so that it never starts one of its own
const REST = 100; // milliseconds
const FAR = 1 / 3; // of the map's size: what has come into sight is painted under way too

function startPan(map) {
  const { place, views } = map.drawn;
  const view = views.find_one(map.plot);
  const layers = [view.canvas_view.primary.el, view.canvas_view.overlays.el];
  const [xs, ys] = [map.plot.x_range, map.plot.y_range];
  let held = null; // the pointer, where it went down, and the ranges as they were then
  let shift = [0, 0]; // pixels that the map was dragged by
  let asked = [0, 0]; // those that Bokeh was told of
  let painted = [0, 0]; // and those that it has painted
  let rest = null;

  function follow() {
    const [dx, dy] = [shift[0] - painted[0], shift[1] - painted[1]];
    for (const layer of layers) layer.style.transform = dx || dy ? `translate(${dx}px, ${dy}px)` : "";
  }

  function settle() {
    clearTimeout(rest);
    if (asked[0] === shift[0] && asked[1] === shift[1]) return;
    asked = shift;
    const [x, y, scale] = held.centre;
    map.frame(x - shift[0] * scale, y + shift[1] * scale, scale);
  }

  view.repainted.connect(() => {
    painted = asked;
    follow();
  });

  place.addEventListener("pointerdown", (event) => {
    const { pointerId, pointerType, button, clientX, clientY } = event;
    if (pointerType === "touch" || button !== 0 || map.dragTool !== "pan") return;
    held = { pointerId, from: [clientX, clientY], centre: map.centre };
    shift = asked = painted = [0, 0];
  }, true);

  place.addEventListener("pointermove", (event) => {
    if (held?.pointerId !== event.pointerId) return;
    const moved = [event.clientX - held.from[0], event.clientY - held.from[1]];
    if (!map.held && Math.hypot(...moved) < DRAG) return;
    event.stopPropagation();
    if (!map.held) {
      map.held = true;
      place.setPointerCapture(event.pointerId);
      place.classList.add("held");
      // Bokeh takes it for a press that goes nowhere.
      const { pointerId, pointerType, isPrimary } = event;
      event.composedPath()[0].dispatchEvent(new PointerEvent("pointercancel", { pointerId, pointerType, isPrimary }));
    }
    shift = moved;
    follow();
    clearTimeout(rest);
    const away = Math.max(...map.size.map((size, i) => Math.abs(shift[i] - asked[i]) / size));
    if (away > FAR) settle();
    else rest = setTimeout(settle, REST);
  }, true);

  const release = (event) => {
    if (held?.pointerId !== event.pointerId || !event.isTrusted) return;
    if (map.held) {
      map.held = false;
      place.classList.remove("held");
      settle();
      map.labelSoon();
    }
    held = null;
  };
  for (const end of ["pointerup", "pointercancel"]) place.addEventListener(end, release, true);
}
