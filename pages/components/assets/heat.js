// A table whose cells are tinted by their number, never so strongly that the number on it is hard to read.

function cell(one, row, column, data) {
  if (one.share === null) return `<td class="none">–</td>`;
  const tint = `color-mix(in srgb, light-dark(#4A4FD9, #6F76F5) ${Math.round(6 + one.share * 54)}%, var(--tv-card))`;
  const name = [`${data.rows[row].label}, ${data.columns[column].label}: ${one.text}`, one.told].filter(Boolean).join(', ');
  return `<td><button type="button" class="${one.pale ? 'pale' : ''}" data-row="${row}" data-column="${column}" aria-label="${escaped(name)}"${one.told ? ` title="${escaped(one.told)}"` : ''} style="background-color:${tint}">${escaped(one.text)}</button></td>`;
}

export default function ({ data, parentElement, say }) {
  const table = parentElement.querySelector('table');
  table.setAttribute('aria-label', data.title);
  const head = data.columns.map(one => `<th scope="col">${escaped(one.label)}</th>`).join('');
  const body = data.rows.map((row, r) => `<tr><th scope="row" title="${escaped(row.label)}">${escaped(row.label)}${row.note ? `<small>${escaped(row.note)}</small>` : ''}</th>${row.cells.map((one, c) => cell(one, r, c, data)).join('')}</tr>`).join('');
  renew(table, `<thead><tr><td></td>${head}</tr></thead><tbody>${body}</tbody>`);
  table.onclick = event => {
    const one = event.target.closest('button');
    if (one) say('picked', { row: data.rows[one.dataset.row].id, column: data.columns[one.dataset.column].id });
  };
}
