// Start the page: theme first, then the box that needs no figure, then the figures one after the other.

let spacesOfPage = null;

function allSpaces() {
  spacesOfPage ??= new Map(json("spaces").map((block) => [block.key, new Space(block)]));
  return spacesOfPage;
}

async function start() {
  Bokeh.set_log_level("warn");
  startTheme();
  startAnalogies(allSpaces());
  for (const place of document.querySelectorAll(".plot")) {
    await drawFigure(place);
  }
  root.dataset.ready = "yes";
}

start();
