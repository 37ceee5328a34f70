import { channel } from "node:diagnostics_channel";

/** Channels of `node:diagnostics_channel`. Their messages are `FleetLost` and `FleetJoined`. */
export const FLEET_CHANNELS = {
  lost: channel("http-background:fleet:lost"),
  joined: channel("http-background:fleet:joined"),
} as const;
