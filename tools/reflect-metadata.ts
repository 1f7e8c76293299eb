/**
 * The part of the Reflect metadata API that `@peculiar/x509` needs at its import: a class and its parent's metadata, by
 * key. Import it before that package, which refuses to load without.
 */
type Metadata = Map<unknown, unknown>;

const store = new WeakMap<object, Metadata>();

function getOwnMetadata(key: unknown, target: object): unknown {
  return store.get(target)?.get(key);
}

function getMetadata(key: unknown, target: object): unknown {
  for (let at: object | null = target; at !== null; at = Reflect.getPrototypeOf(at)) {
    if (store.get(at)?.has(key) === true) return getOwnMetadata(key, at);
  }
  return undefined;
}

function defineMetadata(key: unknown, value: unknown, target: object): void {
  const metadata: Metadata = store.get(target) ?? new Map();
  store.set(target, metadata.set(key, value));
}

function metadata(key: unknown, value: unknown): (target: object) => void {
  return (target) => defineMetadata(key, value, target);
}

Object.assign(Reflect, { getMetadata, getOwnMetadata, defineMetadata, metadata });
