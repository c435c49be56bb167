// What the components share. Their scripts and style sheets stand in the page once, so that no message to it carries them.
const escaped = s => String(s ?? '').replace(/[&<>"']/g, c => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }[c]));

// The stretches of known points between gaps.
function runs(points) {
  const found = []; let run = [];
  for (const p of points) { if (p) run.push(p); else if (run.length) { found.push(run); run = []; } }
  if (run.length) found.push(run);
  return found;
}

// A component's own style sheet holds within it alone, and is read once however often it is drawn.
function dressed(css, draw) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  return told => {
    const root = told.parentElement;
    if (root instanceof ShadowRoot && !root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets.push(sheet);
    return draw(told);
  };
}
