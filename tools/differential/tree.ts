/** A value of Avro with the types that it was written with. Readers print the same (AvroJudge.java; avro_judge.py, which knows fewer types). */
export type Tree =
  | readonly ['null']
  | readonly ['boolean', boolean]
  | readonly ['int' | 'long' | 'integer', string]
  /** The bits, as hexadecimal digits. */
  | readonly ['float' | 'double' | 'real', string]
  | readonly ['string' | 'enum' | 'text' | 'bytes', string]
  | readonly ['array', readonly Tree[]]
  /** By name. */
  | readonly ['map', readonly (readonly [string, Tree])[]]
  | readonly ['record', string, readonly (readonly [string, Tree])[]];

export function floatTree(value: number): Tree {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatBE(value);
  return ['float', bytes.toString('hex')];
}

export function doubleTree(value: number): Tree {
  return ['double', bitsOf(value)];
}

export function mapTree(entries: readonly (readonly [string, Tree])[]): Tree {
  return ['map', entries.toSorted(([one], [other]) => (one < other ? -1 : 1))];
}

function bitsOf(value: number): string {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes.toString('hex');
}

/** What is left where a reader doesn't tell a record from a map, an enum from text, an int from a long, a float from a double. */
export function coarse(tree: Tree): Tree {
  switch (tree[0]) {
    case 'int':
    case 'long':
      return ['integer', tree[1]];
    case 'float':
      return ['real', bitsOf(Buffer.from(tree[1], 'hex').readFloatBE())];
    case 'double':
      return ['real', tree[1]];
    case 'string':
    case 'enum':
      return ['text', tree[1]];
    case 'array':
      return ['array', tree[1].map(coarse)];
    case 'map':
      return mapTree(tree[1].map(([name, value]) => [name, coarse(value)] as const));
    case 'record':
      return mapTree(tree[2].map(([name, value]) => [name, coarse(value)] as const));
    case 'null':
    case 'boolean':
    case 'integer':
    case 'real':
    case 'text':
    case 'bytes':
      return tree;
  }
}

/** The fields of a record, by name; of a map the same. */
export function fieldsOf(tree: Tree): ReadonlyMap<string, Tree> {
  if (tree[0] === 'record') return new Map(tree[2]);
  if (tree[0] === 'map') return new Map(tree[1]);
  throw new Error(`a ${tree[0]} has no fields`);
}

/** The same record or map with what `change` makes of each field. */
export function withFields(tree: Tree, change: (name: string, value: Tree) => Tree): Tree {
  const changed = [...fieldsOf(tree)].map(([name, value]) => [name, change(name, value)] as const);
  return tree[0] === 'record' ? ['record', tree[1], changed] : ['map', changed];
}
