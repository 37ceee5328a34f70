const TYPE = "HttpBackgroundWarning";
const CODE = "HTTP_BACKGROUND_OPTION_IGNORED";
/** An application whose options come from elsewhere must not fill the memory, or a log. */
const MOST_WARNINGS = 20;

const warned = new Set<string>();

/** Whether any warning could still be given. */
export function mayWarn(): boolean {
  return warned.size < MOST_WARNINGS;
}

/** Whether a warning of this kind could still be given. */
export function isNews(kind: string): boolean {
  return mayWarn() && !warned.has(kind);
}

/** Warns once for each process and kind. */
export function warnOnce(kind: string, option: string, reason: string): void {
  if (!isNews(kind)) return;
  warned.add(kind);
  process.emitWarning(`The option ${JSON.stringify(option)} is ignored: ${reason}`, {
    type: TYPE,
    code: CODE,
  });
}
