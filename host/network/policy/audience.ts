/** Whose calls a policy is for. A run is a script that has a policy beside that of its runtime, which it narrows. */
export type Audience = "application" | "script" | "run";
