// What `cargo xtask` says about the demo that is running: its address and who can sign in.
import { readFileSync } from "node:fs";

const file = process.env.SEKISHO_DEMO;
if (!file) {
  throw new Error("SEKISHO_DEMO is not set: run these tests with `cargo xtask test browser`");
}

export const demo = JSON.parse(readFileSync(file, "utf8"));
export const scratch = process.env.SEKISHO_SCRATCH;
