/** How the runtimes of the suites compute. A file of tests that plays other files again sets it first. */
export const variant: { workers: number | undefined } = { workers: undefined };
