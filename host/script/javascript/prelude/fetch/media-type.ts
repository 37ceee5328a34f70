/** What is before the parameters, in lower case. */
export function essenceOf(type: string): string {
  return (type.split(";", 1)[0] as string).trim().toLowerCase();
}

/** The value of a parameter; undefined if there is none. */
export function parameterOf(type: string, name: string): string | undefined {
  for (const piece of type.split(";").slice(1)) {
    const equals = piece.indexOf("=");
    if (equals === -1 || piece.slice(0, equals).trim().toLowerCase() !== name) continue;
    const value = piece.slice(equals + 1).trim();
    return value.startsWith('"') && value.endsWith('"') && value.length > 1 ? value.slice(1, -1) : value;
  }
  return undefined;
}
