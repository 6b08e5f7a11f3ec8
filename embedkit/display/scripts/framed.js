// A page in a notebook's frame: it tells the notebook what is selected, and selects what the notebook says.

started.then(() => {
  const same = (labels) => labels.length === selectionOfPage.texts.size && labels.every((label) => selectionOfPage.texts.has(label));
  const take = selectionOfPage.take.bind(selectionOfPage);
  const tell = () => parent.postMessage({ embedkit: "selected", labels: [...selectionOfPage.texts] }, "*");
  selectionOfPage.take = (map, rows) => {
    take(map, rows);
    tell();
  };
  for (const map of mapsOfPage) map.filtered.push(tell);
  addEventListener("message", (event) => {
    if (event.source !== parent || event.data?.embedkit !== "select" || same(event.data.labels)) return;
    const [map] = mapsOfPage;
    take(map, map.rowsOf(new Set(event.data.labels)));
  });
  parent.postMessage({ embedkit: "ready" }, "*");
});
