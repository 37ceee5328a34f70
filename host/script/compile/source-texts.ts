import { type SharedTexts, textsOf } from "./shared-texts.ts";
import { LARGEST_SOURCE } from "./source-folder.ts";
import { checkSourceName, SourceRefusal } from "./source-name.ts";
import type { ScriptSource } from "./sources.ts";

/** The compiler looks for packages and for libraries under these names, and not for sources of the script. */
const TAKEN: ReadonlySet<string | undefined> = new Set(["~lib", "node_modules"]);

/** Parts of a path that the compiler leaves out, or follows. */
const NO_STEPS: ReadonlySet<string> = new Set(["", ".", ".."]);

/** A script that was given as text. Its sources are like files in a folder, but nothing on the disk is read. */
export function openScriptTexts(given: SharedTexts): ScriptSource {
  const texts = new Map<string, string>();
  for (const [givenName, text, size] of textsOf(given)) {
    const name = readName(givenName, given.extension);
    if (texts.has(name)) throw new SourceRefusal(name, "is the name of two sources");
    if (size > LARGEST_SOURCE) throw new SourceRefusal(name, `has more than ${LARGEST_SOURCE} bytes`);
    texts.set(name, text);
  }
  const [entry] = texts.keys();
  return {
    entry: entry as string,
    read: (name) => {
      checkSourceName(name);
      return texts.get(name);
    },
  };
}

/** The name as the compiler writes it. An import may begin with `./` and leave out the extension; so may a name. */
function readName(given: string, extension: string): string {
  const path = given.startsWith("./") ? given.slice(2) : given;
  const steps = path.split("/");
  const name = path.endsWith(extension) ? path : path + extension;
  checkSourceName(name);
  if (steps.some((step) => NO_STEPS.has(step))) {
    throw new SourceRefusal(given, "is no name of a source: a part of it is empty or dots");
  }
  if (TAKEN.has(steps[0])) throw new SourceRefusal(given, "is no name of a source: packages have such names");
  return name;
}
