/** CPU time of this thread. If Node cannot measure single threads, as in version 20, it is that of all threads. */
const USAGE = "threadCpuUsage" in process ? "threadCpuUsage" : "cpuUsage";

/** CPU time in milliseconds. */
export function cpuTime(): number {
  const { user, system } = (process as NodeJS.Process & { threadCpuUsage(): NodeJS.CpuUsage })[USAGE]();
  return (user + system) / 1000;
}
