// A page in a notebook's frame: it tells the notebook what is selected, and selects what the notebook says.

started.then(() => {
  const same = (labels) => labels.length === selectionOfPage.texts.size && labels.every((label) => selectionOfPage.texts.has(label));
  const take = selectionOfPage.take.bind(selectionOfPage);
  selectionOfPage.take = (map, rows) => {
    take(map, rows);
    parent.postMessage({ embedkit: "selected", labels: [...selectionOfPage.texts] }, "*");
  };
  addEventListener("message", (event) => {
    if (event.source !== parent || event.data?.embedkit !== "select" || same(event.data.labels)) return;
    const [map] = mapsOfPage;
    take(map, map.rowsOf(new Set(event.data.labels)));
  });
  parent.postMessage({ embedkit: "ready" }, "*");
});
