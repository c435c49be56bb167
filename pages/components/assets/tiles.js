// One tile per metric.
const EXPLAIN = '<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M9.5 2.5c-2-.4-2.6 1-2.8 2.4L5.6 11c-.3 1.7-1 2.7-2.6 2.3M4.5 6.5h5M10 9l3.5 4M13.5 9L10 13"/></svg>';
const ROWS = '<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M2.5 3.5h11M2.5 8h11M2.5 12.5h11"/></svg>';

function spark(tile) {
  const v = tile.spark, known = v.filter(x => x !== null);
  if (known.length < 2) return '';
  let lo = Math.min(...known), hi = Math.max(...known);
  const pad = (hi - lo) || Math.abs(hi) || 1, t = tile.aim;
  const near = t !== null && t > lo - pad * .9 && t < hi + pad * .9;
  if (near) { lo = Math.min(lo, t); hi = Math.max(hi, t); }
  const missing = .08 * Math.max(Math.abs(lo), Math.abs(hi)) - (hi - lo);
  if (missing > 0) { lo -= missing / 2; hi += missing / 2; }
  const y = x => hi === lo ? 24 : 38 - (x - lo) / (hi - lo) * 30;
  const at = v.map((x, i) => x === null ? null : [(i * 100 / (v.length - 1)).toFixed(2), y(x).toFixed(2)]);
  const cut = v.length - tile.unfinished, solid = at.slice(0, cut), tail = tile.unfinished ? at.slice(Math.max(cut - 1, 0)) : [];
  const line = p => (p.length > 1 ? p : [p[0], p[0]]).map(q => q.join(',')).join(' ');
  const fill = runs(at).map(p => `<path fill="url(#fade)" d="M${p[0][0]},48 L${p.map(q => q.join(',')).join(' L')} L${p[p.length - 1][0]},48 Z"/>`).join('');
  const curves = (points, look) => runs(points).map(p => `<polyline class="${look}" points="${line(p)}"/>`).join('');
  const aim = near ? `<line class="aim" x1="0" x2="100" y1="${y(t)}" y2="${y(t)}"/>` : '';
  return `<svg viewBox="0 0 100 48" preserveAspectRatio="none" aria-hidden="true">${fill}${aim}${curves(solid, 'curve')}${curves(tail, 'curve tail')}</svg>`;
}

function body(tile, words, compact) {
  if (tile.problem) {
    return `<span class="name">${escaped(tile.label)}</span><span class="value"><span class="number">${escaped(words.problem)}</span></span><span class="meta" title="${escaped(tile.problem)}">${escaped(tile.problem)}</span>`;
  }
  const arrow = { up: '↑', down: '↓', flat: '→' }[tile.direction];
  const chip = tile.delta ? `<span class="chip ${tile.tone}"><span aria-hidden="true">${arrow}</span> ${escaped(tile.delta)}</span>` : '';
  const meta = [tile.target && `${escaped(words.target)} <b>${escaped(tile.target)}</b> ${escaped(tile.due)}`, tile.pace && `<span class="pace ${tile.status}">${escaped(tile.pace)}</span>`, tile.was && !(tile.target && (compact || tile.pace)) && `${escaped(words.was)} ${escaped(tile.was)}`].filter(Boolean).join(' · ');
  const note = [tile.failing && `<span class="fails">${escaped(words.fails)}</span>`, tile.news && `<span class="signal ${tile.news}">${escaped(tile.signal)}</span>`, tile.progress && `<span class="open">${escaped(tile.progress)}</span>`, tile.age && `<span class="${tile.late ? 'late' : ''}">${escaped(tile.age)}</span>`, !tile.news && escaped(tile.signal)].filter(Boolean).join(' · ');
  return `<span class="name">${escaped(tile.label)}</span>${tile.status ? `<span class="status ${tile.status}">${escaped(tile.status_word)}</span>` : ''}<span class="value"><span class="number">${escaped(tile.value)}</span>${chip}</span><span class="meta">${meta}</span><span class="note">${note}</span><span class="spark">${spark(tile)}</span>`;
}

function draw(tile, { words, selected }, compact) {
  const act = (name, icon) => `<button type="button" class="act" data-act="${name}" aria-label="${escaped(words[name])}: ${escaped(tile.label)}" title="${escaped(words[name])}">${icon}</button>`;
  const help = [tile.failing ? `${words.fails}: ${tile.failing}` : tile.help, tile.reason].filter(Boolean).join('\n\n');
  return `<div class="tile${tile.problem ? ' problem' : ''}${tile.id === selected ? ' picked' : ''}" data-id="${escaped(tile.id)}" ${tile.status ? `data-status="${tile.status}"` : ''}><button type="button" class="pick" aria-pressed="${tile.id === selected}" aria-label="${escaped(tile.spoken)}" title="${escaped(help)}"></button>`
    + `<span class="body" aria-hidden="true">${body(tile, words, compact)}</span><span class="acts">${act('explain', EXPLAIN)}${tile.problem ? '' : act('rows', ROWS)}</span></div>`;
}

export default function ({ data, parentElement, say }) {
  const grid = parentElement.querySelector('.grid');
  grid.setAttribute('aria-label', data.words.board);
  grid.style.setProperty('--columns', data.columns);
  const tiles = group => group.tiles.map(tile => draw(tile, data, group.title)).join('');
  renew(grid, data.groups.map(group => group.title ? `<section class="group"><h2 title="${escaped(group.title)}">${escaped(group.title)}</h2>${tiles(group)}</section>` : tiles(group)).join(''));
  const mark = id => grid.querySelectorAll('.tile').forEach(tile => {
    tile.classList.toggle('picked', tile.dataset.id === id);
    tile.querySelector('.pick').setAttribute('aria-pressed', String(tile.dataset.id === id));
  });
  grid.onclick = event => {
    const tile = event.target.closest('.tile'), act = event.target.closest('.act');
    if (!tile) return;
    if (act) { say('asked', { id: tile.dataset.id, what: act.dataset.act }); return; }
    mark(tile.dataset.id);
    say('selected', tile.dataset.id);
  };
}
