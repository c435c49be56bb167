// The steps of a bridge: bars that begin where the one before ends.

function draw(row) {
  const pick = row.id ? `<button type="button" class="pick" data-id="${escaped(row.id)}" aria-label="${escaped(row.spoken)}"></button>` : '';
  const place = `left:${(row.begins * 100).toFixed(2)}%;width:${((row.ends - row.begins) * 100).toFixed(2)}%`;
  return `<li class="${escaped(row.tone)}">${pick}<span class="body"${pick ? ' aria-hidden="true"' : ''}><span class="label" title="${escaped(row.label)}">${escaped(row.label)}</span>
    <span class="track"><i style="${place}"></i></span><span class="value">${escaped(row.value)}</span></span></li>`;
}

export default function ({ data, parentElement, say }) {
  const list = parentElement.querySelector('ol');
  list.setAttribute('aria-label', data.title);
  renew(list, data.rows.map(draw).join(''));
  list.onclick = event => {
    const pick = event.target.closest('.pick');
    if (pick) say('picked', pick.dataset.id);
  };
}
