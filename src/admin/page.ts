import { html } from './html.ts';
import { sections } from './sections.ts';
import type { Status } from './status.ts';

/** Nothing but the page's own files; nothing inline, nowhere to send anything, and no frame around it. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "form-action 'none'",
].join('; ');

/** What page/live.js puts in place of what is there. */
export function renderMain(status: Status): string {
  return withoutIndents(sections(status).html);
}

/** The page as a whole. Without JavaScript it is the state of the moment at which it was asked for. */
export function renderPage(status: Status): string {
  const { html: text } = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>nbwss-bridge</title>
        <link rel="icon" href="page/icon.svg" />
        <link rel="stylesheet" href="page/page.css" />
        <script src="page/live.js" defer></script>
      </head>
      <body>
        <header>
          <h1>nbwss-bridge</h1>
          <p id="live">
            As of <time datetime="${status.at}">${status.at.slice(0, 19).replace('T', ' ')} UTC</time>
          </p>
        </header>
        <main>${sections(status)}</main>
        <footer>
          <nav aria-label="The same for programs">
            <a href="status">status as JSON</a> <a href="readyz?verbose">checks</a>
            <a href="metrics">metrics</a>
          </nav>
        </footer>
      </body>
    </html>`;
  return withoutIndents(text);
}

/** Also what live.js compares is free of them. */
function withoutIndents(text: string): string {
  return text.replace(/\n\s*/g, '\n');
}
