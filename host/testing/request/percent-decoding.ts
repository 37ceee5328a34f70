/** A text of a URL without its escapes; as it is, if one of them is none. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
