// The steps of a bridge: bars that begin where the one before ends.

function draw(row) {
  const pick = row.id ? `<button type="button" class="pick" data-id="${escaped(row.id)}" aria-label="${escaped(row.spoken)}"></button>` : '';
  const place = `left:${(row.begins * 100).toFixed(2)}%;width:${((row.ends - row.begins) * 100).toFixed(2)}%`;
  return `<li class="${escaped(row.tone)}">${pick}<span class="body"${pick ? ' aria-hidden="true"' : ''}><span class="label" title="${escaped(row.label)}">${escaped(row.label)}</span>
    <span class="track"><i style="${place}"></i></span><span class="value">${escaped(row.value)}</span></span></li>`;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const list = parentElement.querySelector('ol'), drawn = JSON.stringify(data);
  if (list.dataset.drawn !== drawn) {
    list.dataset.drawn = drawn;
    list.setAttribute('aria-label', data.title);
    list.innerHTML = data.rows.map(draw).join('');
  }
  list.onclick = event => {
    const pick = event.target.closest('.pick');
    if (pick) setTriggerValue('picked', pick.dataset.id);
  };
}
