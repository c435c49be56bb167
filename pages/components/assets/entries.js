// A list of metrics: name, meaning, number, small curve. An entry can be opened.

function curve(values, unfinished) {
  const known = values.filter(x => x !== null);
  if (known.length < 2) return '';
  const lo = Math.min(...known), hi = Math.max(...known), y = x => hi === lo ? 20 : 36 - (x - lo) / (hi - lo) * 32;
  const point = (x, i) => x === null ? null : `${(i * 100 / (values.length - 1)).toFixed(2)},${y(x).toFixed(2)}`;
  const points = values.map(point), solid = points.slice(0, points.length - unfinished), rest = points.slice(points.length - unfinished - 1);
  const line = (set, kind) => `<polyline class="curve ${kind}" points="${set.filter(Boolean).join(' ')}"/>`;
  return `<svg viewBox="0 0 100 40" preserveAspectRatio="none" aria-hidden="true">${line(solid, '')}${unfinished ? line(rest, 'running') : ''}</svg>`;
}

function draw(entry) {
  const fails = entry.failing ? `<span class="fails" title="${escaped(entry.failing)}">${escaped(entry.fails)}</span>` : '';
  const facts = fails + entry.facts.map(fact => `<span>${escaped(fact)}</span>`).join('');
  return `<li data-id="${escaped(entry.id)}" class="${entry.problem ? 'problem' : ''}"><button type="button" class="pick" aria-label="${escaped(entry.spoken)}" title="${escaped(entry.failing)}"></button>
    <span class="body" aria-hidden="true"><span class="label">${escaped(entry.label)}</span><span class="value">${escaped(entry.value || '–')}</span>
    <span class="meaning">${escaped(entry.meaning)}</span><span class="note">${escaped(entry.problem || entry.note)}</span>
    <span class="facts">${facts}</span><span class="spark">${curve(entry.spark, entry.unfinished)}</span></span></li>`;
}

export default function ({ data, parentElement, say }) {
  const list = parentElement.querySelector('ol');
  list.setAttribute('aria-label', data.title);
  list.className = data.entries.some(entry => entry.spark.length) ? '' : 'plain';
  renew(list, data.entries.map(draw).join(''));
  list.onclick = event => {
    const entry = event.target.closest('li');
    if (entry) say('picked', entry.dataset.id);
  };
}
