// Bubbles on a plane that is cut at the medians; names that would run into another one are left out.
function ofBubbles(data, wide, high) {
  const { left, right, top, bottom } = data.room, foot = high - bottom, end = wide - (wide > NARROW ? right : 24);
  const x = share => left + share * (end - left), y = share => foot - share * (foot - top);
  const across = data.across.ticks.map(([share, name]) => `<line class="rule" x1="${round(x(share))}" x2="${round(x(share))}" y1="${top}" y2="${foot}"/><text x="${round(x(share))}" y="${foot + 17}" text-anchor="middle">${escaped(name)}</text>`);
  const up = data.up.ticks.map(([share, name]) => `<line class="rule" x1="${left}" x2="${round(end)}" y1="${round(y(share))}" y2="${round(y(share))}"/><text x="${left - 8}" y="${round(y(share)) + 4}" text-anchor="end">${escaped(name)}</text>`);
  const axes = `<text x="${round((left + end) / 2)}" y="${foot + 38}" text-anchor="middle">${escaped(data.across.label)}</text><text transform="translate(12 ${round((top + foot) / 2)}) rotate(-90)" text-anchor="middle">${escaped(data.up.label)}</text>`;
  const cut = [];
  if (data.across.median) { const [share, name] = data.across.median; cut.push(`<line class="median" x1="${round(x(share))}" x2="${round(x(share))}" y1="${top}" y2="${foot}"/><text x="${round(x(share))}" y="${top - 8}" text-anchor="middle">${escaped(name)}</text>`); }
  if (data.up.median) { const [share, name] = data.up.median; cut.push(`<line class="median" x1="${left}" x2="${round(end)}" y1="${round(y(share))}" y2="${round(y(share))}"/>${wide > NARROW ? `<text x="${round(end) + 5}" y="${round(y(share)) + 4}">${escaped(name)}</text>` : ''}`); }
  const places = data.dots.map(([acrossShare, upShare, radius]) => [x(acrossShare), y(upShare), radius]);
  // A name stands to the right of its bubble, or to the left, where neither another name nor another bubble is; the tooltip has all.
  const taken = places.map(([cx, cy, r]) => [cx - r, cy - r, cx + r, cy + r]);
  const free = (box, own) => box[0] >= left && box[2] <= wide && taken.every((t, place) => place === own || t[0] >= box[2] || box[0] >= t[2] || t[1] >= box[3] || box[1] >= t[3]);
  const names = data.dots.map(([, , , , name, named], place) => {
    const [cx, cy, r] = places[place], long = name.length * LETTER;
    const box = named && [cx + r + 5, cx - r - 5 - long].map(begin => [begin, cy - 7, begin + long, cy + 7]).find(one => free(one, place));
    if (!box) return '';
    taken.push(box);
    return `<text class="name" x="${round(box[0] > cx ? box[0] : box[2])}" y="${round(cy + 4)}"${box[0] > cx ? '' : ' text-anchor="end"'}>${escaped(name)}</text>`;
  });
  const dots = data.dots.map(([, , r, colour], place) => `<circle class="bubble" data-place="${place}" cx="${round(places[place][0])}" cy="${round(places[place][1])}" r="${r}" fill="${escaped(colour)}"/>`);
  return {
    svg: across.join('') + up.join('') + axes + cut.join('') + dots.join('') + names.join(''),
    count: data.dots.length,
    // The smallest bubble under the pointer: it may lie on a large one.
    near: (px, py) => places.reduce((best, [cx, cy, r], place) => Math.hypot(px - cx, py - cy) <= Math.max(r, 8) && (best < 0 || r < places[best][2]) ? place : best, -1),
    at: place => places[place],
    mark: (svg, place) => svg.querySelectorAll('.bubble').forEach((one, number) => one.classList.toggle('here', number === place)),
    rows: place => data.tips.each[place],
  };
}
