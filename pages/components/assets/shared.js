// What drawings and components share. Their scripts and style sheets stand in the page once, so that no message to it carries them.
const escaped = s => String(s ?? '').replace(/[&<>"']/g, c => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }[c]));

// The stretches of known points between gaps.
function runs(points) {
  const found = []; let run = [];
  for (const p of points) { if (p) run.push(p); else if (run.length) { found.push(run); run = []; } }
  if (run.length) found.push(run);
  return found;
}

// Makes `into` what the HTML says by changing only what differs: focus, hover and scrolling outlive new numbers, and less is laid out anew.
function renew(into, html) {
  if (!into.firstChild) { into.innerHTML = html; return; }
  const made = document.createElement('template'), svg = into instanceof SVGElement;
  made.innerHTML = svg ? `<svg>${html}</svg>` : html;
  alike(into, svg ? made.content.firstChild : made.content);
}

function alike(old, made) {
  let one = old.firstChild, next = made.firstChild;
  while (next) {
    const after = one && one.nextSibling, following = next.nextSibling;
    if (!one) old.append(next);
    else if (one.nodeName !== next.nodeName) one.replaceWith(next);
    else if (one.nodeType === Node.TEXT_NODE) { if (one.data !== next.data) one.data = next.data; }
    else if (!one.isEqualNode(next)) { dress(one, next); alike(one, next); }
    one = after;
    next = following;
  }
  while (one) { const after = one.nextSibling; one.remove(); one = after; }
}

function dress(one, next) {
  const worn = one.attributes, told = next.attributes;
  for (let i = 0; i < told.length; i++) if (worn[told[i].name]?.value !== told[i].value) one.setAttribute(told[i].name, told[i].value);
  if (worn.length > told.length) for (const name of one.getAttributeNames()) if (!next.hasAttribute(name)) one.removeAttribute(name);
}

// A component's own style sheet holds within it alone, and is read once however often it is drawn.
function wardrobe(css) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  return root => { if (root instanceof ShadowRoot && !root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets.push(sheet); };
}

// One of Streamlit's components.
function dressed(draw, css) {
  const wear = wardrobe(css);
  return told => { wear(told.parentElement); return draw(told); };
}

// One of our drawings: drawn into its room, which is a shadow of the page where it has a style sheet of its own.
function drawn(draw, css, html) {
  const wear = css && wardrobe(css);
  const room = host => {
    const root = wear ? host.attachShadow({ mode: 'open' }) : host;
    wear?.(root);
    root.innerHTML = html;
    if (wear) { // a drawer that closes gives the focus back to the host, for it sees no further; the host gives it to what had it within
      let stood = null;
      root.addEventListener('focusin', event => { stood = event.target; });
      host.focus = how => stood?.focus(how);
    }
    return root;
  };
  return { draw, room };
}

// What drawings say goes to Python through the ear of their part of the page; what is said before it listens waits for it.
const ears = {}, waiting = {};
function heardBy(ear, hear) {
  ears[ear] = hear;
  (waiting[ear] ?? []).forEach(hear);
  waiting[ear] = [];
  return () => { if (ears[ear] === hear) delete ears[ear]; };
}
function say(ear, told) { if (ears[ear]) ears[ear](told); else (waiting[ear] ??= []).push(told); }

// Data stands in the page as `.tv-told`; what is drawn of it stands beside Streamlit's own element, which puts new data in the place of
// the old: so a drawing, what has the focus in it and how far it is scrolled outlive the data that it was made of.
function show(told, host) {
  const { draw, key, ear } = told.dataset, made = transverse[draw];
  if (!host) { host = document.createElement('div'); host.className = `tv-drawn st-key-${key}`; host.room = made.room(host); }
  const place = told.parentElement.parentElement;
  if (host.parentElement !== place) place.append(host);
  told.host = host;
  host.leave?.();
  host.leave = made.draw({ data: JSON.parse(told.dataset.told), parentElement: host.room, say: (name, value) => say(ear, { key, name, value }) });
}

const toldIn = nodes => [...nodes].flatMap(node => node.nodeType !== 1 ? [] : node.matches('.tv-told') ? [node] : [...node.querySelectorAll('.tv-told')]);
new MutationObserver(records => {
  const gone = new Map();
  const came = records.flatMap(record => toldIn(record.addedNodes)).filter(told => told.isConnected && !told.host);
  for (const told of records.flatMap(record => toldIn(record.removedNodes))) if (told.host && !told.isConnected) gone.set(`${told.dataset.draw} ${told.dataset.key}`, told.host);
  for (const told of new Set(came)) {
    const name = `${told.dataset.draw} ${told.dataset.key}`, host = gone.get(name);
    gone.delete(name);
    try { show(told, host); } catch (error) { reportError(error); } // one that cannot be drawn takes no other along
  }
  for (const host of gone.values()) { host.leave?.(); host.remove(); }
}).observe(document.documentElement, { childList: true, subtree: true });
