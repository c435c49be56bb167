// A table whose cells are tinted by their number, never so strongly that the number on it is hard to read. Tab comes to it once, arrow keys
// go from cell to cell, Enter opens what is behind one.

function cell(one, stop) {
  if (one.share === null) return '<td class="none">–</td>';
  const look = `${one.pale ? ' class="pale"' : ''}${one.told ? ` title="${escaped(one.told)}"` : ''}`;
  return `<td tabindex="${stop ? 0 : -1}" style="--share:${Math.round(6 + one.share * 54)}%"${look}>${escaped(one.text)}</td>`;
}

function line(row, stop) {
  const note = row.note ? `<small>${escaped(row.note)}</small>` : '';
  return `<tr><th scope="row" title="${escaped(row.label)}">${escaped(row.label)}${note}</th>${row.cells.map(one => cell(one, one === stop)).join('')}</tr>`;
}

const at = one => [one.parentElement.rowIndex - 1, one.cellIndex - 1];

// The cell that a key leads to, over those without a number.
function led(one, key) {
  const along = [...one.parentElement.querySelectorAll('[tabindex]')], rows = [...one.closest('tbody').rows];
  const place = along.indexOf(one), down = rows.map(row => row.cells[one.cellIndex]).filter(other => other?.hasAttribute('tabindex')), here = down.indexOf(one);
  return { ArrowRight: along[place + 1], ArrowLeft: along[place - 1], ArrowDown: down[here + 1], ArrowUp: down[here - 1], Home: along[0], End: along.at(-1) }[key];
}

export default function ({ data, parentElement, say }) {
  const table = parentElement.querySelector('table'), stood = table.querySelector('[tabindex="0"]');
  const [r, c] = stood ? at(stood) : [0, 0], kept = data.rows[r]?.cells[c];
  const stop = kept && kept.share !== null ? kept : data.rows.flatMap(row => row.cells).find(one => one.share !== null);
  const head = data.columns.map(one => `<th scope="col">${escaped(one.label)}</th>`).join('');
  table.setAttribute('aria-label', data.title);
  renew(table, `<thead><tr><td></td>${head}</tr></thead><tbody>${data.rows.map(row => line(row, stop)).join('')}</tbody>`);

  const on = event => event.target.closest('td[tabindex]');
  const stand = one => { table.querySelector('[tabindex="0"]').tabIndex = -1; one.tabIndex = 0; one.focus(); };
  const pick = one => { const [row, column] = at(one); stand(one); say('picked', { row: data.rows[row].id, column: data.columns[column].id }); };
  table.onclick = event => { if (on(event)) pick(on(event)); };
  table.onkeydown = event => {
    const one = on(event), next = one && led(one, event.key), picks = one && ['Enter', ' '].includes(event.key);
    if (next || picks) event.preventDefault();
    if (picks) pick(one); else if (next) stand(next);
  };
}
