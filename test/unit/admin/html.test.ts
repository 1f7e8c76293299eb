import { expect, test } from 'vitest';
import { html } from '../../../src/admin/html.ts';

test('what is put into HTML is text, in elements and attributes; HTML itself stays', () => {
  const name = `"><script>'&`;
  expect(html`<p title="${name}">${name}, ${[html`<b>${1}</b>`, 'a<b']}</p>`.html).toBe(
    '<p title="&#34;&#62;&#60;script&#62;&#39;&#38;">&#34;&#62;&#60;script&#62;&#39;&#38;, <b>1</b>a&#60;b</p>',
  );
});
