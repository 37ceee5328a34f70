const WIDTH = 80;
/** Lists of more items are shown in lines that are filled. */
const FEW_ITEMS = 6;

interface Shape {
  /** What is before the brackets; empty, or it ends with a blank. */
  readonly prefix: string;
  readonly isList: boolean;
  /** Whether not much is inside of its members. */
  readonly isFlat: boolean;
  readonly level: number;
}

/** The members of an object in one line, if it is short, and in lines otherwise. */
export function layOut(members: readonly string[], { prefix, isList, isFlat, level }: Shape): string {
  const [open, close] = isList ? "[]" : "{}";
  const isPlain = !members.some((member) => member.includes("\n"));
  const indent = "  ".repeat(level);
  const isFew = !isList || members.length <= FEW_ITEMS;
  const length = members.reduce(
    (sum, member) => sum + member.length + 1,
    prefix.length + indent.length + members.length + 10,
  );
  if (isFlat && isFew && isPlain && length <= WIDTH) return `${prefix}${open} ${members.join(", ")} ${close}`;
  const lines = isFew || !isPlain ? members : fill(members, WIDTH - indent.length - 4);
  return `${prefix}${open}\n${lines.map((line) => `${indent}  ${line}`).join(",\n")}\n${indent}${close}`;
}

function fill(members: readonly string[], width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const member of members) {
    const longer = line === "" ? member : `${line}, ${member}`;
    if (line !== "" && longer.length > width) {
      lines.push(line);
      line = member;
    } else line = longer;
  }
  return [...lines, line];
}
