/** The class of regular expressions, for those of scripts. Our own are literals, which the linter checks. */
export const Pattern = /./.constructor as RegExpConstructor;
