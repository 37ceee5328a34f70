import { type MessagePort, parentPort, type TransferListItem } from "node:worker_threads";

/**
 * Does jobs for the thread that has started this one.
 *
 * @param doJob If it rejects, the thread ends, and the job has failed.
 * @param ownOf Memory of a result that nobody else uses. It goes to the other thread without a copy.
 */
export function serveJobs<J, R>(
  doJob: (job: J) => Promise<R>,
  ownOf: (result: R) => TransferListItem[] = () => [],
): void {
  const port = parentPort as MessagePort;
  // The first message says that it can begin.
  port.postMessage("ready");
  port.on("message", (job: J) => void doJob(job).then((result) => port.postMessage(result, ownOf(result))));
}
