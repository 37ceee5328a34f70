import { type CompletedCommand, type CompletedFlag, quoted, spellings } from "./words.ts";

/** The script for zsh: `eval "$(http-background completion zsh)"`, or a file `_http-background` in `fpath`. */
export function zshCompletion(program: string, commands: readonly CompletedCommand[]): string {
  const names = commands.map(({ name, summary }) => `      ${quoted(`${name}:${summary}`)}`).join("\n");
  return `#compdef ${program}
# Completion of ${program} for zsh.
_${program}() {
  local context state state_descr line
  local -A opt_args
  _arguments -C '(- *)'{-h,--help}'[help]' '(- *)'{-V,--version}'[version]' '1: :->command' '*:: :->arguments'
  case "$state" in
  command)
    local -a commands
    commands=(
${names}
    )
    _describe command commands ;;
  arguments)
    case "$words[1]" in
${commands.map(caseOf).join("\n")}
    esac ;;
  esac
}
if [ "\${funcstack[1]}" = "_${program}" ]; then _${program} "$@"; else compdef _${program} ${program}; fi
`;
}

function caseOf({ name, flags, words }: CompletedCommand): string {
  const rest = words.length > 0 ? `1:word:(${words.join(" ")})` : "*:argument:_files";
  const specs = [...flags.flatMap(specsOf).map(quoted), "'(- *)'{-h,--help}'[help]'", quoted(rest)];
  return `    ${name})
      _arguments ${specs.join(" \\\n        ")} ;;`;
}

function specsOf(flag: CompletedFlag): string[] {
  // A flag may be given again: most commands say best themselves when it may not.
  return spellings(flag).map((spelling) => `*${spelling}${completedValue(flag)}`);
}

function completedValue({ name, value, words }: CompletedFlag): string {
  if (value === null) return `[${name}]`;
  if (words.length === 0) return `[${name}]:${name}:${value === "file" ? "_files" : ""}`;
  const isPrefix = words.some((word) => word.endsWith("="));
  return isPrefix
    ? `[${name}]:${name}:compadd -S "" -- ${words.join(" ")}`
    : `[${name}]:${name}:(${words.join(" ")})`;
}
