// A map in a notebook: its page stands in a frame without an origin, and tells here what is selected in it.

function render({ model, el }) {
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", "allow-scripts allow-downloads");
  frame.title = model.get("title");
  frame.style.cssText = "width: 100%; height: 820px; border: 0;";
  frame.srcdoc = model.get("page");
  const heard = (event) => {
    if (event.source !== frame.contentWindow) return;
    if (event.data?.embedkit === "ready") select();
    if (event.data?.embedkit !== "selected") return;
    model.set("selected", event.data.labels.map(String));
    model.save_changes();
  };
  const select = () => {
    const labels = model.get("selected");
    if (frame.contentWindow) frame.contentWindow.postMessage({ embedkit: "select", labels }, "*");
  };
  window.addEventListener("message", heard);
  model.on("change:selected", select);
  el.append(frame);
  return () => {
    window.removeEventListener("message", heard);
    model.off("change:selected", select);
  };
}

export default { render };
