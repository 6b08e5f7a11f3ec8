// What the page hands over as files: CSV, and pictures.

function download(name, type, content) {
  const address = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type: `${type};charset=utf-8` }));
  const link = element("a");
  Object.assign(link, { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

// RFC 4180: every text in quotes, quotes doubled, CRLF. Numbers are as exact as they are in the page. A spreadsheet would
// take a text that begins as a formula does for one: an apostrophe before it makes it text. Signs alone are left as they are.
const FORMULA = /^[\t\r]|^(?:[=@]|[+\-](?![\d.,]+\s?%?$))(?=.*[\p{L}\p{N}])/su;

function csvOf(names, rows) {
  const safe = (text) => (FORMULA.test(text) ? `'${text}` : text);
  const quoted = (text) => `"${safe(String(text)).replaceAll('"', '""')}"`;
  const missing = (value) => value === null || value === undefined || value === "" || Number.isNaN(value);
  const cell = (value) => (missing(value) ? "" : typeof value === "number" ? value : quoted(value));
  const head = names.map((name) => (/^[\w ]+$/.test(name) ? name : quoted(name)));
  return [head.join(","), ...rows.map((row) => row.map(cell).join(",")), ""].join("\r\n");
}
