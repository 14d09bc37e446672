// Everything a person without good eyes or a mouse would trip over, as sentences. Contrast is that of WCAG 2 (AA).

() => {
  const trips = [];
  const seen = (node) => node.checkVisibility() && node.getBoundingClientRect().width > 1;
  const all = (selector) => [...document.querySelectorAll(selector)].filter(seen);
  if (all('h1').length !== 1) trips.push(`${all('h1').length} h1`);
  if (!document.documentElement.lang || !document.title) trips.push('no language or title');
  const width = document.documentElement.scrollWidth;
  if (width > innerWidth) trips.push(`wider than the window: ${width}`);
  const name = (node) => node.getAttribute('aria-label') || node.getAttribute('aria-labelledby') || node.textContent.trim()
    || [...(node.labels ?? [])].map((label) => label.textContent.trim()).join('');
  for (const node of all('button, a[href], summary')) if (!name(node)) trips.push(`no name: ${node.outerHTML.slice(0, 80)}`);
  for (const node of all('input, select, textarea')) {
    if (!node.labels?.length && !node.getAttribute('aria-label')) trips.push(`no label: ${node.outerHTML.slice(0, 80)}`);
  }
  const ids = [...document.querySelectorAll('[id]')].map((node) => node.id);
  for (const id of ids) if (ids.filter((one) => one === id).length > 1) trips.push(`twice: #${id}`);
  for (const node of document.querySelectorAll('[aria-labelledby]')) {
    if (!document.getElementById(node.getAttribute('aria-labelledby'))) trips.push(`labelled by nothing: ${node.tagName}`);
  }
  if (document.querySelector('script:not([src]), [style]:not(iframe), [onclick]')) trips.push('something inline');
  const paint = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const read = (colour) => {
    paint.clearRect(0, 0, 1, 1);
    paint.fillStyle = colour;
    paint.fillRect(0, 0, 1, 1);
    return [...paint.getImageData(0, 0, 1, 1).data];
  };
  const bright = (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  const light = (colour) => colour.slice(0, 3).map((part) => bright(part / 255))
    .reduce((sum, part, place) => sum + part * [0.2126, 0.7152, 0.0722][place], 0);
  const under = (node) => {
    for (let one = node; one; one = one.parentElement) {
      const paper = read(getComputedStyle(one).backgroundColor);
      if (paper[3] === 255) return paper;
    }
    return [255, 255, 255];
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode.parentElement;
    if (!texts.currentNode.textContent.trim() || !seen(node) || node.closest(':disabled, option')) continue;
    const [one, other] = [light(read(getComputedStyle(node).color)), light(under(node))];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (ratio < 4.5) trips.push(`contrast ${ratio.toFixed(2)}: ${texts.currentNode.textContent.trim().slice(0, 40)}`);
  }
  return [...new Set(trips)];
}
