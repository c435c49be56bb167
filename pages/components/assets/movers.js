// What changed most: each change with its strength (to the right when it helps, to the left when it hurts) and where it comes from.

function draw(move, why) {
  const side = move.tone === 'bad' ? 'left' : 'right', tag = move.tag ? `<span class="tag">${escaped(move.tag)}</span>` : '';
  return `<li data-id="${escaped(move.id)}"><button type="button" class="pick" aria-label="${escaped(move.spoken)}"></button>
    <div aria-hidden="true"><div class="top"><span class="label">${escaped(move.label)}</span><span class="delta ${move.tone}">${escaped(move.delta)}</span></div>
    <div class="bar"><i class="${side} ${move.tone}" style="width:${(move.strength * 50).toFixed(1)}%"></i></div>
    <p>${escaped(move.why)}${tag}</p></div>${why ? `<button type="button" class="ask" aria-label="${escaped(`${why} ${move.label}`)}">${escaped(why)}</button>` : ''}</li>`;
}

export default function ({ data, parentElement, say }) {
  const list = parentElement.querySelector('ol');
  list.setAttribute('aria-label', data.title);
  renew(list, data.moves.map(move => draw(move, data.why)).join(''));
  list.onclick = event => {
    const move = event.target.closest('li');
    if (move) say(event.target.closest('.ask') ? 'why' : 'picked', move.dataset.id);
  };
}
