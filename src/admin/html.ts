/** Text that may stand in HTML as it is. */
export interface Html {
  readonly html: string;
}

type Part = Html | string | number | readonly Part[];

/** Everything that is put into it is escaped, unless it is Html itself. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return { html: String.raw({ raw: texts }, ...parts.map(toHtml)) };
}

function toHtml(part: Part): string {
  if (typeof part === 'number') return String(part);
  if (typeof part === 'string') return escape(part);
  return 'html' in part ? part.html : part.map(toHtml).join('');
}

/** For text, and for attributes in double quotes. */
function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
