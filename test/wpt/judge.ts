import { reasonFor } from "./known.ts";
import type { Subtest } from "./page.ts";
import { runPage } from "./run-page.ts";
import type { SuiteServer } from "./server.ts";
import type { SuiteTest } from "./tests.ts";

/** What became of the tests. */
export interface Verdicts {
  passed: number;
  /** Of those that do not pass, and should not: how many, by the reason. */
  readonly known: Map<string, number>;
  /** A line for each of the others. */
  readonly unknown: string[];
}

const AS_NODE = "Node's own fetch does not pass it";

/** Plays a page with both, and adds what became of its tests. */
export async function judge(server: SuiteServer, test: SuiteTest, verdicts: Verdicts): Promise<void> {
  const [ours, nodes] = await Promise.all([runPage(server, test, "ours"), runPage(server, test, "node")]);
  for (const one of ours) {
    const reason = hasPassed(one) ? null : (reasonFor(test.path, one.name) ?? reasonOf(one, nodes));
    if (hasPassed(one)) verdicts.passed++;
    else if (reason !== null) verdicts.known.set(reason, (verdicts.known.get(reason) ?? 0) + 1);
    else verdicts.unknown.push(`${test.path} | ${one.name} | ${one.message}`);
  }
  // A page that ends early would have fewer tests.
  for (const { name } of nodes.filter(
    (node) => hasPassed(node) && !ours.some((one) => one.name === node.name),
  ))
    verdicts.unknown.push(`${test.path} | ${name} | it has no result`);
}

function hasPassed({ status }: Subtest): boolean {
  return status === 0;
}

function reasonOf({ name }: Subtest, nodes: readonly Subtest[]): string | null {
  const hasNodePassed = nodes.some((node) => node.name === name && hasPassed(node));
  // Only what is wrong with a page has no name: if all is well, nothing is said of it.
  const hasNodeSaidSo = name !== "" || nodes.some((node) => node.name === "");
  return !hasNodePassed && hasNodeSaidSo ? AS_NODE : null;
}
