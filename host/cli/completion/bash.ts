import { type CompletedCommand, type CompletedFlag, quoted, spellings } from "./words.ts";

/** The script for bash: `eval "$(http-background completion bash)"`. */
export function bashCompletion(program: string, commands: readonly CompletedCommand[]): string {
  const names = commands.map(({ name }) => name).join(" ");
  return `# Completion of ${program} for bash.
_${functionName(program)}() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} words
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W ${quoted(`${names} --help --version`)} -- "$word"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${commands.map(caseOf).join("\n")}
  esac
}
complete -o bashdefault -o default -F _${functionName(program)} ${program}
`;
}

function functionName(program: string): string {
  return program.replace(/[^A-Za-z0-9]/g, "_");
}

function caseOf({ name, flags, words }: CompletedCommand): string {
  const all = [...flags.flatMap(spellings), "--help", ...words].join(" ");
  const values = flags.filter(({ value }) => value !== null).map(completedValue);
  const files = flags.some(({ value }) => value === "file");
  return `    ${name})
      case "$before" in
${values.join("\n")}
      esac
      case "$word" in
        -*) COMPREPLY=($(compgen -W ${quoted(all)} -- "$word")) ;;
        *) ${words.length > 0 ? `COMPREPLY=($(compgen -W ${quoted(words.join(" "))} -- "$word"))` : files ? "return" : ":"} ;;
      esac ;;`;
}

/** Values that are no words are completed as files, by the default of the shell. */
function completedValue(flag: CompletedFlag): string {
  const pattern = spellings(flag).join("|");
  if (flag.words.length === 0) return `        ${pattern}) return ;;`;
  const space = flag.words.some((word) => word.endsWith("=")) ? "compopt -o nospace; " : "";
  return `        ${pattern}) ${space}COMPREPLY=($(compgen -W ${quoted(flag.words.join(" "))} -- "$word")); return ;;`;
}
