import type { SecureContext } from "node:tls";

/** Authorities that are read in one turn of the event loop. Each takes some 0.15 ms. */
const AT_ONCE = 16;

/** A context that lacks authorities. */
interface Unfinished {
  readonly context: OpenContext;
  readonly authorities: readonly string[];
  /** How many of them the context has. */
  done: number;
  onReady(context: SecureContext): void;
}

/** A method that is missing in @types/node. `createSecureContext` calls it for each entry of `ca`. */
type OpenContext = SecureContext & { readonly context: { addCACert(pem: string): void } };

/** All contexts of this thread that are not ready. The first is next. */
const unfinished: Unfinished[] = [];

/**
 * Makes a context trust these authorities, each a certificate as PEM. OpenSSL reads all of them for every context, and the
 * contexts of many certificates of clients may be wanted at once. So they are read a few at a time.
 *
 * @param isFirst Whether it comes before all others that wait
 * @returns Promise of the context, when it has them all
 */
export function addAuthorities(
  context: SecureContext,
  authorities: readonly string[],
  isFirst: boolean,
): Promise<SecureContext> {
  if (authorities.length === 0) return Promise.resolve(context);
  return new Promise((resolve) => {
    const added = { context: context as OpenContext, authorities, done: 0, onReady: resolve };
    if (isFirst) unfinished.unshift(added);
    else unfinished.push(added);
    if (unfinished.length === 1) setImmediate(addSome);
  });
}

function addSome(): void {
  const [first] = unfinished;
  if (first === undefined) return;
  for (const pem of first.authorities.slice(first.done, first.done + AT_ONCE))
    first.context.context.addCACert(pem);
  first.done += AT_ONCE;
  if (first.done >= first.authorities.length) {
    unfinished.shift();
    first.onReady(first.context);
  }
  if (unfinished.length > 0) setImmediate(addSome);
}
