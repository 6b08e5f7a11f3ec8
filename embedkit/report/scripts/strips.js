// Text with a colour behind each token: what a unit did after it.

function startStrips() {
  for (const place of document.querySelectorAll(".strip")) {
    const spans = place.querySelectorAll("[data-level]");
    followTheme(() => {
      const ends = stops("--diverging");
      for (const span of spans) {
        const shade = between(ends, (1 + Number(span.dataset.level)) / 2);
        span.style.backgroundColor = shade;
        span.style.color = dark(shade) ? "#ffffff" : "#101318";
      }
    });
  }
}

// Whether white reads better on a colour than black does (WCAG 2's relative luminance).
function dark(hex) {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b < 0.179;
}
