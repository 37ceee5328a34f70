/** The part of undici that is used. All of undici would take twice as long to load. */
declare module "undici/lib/dispatcher/client.js" {
  export { Client as default } from "undici";
}
