// Start the page: theme first, then the figures one after the other, then what needs them.

let spacesOfPage = null;

function allSpaces() {
  spacesOfPage ??= new Map(json("spaces").map((block, number) => [block.key, new Space(block, number)]));
  return spacesOfPage;
}

async function start() {
  globalThis.Bokeh?.set_log_level("warn");
  startTheme();
  startTips();
  selectionOfPage = new Selection();
  startFolds();
  startContents();
  openAddressed();
  for (const place of document.querySelectorAll(".plot")) {
    if (!place.closest("details.fold:not([open])")) await drawFigure(place);
  }
  root.dataset.milliseconds = Math.round(performance.now());
  await drawFolded();
  startInterpolations();
  startStrips();
  startLinkedMaps();
  startAnalogies(allSpaces());
  startNetworks();
  root.dataset.ready = "yes";
}

const started = start();
