// A chart: drawn as wide as it stands, drawn again when it is resized; pointer and arrow keys say what a mark is, a click or Enter picks it.
const drawings = { series: ofSeries, bubbles: ofBubbles };

function tipOf(data, drawn, place) {
  const rows = drawn.rows(place).map(([look, name, text]) => `<tr><td>${look ? `<i class="${look}"></i>` : ''}${escaped(name)}</td><td>${escaped(text)}</td></tr>`).join('');
  return `<b>${escaped(data.tips.heads[place])}</b><table>${rows}</table><p>${escaped(data.tips.notes[place])}</p>`;
}

export default function ({ data, parentElement, say }) {
  const plot = parentElement.querySelector('.tv-plot'), svg = plot.querySelector('svg'), tip = plot.querySelector('.tv-tip');
  let drawn = null, here = -1;
  svg.setAttribute('aria-label', data.said);
  plot.classList.toggle('picks', data.picks);
  plot.style.height = data.height ? `${data.height}px` : '';
  const room = plot.parentElement.parentElement; // Streamlit's element, which gives a chart without a height of its own what is left
  room.toggleAttribute('data-tall', !data.height);

  const draw = (wide, high) => {
    plot.size = [wide, high];
    drawn = drawings[data.kind](data, wide, high);
    svg.setAttribute('viewBox', `0 0 ${wide} ${high}`);
    renew(svg, drawn.svg);
    hide();
  };
  const hide = () => { here = -1; tip.hidden = true; plot.classList.remove('pointed'); };
  const show = place => {
    if (place < 0) { hide(); return; }
    if (place === here) return;
    here = place;
    plot.classList.add('pointed');
    drawn.mark(svg, place);
    tip.innerHTML = tipOf(data, drawn, place);
    tip.hidden = false;
    const [x, y] = drawn.at(place), [wide, high] = plot.size, right = x + 16 + tip.offsetWidth <= wide;
    tip.style.left = `${right ? x + 16 : Math.max(x - 16 - tip.offsetWidth, 0)}px`;
    tip.style.top = `${Math.max(Math.min(y, high - tip.offsetHeight), 0)}px`;
  };
  const pick = (place, series) => { if (data.picks && place >= 0) say('picked', { place, series }); };
  const pointed = event => { const box = svg.getBoundingClientRect(); return drawn ? drawn.near(event.clientX - box.left, event.clientY - box.top) : -1; };

  svg.onpointermove = event => show(pointed(event));
  svg.onpointerleave = hide;
  svg.onclick = event => pick(pointed(event), event.target.dataset.series === undefined ? null : Number(event.target.dataset.series));
  svg.onblur = hide;
  svg.onkeydown = event => {
    const last = drawn ? drawn.count - 1 : -1, to = { ArrowRight: Math.min(here + 1, last), ArrowLeft: here < 0 ? last : Math.max(here - 1, 0), Home: 0, End: last }[event.key];
    if (to !== undefined && last >= 0) { event.preventDefault(); show(to); }
    else if (event.key === 'Escape' && here >= 0) { event.stopPropagation(); hide(); }
    else if (event.key === 'Enter') pick(here, null);
  };
  if (plot.size) draw(...plot.size);
  const watched = new ResizeObserver(([entry]) => {
    const { width, height } = entry.contentRect;
    if (width && height && (!drawn || plot.size[0] !== width || plot.size[1] !== height)) draw(width, height);
  });
  watched.observe(plot);
  return () => { watched.disconnect(); room.removeAttribute('data-tall'); };
}
