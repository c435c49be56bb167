// The tree of a metric and what drives it: nested lists of buttons, so that a keyboard walks it and a reader hears its levels.

function draw(node, words) {
  const arrow = { up: '↑', down: '↓', flat: '→' }[node.direction];
  const chip = node.delta ? `<span class="chip ${node.tone}">${arrow} ${escaped(node.delta)}</span>` : '';
  const open = node.progress ? `<span class="open" title="${escaped(words.unfinished)}: ${escaped(node.progress)}"></span>` : '';
  const fails = node.failing ? `<span class="fails" title="${escaped(words.fails)}: ${escaped(node.failing)}"></span>` : '';
  const inputs = node.inputs.length ? `<ul>${node.inputs.map(one => draw(one, words)).join('')}</ul>` : '';
  return `<li><button type="button" class="node" data-id="${escaped(node.id)}" aria-label="${escaped(node.spoken)}" title="${escaped(node.problem || node.label)}">
    <span class="label">${escaped(node.label)}</span><span class="value">${escaped(node.value)}</span>${chip}${open}${fails}</button>${inputs}</li>`;
}

export default function ({ data, parentElement, say }) {
  const list = parentElement.querySelector('ul');
  list.setAttribute('aria-label', data.title);
  renew(list, draw(data.root, data.words));
  list.onclick = event => {
    const node = event.target.closest('.node');
    if (node) say('picked', node.dataset.id);
  };
}
