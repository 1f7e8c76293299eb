/** A few hundred bytes that become a frame of megabytes: what is repeated, and how often. */
import { z } from 'zod';

/** JSON text between quotes, and how often. */
const text = z.tuple([z.string(), z.int().nonnegative()]);

/** One value, as often as `times` says. */
export interface Part {
  readonly times: number;
  readonly node: Node;
}

/** Fields of equal values; all fields of a frame are numbered in their order, modulo `distinct`, and 0 leaves the number out. */
interface Field extends Part {
  readonly name: readonly [unit: string, times: number];
  readonly distinct: number;
}

export type Node =
  | { readonly raw: string }
  | { readonly text: readonly [unit: string, times: number] }
  | { readonly items: readonly Part[] }
  | { readonly fields: readonly Field[] }
  | { readonly levels: number; readonly of: '[' | '{'; readonly node: Node };

const node: z.ZodType<Node> = z.lazy(() =>
  z.union([
    z.strictObject({ raw: z.string() }),
    z.strictObject({ text }),
    z.strictObject({ items: z.array(part) }),
    z.strictObject({ fields: z.array(field) }),
    z.strictObject({ levels: z.int().nonnegative(), of: z.enum(['[', '{']), node }),
  ]),
);
const times = z.int().nonnegative();
const part = z.strictObject({ times, node });
const field = z.strictObject({ times, name: text, distinct: z.int().nonnegative(), node });
const notification = z.strictObject({ times, object: text, notificationType: text, data: z.array(part) });
const recipe = z.strictObject({ id: text, notifications: z.array(notification) });

export type Recipe = z.infer<typeof recipe>;

/** @returns undefined where it is none */
export function readRecipe(input: Buffer): Recipe | undefined {
  try {
    return recipe.parse(JSON.parse(input.toString()));
  } catch {
    return undefined;
  }
}

export function writeRecipe(recipe: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(recipe)}\n`);
}

/** The frame, with every repetition that the payload has room for. */
export function frameOf({ id, notifications }: Recipe, maxBytes: number): Buffer {
  const parts: string[] = [];
  /** A piece that has begun, such as a name behind the last comma, needs some of it. */
  let left = maxBytes - 1024;
  let fields = 0;

  put('{"version":"1.0","id":"');
  put(repeated(id));
  put('","type":"NOTIFICATION","subType":"REQUEST","timeStamp":1760000000,"payload":[');
  list(notifications, ({ object, notificationType, data }) => {
    put(`{"notificationType":"${repeated(notificationType)}","object":"${repeated(object)}","data":[`);
    list(data, (part) => write(part.node));
    put(']}');
  });
  put(']}');
  return Buffer.from(parts.join(''));

  function put(text: string): void {
    left -= Buffer.byteLength(text);
    parts.push(text);
  }

  /** Room for the closing text is set aside at once. */
  function within(open: string, close: string, inner: () => void): void {
    put(open);
    left -= close.length;
    inner();
    parts.push(close);
  }

  function repeated([unit, times]: readonly [string, number]): string {
    return unit.repeat(Math.max(0, Math.min(times, Math.floor(left / Math.max(1, Buffer.byteLength(unit))))));
  }

  function list<P extends { readonly times: number }>(all: readonly P[], one: (each: P) => void): void {
    let isFirst = true;
    for (const each of all) {
      for (let n = 0; n < each.times && left > 0; n++) {
        if (!isFirst) put(',');
        isFirst = false;
        one(each);
      }
    }
  }

  function write(node: Node): void {
    if ('raw' in node) put(node.raw);
    else if ('text' in node) put(`"${repeated(node.text)}"`);
    else if ('items' in node) {
      within('[', ']', () => list(node.items, (part) => write(part.node)));
    } else if ('fields' in node) {
      const writeField = ({ name, distinct, node }: Field): void => {
        put(`"${repeated(name)}${distinct === 0 ? '' : fields++ % distinct}":`);
        write(node);
      };
      within('{', '}', () => list(node.fields, writeField));
    } else {
      const [open, close] = node.of === '[' ? ['[', ']'] : ['{"a":', '}'];
      const levels = Math.max(0, Math.min(node.levels, Math.floor(left / (open.length + 1))));
      within(open.repeat(levels), close.repeat(levels), () => write(node.node));
    }
  }
}
