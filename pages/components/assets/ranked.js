// A ranked list: name, number, change, a bar for its size, a small curve. A row can be opened.

function curve(values) {
  const known = values.filter(x => x !== null);
  if (known.length < 2) return '';
  const lo = Math.min(...known), hi = Math.max(...known), y = x => hi === lo ? 14 : 25 - (x - lo) / (hi - lo) * 22;
  const points = values.map((x, i) => x === null ? null : `${(i * 100 / (values.length - 1)).toFixed(2)},${y(x).toFixed(2)}`).filter(Boolean);
  return `<svg viewBox="0 0 100 28" preserveAspectRatio="none" aria-hidden="true"><polyline class="curve" points="${points.join(' ')}"/></svg>`;
}

function draw(row) {
  const arrow = { up: '↑', down: '↓', flat: '→' }[row.direction], note = row.note ? ` <small>${escaped(row.note)}</small>` : '';
  return `<li data-id="${escaped(row.id)}"><button type="button" class="pick" aria-label="${escaped(row.spoken)}"></button><span class="body" aria-hidden="true">`
    + `<span class="label" title="${escaped(row.label)}">${escaped(row.label)}${note}</span><span class="value">${escaped(row.value)}</span><span class="delta ${row.tone}">${row.delta ? `${arrow} ${escaped(row.delta)}` : ''}</span>`
    + `<span class="bar" style="--share:${Math.max(row.share * 100, 0).toFixed(1)}%"></span><span class="spark">${curve(row.spark)}</span></span></li>`;
}

export default function ({ data, parentElement, say }) {
  const list = parentElement.querySelector('ol');
  list.parentElement.classList.toggle('plain', data.rows.every(row => row.spark.length < 2));
  list.setAttribute('aria-label', data.title);
  renew(list, data.rows.map(draw).join(''));
  list.onclick = event => {
    const row = event.target.closest('li');
    if (row) say('picked', row.dataset.id);
  };
}
