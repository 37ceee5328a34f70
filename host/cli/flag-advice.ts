/** What an application is told to change, and which flag that is here. */
const FLAGS: readonly (readonly [advice: RegExp, flag: string])[] = [
  [/^add (".*") to allow$/, "add --allow $1"],
  [/^add (".*") to options$/, "add --open $1"],
  [/^remove (".*") from block$/, "remove --block $1"],
  [
    /^add the (\w+) to the rule (".*"), or a rule that has it to allow$/,
    "add the $1 to the rule $2 of --allow-rule, or a rule that has it",
  ],
];

/** The advice of the policy, for somebody who gives it by flags. */
export function asFlag(advice: string): string {
  return FLAGS.reduce((text, [words, flag]) => text.replace(words, flag), advice);
}
