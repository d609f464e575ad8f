// A body of its own on a server of its own: made by `sekisho init`, served by `sekisho serve`.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { demo, scratch } from "./demo.mjs";

/** Makes a body from a policy document and returns its data folder. */
export function init(name, policy) {
  const data = join(scratch, `body-${name}`);
  const made = spawnSync(demo.sekisho, ["init", "--data", data, "--name", name, "--policy", policy], { encoding: "utf8" });
  if (made.status !== 0) throw new Error(`sekisho init: ${made.stderr}`);
  return data;
}

/**
 * Serves a body while the task runs. `days` later than today, if told: the server's clock is moved,
 * not its code.
 */
export async function serving(data, task, days = 0) {
  const server = spawn(demo.sekisho, ["serve", "--data", data, "--listen", "127.0.0.1:0", "--without-second-factor"], {
    stdio: ["ignore", "pipe", "inherit"],
    env: days === 0 ? process.env : { ...process.env, ...later(days) },
  });
  try {
    const said = { url: null, code: null };
    for await (const line of createInterface({ input: server.stdout })) {
      said.code ??= line.match(/設定コード: (\S+)/)?.[1] ?? null;
      said.url ??= line.match(/http:\/\/[\d.]+:\d+/)?.[0] ?? null;
      if (said.url) break;
    }
    if (!said.url) throw new Error("sekisho serve printed no address");
    return await task(said);
  } finally {
    const ended = new Promise((resolve) => server.once("exit", resolve));
    server.kill("SIGTERM");
    await ended;
  }
}

/** What makes a program believe that it is so many days later. */
function later(days) {
  const libraries = readdirSync("/usr/lib").map((folder) => join("/usr/lib", folder, "faketime/libfaketimeMT.so.1"));
  return {
    LD_PRELOAD: libraries.find((file) => existsSync(file)),
    FAKETIME: `+${days}d`,
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
  };
}
