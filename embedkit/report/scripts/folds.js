// Evidence that is folded below a finding: a click, a link into it and a printer open it.

const foldsOfPage = () => [...document.querySelectorAll("details.fold")];

// Draw the figures of what is folded at the width that they will have, where nobody sees it.
async function drawFolded() {
  for (const fold of foldsOfPage().filter((each) => !each.open)) {
    fold.classList.add("wings");
    fold.open = true;
    for (const place of fold.querySelectorAll(".plot:not([data-drawn])")) await drawFigure(place);
    if (fold.classList.contains("wings")) fold.open = false;
    fold.classList.remove("wings");
  }
}

function startFolds() {
  for (const fold of foldsOfPage()) {
    // Whoever opens it while it is drawn behind the scenes finds it open.
    fold.querySelector("summary").addEventListener("click", (event) => {
      if (!fold.classList.contains("wings")) return;
      event.preventDefault();
      fold.classList.remove("wings");
    });
  }
  addEventListener("hashchange", openAddressed);
  document.addEventListener("click", (event) => {
    // A link to where one is already changes no address.
    if (event.target.closest?.('a[href^="#"]')?.hash === location.hash) openAddressed();
  });
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details.fold:not([open]), details.listed:not([open])")];
    for (const fold of closed) fold.open = true;
  });
  addEventListener("afterprint", () => {
    for (const fold of closed) fold.open = false;
  });
}

// Open what the address names: a section's own evidence, or that around what lies in it.
function openAddressed() {
  const place = addressed();
  const fold = place?.closest("details.fold") ?? place?.querySelector(":scope > details.fold");
  if (!fold || (fold.open && !fold.classList.contains("wings"))) return;
  fold.classList.remove("wings");
  fold.open = true;
  place.scrollIntoView();
}

// What the address names; nothing where it is no address of this page, such as "#100%".
function addressed() {
  try {
    return document.getElementById(decodeURIComponent(location.hash.slice(1).split("?")[0]));
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}

// The section that is read is marked in the list of them, which stays in view. What joins the list later is watched from
// the next call on.
const contents = new Map();
const inView = new Set();
const contentsWatch = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (isIntersecting) inView.add(target.id);
    else inView.delete(target.id);
  }
  const first = [...contents.keys()].find((id) => inView.has(id));
  for (const [id, link] of contents) {
    if (id === first) link.setAttribute("aria-current", "location");
    else link.removeAttribute("aria-current");
  }
  const list = contents.get(first)?.closest("ul");
  if (list) list.scrollLeft = contents.get(first).offsetLeft - list.clientWidth / 2;
}, { rootMargin: "-15% 0px -60%" });

function startContents() {
  for (const link of document.querySelectorAll("nav a")) {
    const id = link.hash.slice(1);
    if (contents.has(id)) continue;
    contents.set(id, link);
    contentsWatch.observe(document.getElementById(id));
  }
}
