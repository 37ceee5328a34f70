import { type CompletedCommand, type CompletedFlag, quoted } from "./words.ts";

/** The script for fish: `http-background completion fish | source`. */
export function fishCompletion(program: string, commands: readonly CompletedCommand[]): string {
  const lines = commands.flatMap((command) => [
    `complete -c ${program} -n __fish_use_subcommand -f -a ${command.name} -d ${quoted(command.summary)}`,
    ...command.flags.map((flag) => lineOf(program, command.name, flag)),
    ...(command.words.length === 0
      ? []
      : [`complete -c ${program} -n ${seen(command.name)} -f -a ${quoted(command.words.join(" "))}`]),
  ]);
  const help = `complete -c ${program} -s h -l help -d help\ncomplete -c ${program} -n __fish_use_subcommand -s V -l version -d version`;
  return `# Completion of ${program} for fish.\n${help}\n${lines.join("\n")}\n`;
}

function seen(command: string): string {
  return quoted(`__fish_seen_subcommand_from ${command}`);
}

function lineOf(program: string, command: string, { name, short, value, words }: CompletedFlag): string {
  const letter = short === undefined ? "" : ` -s ${short}`;
  const isNoFile = value === "text" || words.length > 0;
  const taking = value === null ? "" : isNoFile ? " -x" : " -r -F";
  const choices = words.length === 0 ? "" : ` -a ${quoted(words.join(" "))}`;
  return `complete -c ${program} -n ${seen(command)}${letter} -l ${name}${taking}${choices}`;
}
