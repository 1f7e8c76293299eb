/* Keeps the page up to date: the bridge renders, this only puts the news in place. */
'use strict';

const retryMs = 10_000;
const live = document.getElementById('live');
const main = document.querySelector('main');

/** Element by element and text by text, so that what has the focus, is open or is selected stays so. */
function patch(old, next) {
  if (old.nodeType !== next.nodeType || old.nodeName !== next.nodeName) return old.replaceWith(next);
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== next.data) old.data = next.data;
    return;
  }
  for (const { name, value } of next.attributes)
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  for (const { name } of Array.from(old.attributes))
    if (name !== 'open' && !next.hasAttribute(name)) old.removeAttribute(name);
  const [before, after] = [[...old.childNodes], [...next.childNodes]];
  after.forEach((child, index) =>
    index < before.length ? patch(before[index], child) : old.appendChild(child),
  );
  before.slice(after.length).forEach((child) => child.remove());
}

function follow() {
  const source = new EventSource('status/events?page');
  source.addEventListener('open', () => tell('Live'));
  source.addEventListener('page', ({ data }) => {
    const next = new DOMParser().parseFromString(`<main>${data}</main>`, 'text/html').querySelector('main');
    patch(main, next);
  });
  source.addEventListener('error', () => {
    tell(
      `Not live since ${new Date().toLocaleTimeString()}: the bridge is not reached, or too many look at it`,
    );
    if (source.readyState === EventSource.CLOSED) setTimeout(follow, retryMs);
  });
}

function tell(text) {
  live.textContent = text;
}

follow();
