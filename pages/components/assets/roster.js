// A table that its headings sort. A row is a link: a click opens it in place, with Ctrl in another tab.

function curve(values) {
  const known = values.filter(x => x !== null);
  if (known.length < 2) return '';
  const hi = Math.max(...known, 1), y = x => 20 - x / hi * 17;
  const points = values.map((x, i) => x === null ? null : `${(i * 100 / (values.length - 1)).toFixed(1)},${y(x).toFixed(1)}`).filter(Boolean);
  return `<svg viewBox="0 0 100 22" preserveAspectRatio="none" aria-hidden="true"><polyline class="curve" points="${points.join(' ')}"/></svg>`;
}

function groups(headings) {
  const runs = [];
  headings.forEach(one => runs.length && runs.at(-1).group === one.group ? runs.at(-1).count++ : runs.push({ group: one.group, count: 1 }));
  return `<tr class="groups">${runs.map(run => run.group ? `<th scope="colgroup" colspan="${run.count}" class="first"><span>${escaped(run.group)}</span></th>`
    : `<td colspan="${run.count}"></td>`).join('')}</tr>`;
}

function firsts(headings) {
  return headings.map((one, i) => one.group && (!i || headings[i - 1].group !== one.group) ? ' first' : '');
}

function head(data, first) {
  return data.headings.map((one, i) => {
    const on = one.id === data.sorted.id, way = data.sorted.falling ? 'descending' : 'ascending';
    return `<th scope="col" class="${one.number ? 'number' : 'text'}${first[i]}" ${on ? `aria-sort="${way}"` : ''}><button type="button" data-sort="${escaped(one.id)}"
      aria-label="${escaped(one.spoken || one.label)}" title="${escaped(data.words.sort.replace('{column}', one.spoken || one.label))}">${escaped(one.label)}<i aria-hidden="true">${on ? (data.sorted.falling ? '↓' : '↑') : ''}</i></button></th>`;
  }).join('');
}

function link(href, own) {
  const params = new URLSearchParams(location.search), asked = new URLSearchParams(href.split('?')[1] || '');
  own.forEach(name => params.delete(name));
  asked.forEach((value, name) => params.set(name, value));
  return `${href.split('?')[0]}?${params}`;
}

function cell(one, heading, first) {
  const marks = one.marks.map(mark => `<span class="mark ${escaped(mark.tone)}">${escaped(mark.text)}</span>`).join('');
  const spark = one.spark.length ? `<span class="spark">${curve(one.spark)}</span>` : '';
  return `<td class="${heading.number ? 'number' : 'text'}${first} ${escaped(one.tone)}"><div>${marks}${spark}${one.text ? `<span>${escaped(one.text)}</span>` : ''}</div>${one.note ? `<small class="${escaped(one.origin)}" title="${escaped(one.note)}">${escaped(one.note)}</small>` : ''}</td>`;
}

function row(line, data, first) {
  return `<tr data-id="${escaped(line.id)}"><th scope="row"><a href="${escaped(link(line.href, data.own))}" title="${escaped(line.label)}">${escaped(line.label)}</a><small>${escaped(line.note)}</small></th>
    ${line.cells.map((one, i) => cell(one, data.headings[i + 1], first[i + 1])).join('')}</tr>`;
}

export default function ({ data, parentElement, say }) {
  const table = parentElement.querySelector('table');
  const first = firsts(data.headings);
  table.setAttribute('aria-label', data.title);
  table.parentElement.setAttribute('aria-label', data.title);
  renew(table, `<thead>${groups(data.headings)}<tr>${head(data, first)}</tr></thead><tbody>${data.lines.map(line => row(line, data, first)).join('')}</tbody>`);
  table.onclick = event => {
    const button = event.target.closest('button'), line = event.target.closest('tbody tr');
    if (button) say('sorted', button.dataset.sort);
    if (!line || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    say('opened', line.dataset.id);
  };
}
