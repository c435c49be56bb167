// The steps of a funnel: name, count, share of the first step as a bar, and what was lost on the way here.

function draw(step, place) {
  const pick = step.lost ? `<button type="button" class="pick" data-step="${place + 1}" aria-label="${escaped(step.spoken)}"></button>` : '';
  const notes = [step.on, step.took].filter(Boolean).map(escaped);
  if (step.lost) notes.push(`<span class="lost">${escaped(step.lost)}</span>`);
  return `<li>${pick}<span class="body"${pick ? ' aria-hidden="true"' : ''}><span class="place">${place + 1}</span><span class="name" title="${escaped(step.name)}">${escaped(step.name)}</span>
    <span class="count">${escaped(step.count)}</span><span class="bar"><i style="width:${(step.share * 100).toFixed(1)}%"></i></span>
    <span class="share">${escaped(step.whole)}</span><span class="note">${notes.join(' · ')}</span></span></li>`;
}

export default function ({ data, parentElement, say }) {
  const list = parentElement.querySelector('ol');
  list.setAttribute('aria-label', data.title);
  renew(list, data.steps.map(draw).join(''));
  list.onclick = event => {
    const pick = event.target.closest('.pick');
    if (pick) say('picked', Number(pick.dataset.step));
  };
}
