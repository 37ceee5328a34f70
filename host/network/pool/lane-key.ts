import type { Destination } from "../route/destination.ts";

/** The key of the lane of those who may share connections. */
export function laneKey({ key }: Pick<Destination, "key">, tenancy: string | null): string {
  return tenancy === null ? key : `${tenancy}\n${key}`;
}
