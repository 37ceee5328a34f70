/** Of this thread, or of all of them where Node cannot tell them apart, as in version 20. */
const USAGE = "threadCpuUsage" in process ? "threadCpuUsage" : "cpuUsage";

/** Milliseconds that the CPU has worked for us. */
export function cpuTime(): number {
  const { user, system } = (process as NodeJS.Process & { threadCpuUsage(): NodeJS.CpuUsage })[USAGE]();
  return (user + system) / 1000;
}
