let isOwn = false;

/** Called around what makes a request of undici. */
export function markOwnRequests(areOwn: boolean): void {
  isOwn = areOwn;
}

/**
 * Whether the request that undici has just made is one of this package. To be called where undici tells of it, which is
 * `undici:request:create`: `new UndiciInstrumentation({ ignoreRequestHook: isOwnRequest })`.
 */
export function isOwnRequest(): boolean {
  return isOwn;
}
