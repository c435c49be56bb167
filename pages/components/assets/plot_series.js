// What lies along an axis of periods: bars, areas, lines, with rules, target, releases and stretches to be read with care.
const round = x => Math.round(x * 10) / 10;
const LETTER = 6.3, NARROW = 420;

// A curve through all points that rises and falls only where they do (Fritsch and Carlson, 1980).
function curve(points, smooth) {
  const at = points.map(p => p.map(round));
  if (!smooth || at.length < 3) return 'M' + at.map(p => p.join(' ')).join('L');
  const slope = at.slice(1).map((p, i) => (p[1] - at[i][1]) / (p[0] - at[i][0]));
  const bend = at.map((_, i) => {
    const before = slope[i - 1] ?? slope[i], after = slope[i] ?? slope[i - 1];
    return before * after <= 0 ? 0 : 2 * before * after / (before + after);
  });
  return 'M' + at[0].join(' ') + at.slice(1).map((p, i) => {
    const third = (p[0] - at[i][0]) / 3;
    return `C${[at[i][0] + third, at[i][1] + bend[i] * third, p[0] - third, p[1] - bend[i + 1] * third, ...p].map(round).join(' ')}`;
  }).join('');
}

function line(shape, box) {
  const points = runs(shape.at.map((share, place) => share === null ? null : [box.x(place), box.y(share)]));
  const look = `class="${shape.tone} line ${shape.dash}"`, foot = round(box.y(0));
  return points.map(run => {
    const path = curve(run, shape.smooth);
    const fill = shape.fill && run.length > 1 ? `<path class="${shape.tone} under" d="${path}L${round(run[run.length - 1][0])} ${foot}L${round(run[0][0])} ${foot}Z"/>` : '';
    const dots = shape.dots ? run.map(p => `<circle class="${shape.tone} dot" cx="${round(p[0])}" cy="${round(p[1])}" r="3"/>`).join('') : '';
    return `${fill}<path ${look} d="${path}"/>${dots}`;
  }).join('');
}

function area(shape, box) {
  const last = shape.to.length - 1, joint = last - shape.tail;
  const piece = (first, end, look) => {
    if (end - first < 1) return '';
    const top = [], foot = [];
    for (let place = first; place <= end; place++) { top.push([box.x(place), box.y(shape.to[place])]); foot.unshift([box.x(place), box.y(shape.from[place])]); }
    return `<path class="${shape.tone} area ${look}" d="${curve(top)}L${curve(foot).slice(1)}Z"/><path class="${shape.tone} line thin ${look}" d="${curve(top)}"/>`;
  };
  return piece(0, joint, '') + (shape.tail ? piece(Math.max(joint, 0), last, 'tail') : '');
}

function bars(shape, box) {
  const slots = shape.slots ?? 1, whole = box.spread ? box.step * .93 : Math.min(box.step * .68, 34 * slots), wide = whole / slots;
  return shape.to.map((share, place) => {
    if (share === null || share === shape.from[place]) return '';
    const [top, foot] = [share, shape.from[place]].map(box.y).sort((a, b) => a - b), x = box.x(place) - whole / 2 + wide * (shape.slot ?? 0);
    const tail = place >= shape.to.length - shape.tail ? ' tail' : '', corner = Math.min(shape.round ? 3 : 2, wide / 2, foot - top);
    const up = share >= shape.from[place], r = [x, top, wide, foot - top].map(round);
    // Only the end that is away from the axis is round.
    const path = shape.round ? (up ? `M${r[0]} ${round(foot)}V${round(top + corner)}q0 ${-corner} ${corner} ${-corner}H${round(x + wide - corner)}q${corner} 0 ${corner} ${corner}V${round(foot)}Z` : `M${r[0]} ${r[1]}V${round(foot - corner)}q0 ${corner} ${corner} ${corner}H${round(x + wide - corner)}q${corner} 0 ${corner} ${-corner}V${r[1]}Z`) : `M${r[0]} ${r[1]}h${r[2]}v${r[3]}h${-r[2]}Z`;
    return `<path class="${shape.tone} bar${tail}" data-series="${shape.series}" d="${path}"/>`;
  }).join('');
}

// A name stands below every period, or below each second, third, … where they would run into each other.
function labels(data, box) {
  const longest = Math.max(...data.labels.map(name => name.length)) * LETTER + 12, each = Math.max(Math.ceil(longest / box.step), 1);
  return data.labels.map((name, place) => place % each ? '' : `<text x="${round(box.x(place))}" y="${round(box.foot + 18)}" text-anchor="middle">${escaped(name)}</text>`).join('');
}

function around(data, box) {
  const rules = data.rules.map(([share, name, zero]) => {
    const y = round(box.y(share));
    return `<line class="rule${zero ? ' zero' : ''}" x1="${round(box.left)}" x2="${round(box.right)}" y1="${y}" y2="${y}"/><text x="${round(box.left - 8)}" y="${y + 4}" text-anchor="end">${escaped(name)}</text>`;
  });
  const bands = data.bands.map(([first, last, name]) => `<rect class="band" x="${round(box.x(first - .5))}" y="${box.top}" width="${round((last - first + 1) * box.step)}" height="${round(box.foot - box.top)}"/><text class="band" x="${round(box.x((first + last) / 2))}" y="${round(box.foot - 6)}" text-anchor="middle">${escaped(name)}</text>`);
  const named = box.wide > NARROW || data.spread;
  const releases = data.releases.map(([place, name, side]) => {
    const x = round(box.x(place)), text = named && name ? `<text class="release" x="${x + (side === 'left' ? -3 : 3)}" y="${box.top - 8}" text-anchor="${side === 'left' ? 'start' : 'end'}">${escaped(name)}</text>` : '';
    return `<line class="release" x1="${x}" x2="${x}" y1="${box.top - 4}" y2="${round(box.foot)}"/>${text}`;
  });
  return bands.join('') + rules.join('') + releases.join('');
}

function ofSeries(data, wide, high) {
  const { left, right, top, bottom } = data.room, step = (wide - left - right) / data.labels.length, foot = high - bottom;
  const box = { wide, left, right: wide - right, top, foot, step, spread: data.spread, x: place => left + (place + .5) * step, y: share => foot - share * (foot - top) };
  const kinds = { line, area, bars }, y = data.target === null ? 0 : round(box.y(data.target));
  const target = data.target === null ? '' : `<line class="target" x1="${round(left)}" x2="${round(box.right)}" y1="${y}" y2="${y}"/>`;
  const column = `<rect class="column" y="${top}" width="${round(step)}" height="${round(foot - top)}"/>`;
  return {
    svg: column + around(data, box) + labels(data, box) + data.shapes.map(shape => kinds[shape.kind](shape, box)).join('') + target,
    count: data.labels.length,
    near: (x, _y) => x < left || x > box.right ? -1 : Math.min(Math.floor((x - left) / step), data.labels.length - 1),
    at: place => [box.x(place), top + (foot - top) * .3],
    mark: (svg, place) => svg.querySelector('.column').setAttribute('x', round(box.x(place) - step / 2)),
    rows: place => data.tips.rows.map(([look, name, texts]) => [look, name, texts[place]]),
  };
}
