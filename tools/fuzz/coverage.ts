/**
 * Counts which blocks of the sources run. Modules that are loaded after `startCoverage` get a counter in each block; V8's own block
 * coverage needs no change of them, but takes a millisecond for each input, ten times what the input itself takes.
 */
import { type LoadFnOutput, registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** Stands in such a text before how often the block ran. */
export const howOften = ' × ';

/** Which blocks ran since it was called last, as one text for each with about how often. */
export type TakeCoverage = () => string[];

const counters = new Uint32Array(1 << 14);
let blocks = 0;

/** @param folder whose modules count; it ends with a slash */
export function startCoverage(folder: string): TakeCoverage {
  Object.defineProperty(globalThis, '__ran', { value: counters });
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      const counts = url.startsWith('file:') && fileURLToPath(url).startsWith(folder);
      if (!counts || loaded.format !== 'module-typescript') return loaded;
      return { ...loaded, source: withCounters(textOf(loaded.source)) };
    },
  });
  return () => {
    const ran: string[] = [];
    for (let block = 0; block < blocks; block++) {
      const count = counters[block] ?? 0;
      // Once, a few times, and often are three things.
      if (count > 0) ran.push(`block ${block}${howOften}${Math.min(6, 32 - Math.clz32(count))}`);
    }
    counters.fill(0, 0, blocks);
    return ran;
  };
}

function textOf(source: LoadFnOutput['source']): string {
  return typeof source === 'string' ? source : Buffer.from(source as Uint8Array).toString();
}

/** A source whose functions, branches and operands each count that they run. Lines stay where they are. */
export function withCounters(source: string): string {
  const file = ts.createSourceFile('source.ts', source, ts.ScriptTarget.Latest, true);
  /** Texts to put in, in the order of their positions; of equal positions an outer opening goes first, an outer closing last. */
  const edits: { readonly at: number; readonly order: number; readonly text: string }[] = [];
  visit(file);
  let result = '';
  let end = 0;
  for (const { at, text } of edits.toSorted((a, b) => a.at - b.at || a.order - b.order)) {
    result += source.slice(end, at) + text;
    end = at;
  }
  return result + source.slice(end);

  function visit(node: ts.Node): void {
    if (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined) {
      if (ts.isBlock(node.body)) block(node.body);
      else expression(node.body);
    } else if (ts.isIfStatement(node)) {
      statement(node.thenStatement);
      if (node.elseStatement) statement(node.elseStatement);
    } else if (ts.isIterationStatement(node, false)) statement(node.statement);
    else if (ts.isConditionalExpression(node)) {
      expression(node.whenTrue);
      expression(node.whenFalse);
    } else if (ts.isBinaryExpression(node) && isLogical(node.operatorToken.kind)) expression(node.right);
    else if (ts.isCaseOrDefaultClause(node)) {
      const colon = node.getChildren(file).find(({ kind }) => kind === ts.SyntaxKind.ColonToken);
      if (colon) put(colon.end, count(';'));
    } else if (ts.isCatchClause(node)) block(node.block);
    ts.forEachChild(node, visit);
  }

  function block({ statements }: ts.Block): void {
    put(statements.pos, count(';'));
  }

  function statement(node: ts.Statement): void {
    if (ts.isBlock(node)) return block(node);
    put(node.getStart(file), `{${count(';')}`);
    put(node.end, '}', true);
  }

  function expression(node: ts.Expression): void {
    put(node.getStart(file), `(${count(',')}`);
    put(node.end, ')', true);
  }

  function put(at: number, text: string, closes = false): void {
    edits.push({ at, text, order: closes ? -edits.length : edits.length });
  }

  function count(separator: string): string {
    return `__ran[${blocks++}]++${separator}`;
  }
}

function isLogical(operator: ts.SyntaxKind): boolean {
  return [
    ts.SyntaxKind.AmpersandAmpersandToken,
    ts.SyntaxKind.BarBarToken,
    ts.SyntaxKind.QuestionQuestionToken,
    ts.SyntaxKind.AmpersandAmpersandEqualsToken,
    ts.SyntaxKind.BarBarEqualsToken,
    ts.SyntaxKind.QuestionQuestionEqualsToken,
  ].includes(operator);
}
