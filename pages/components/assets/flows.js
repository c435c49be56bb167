// Flows between columns of nodes: a node is as high as what goes through it, a band as thick as what goes along it.
const NODE = 10, GAP = 10, LEAST = 130, LABEL = 124;

function nodesOf(flows) {
  const levels = [];
  const node = (level, name, rest) => {
    const column = (levels[level] ??= new Map());
    if (!column.has(name)) column.set(name, { level, name, rest, in: 0, out: 0 });
    return column.get(name);
  };
  for (const one of flows) {
    node(one.step - 1, one.source, one.from_rest).out += one.count;
    node(one.step, one.target, one.to_rest).in += one.count;
  }
  return levels.map(column => [...column.values()].sort((a, b) => a.rest - b.rest || Math.max(b.in, b.out) - Math.max(a.in, a.out)));
}

function place(levels, width, height) {
  const size = node => Math.max(node.in, node.out), total = column => column.reduce((sum, node) => sum + size(node), 0);
  const scale = Math.min(...levels.map(column => (height - 8 - GAP * (column.length - 1)) / Math.max(total(column), 1)));
  levels.forEach((column, level) => {
    let y = 4;
    for (const node of column) {
      Object.assign(node, { x: levels.length < 2 ? 0 : level * (width - NODE - LABEL) / (levels.length - 1), y, height: Math.max(size(node) * scale, 1.5), left: 0, entered: 0 });
      y += node.height + GAP;
    }
  });
  return scale;
}

function drawing(data, width) {
  const levels = nodesOf(data.flows), scale = place(levels, width, data.height);
  const find = (level, name) => levels[level].find(node => node.name === name);
  const order = [...data.flows].sort((a, b) => find(a.step, a.target).y - find(b.step, b.target).y);
  const links = order.map(one => {
    const from = find(one.step - 1, one.source), to = find(one.step, one.target), thick = Math.max(one.count * scale, 1);
    const y0 = from.y + from.left + thick / 2, y1 = to.y + to.entered + thick / 2, x0 = from.x + NODE, x1 = to.x, bend = (x1 - x0) / 2;
    from.left += thick; to.entered += thick;
    return `<path class="link${one.to_rest ? ' rest' : ''}" stroke-width="${thick.toFixed(1)}" d="M${x0} ${y0.toFixed(1)}C${x0 + bend} ${y0.toFixed(1)} ${x1 - bend} ${y1.toFixed(1)} ${x1} ${y1.toFixed(1)}"><title>${escaped(one.source)} → ${escaped(one.target)}: ${escaped(one.text)}</title></path>`;
  });
  const nodes = levels.flat().map(node => {
    const label = node.height < 9 ? '' : `<text x="${node.x + NODE + 6}" y="${(node.y + node.height / 2 + 4).toFixed(1)}">${escaped(node.name)}</text>`;
    return `<rect class="${node.rest ? 'rest' : ''}" x="${node.x}" y="${node.y.toFixed(1)}" width="${NODE}" height="${node.height.toFixed(1)}" rx="2"><title>${escaped(node.name)}</title></rect>${label}`;
  });
  return links.join('') + nodes.join('');
}

export default function ({ data, parentElement }) {
  const wrap = parentElement.querySelector('.wrap'), svg = wrap.querySelector('svg');
  wrap.setAttribute('aria-label', `${data.title}. ${data.said}`);
  const draw = () => {
    const levels = Math.max(...data.flows.map(one => one.step), 1) + 1, width = Math.max(wrap.clientWidth, levels * LEAST);
    svg.setAttribute('width', width);
    svg.setAttribute('viewBox', `0 0 ${width} ${data.height}`);
    renew(svg, drawing(data, width));
  };
  draw();
  const watched = new ResizeObserver(draw);
  watched.observe(wrap);
  return () => watched.disconnect();
}
